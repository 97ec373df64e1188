package history

import (
	"maps"
	"sync"
)

// Outcome is what a client knows of its write.
type Outcome uint8

// The outcomes.
const (
	Acknowledged Outcome = 1 + iota
	Unknown              // the connection was lost, or the answer said so: it may be there
	Refused              // it must not be there
)

// Write is one row that a client wrote. Its N grows within the client, which waits for
// each answer before it writes the next one.
type Write struct {
	Client, N int
	Outcome   Outcome
}

// Row names a row.
type Row struct{ Client, N int }

// Row returns the row that was written.
func (w Write) Row() Row { return Row{w.Client, w.N} }

// Event is something that a watcher saw.
type Event struct {
	Told    *Row         // a change arrived
	Fetched map[Row]bool // it was told to fetch again, and found this
}

// History grows while clients work. The methods that add are safe for concurrent use.
type History struct {
	mu         sync.Mutex
	Writes     []Write
	Watchers   map[string][]Event
	Unread     []Row                 // acknowledged, and not seen by a read that came later
	Presence   map[string][]Presence // what each client was told of who is present
	Gatherings []Gathering           // when it was to have converged
	Runs       map[string]int        // how often each moment of a schedule was carried out
	Due        map[string]string     // the moments, and what for
}

// Set is a set of names.
type Set map[string]bool

// Wrote adds a write.
func (h *History) Wrote(w Write) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Writes = append(h.Writes, w)
}

// Missed adds an acknowledged row that a later read did not show.
func (h *History) Missed(r Row) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Unread = append(h.Unread, r)
}

// Saw adds what a watcher saw.
func (h *History) Saw(watcher string, e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.Watchers == nil {
		h.Watchers = map[string][]Event{}
	}
	h.Watchers[watcher] = append(h.Watchers[watcher], e)
}

// Acknowledged counts the writes that were.
func (h *History) Acknowledged() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, w := range h.Writes {
		if w.Outcome == Acknowledged {
			n++
		}
	}
	return n
}

// Watching counts the watchers that have begun.
func (h *History) Watching() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.Watchers)
}

// Knows reports whether every watcher knows of all rows.
func (h *History) Knows(rows []Row) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, events := range h.Watchers {
		known := map[Row]bool{}
		for _, e := range events {
			maps.Copy(known, e.Fetched)
			if e.Told != nil {
				known[*e.Told] = true
			}
		}
		for _, r := range rows {
			if !known[r] {
				return false
			}
		}
	}
	return true
}

// Counts says how often watchers were told of a row, and how often to fetch.
func (h *History) Counts() (told, fetched int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, events := range h.Watchers {
		for _, e := range events {
			if e.Told != nil {
				told++
			} else {
				fetched++
			}
		}
	}
	return told, fetched
}
