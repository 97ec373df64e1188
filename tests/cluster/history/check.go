package history

import (
	"fmt"
	"maps"
	"slices"
)

// Check returns every promise that was broken, given the rows that the database has in
// the end, once each.
func (h *History) Check(rows []Row) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := &check{there: map[Row]bool{}, unknown: map[Row]bool{}}
	c.database(h, rows)
	for _, name := range slices.Sorted(maps.Keys(h.Watchers)) {
		c.watcher(name, h.Watchers[name])
	}
	c.order(h.Watchers)
	for _, r := range h.Unread {
		c.say("row %v was acknowledged, and a later read did not show it", r)
	}
	c.presence(h)
	for _, at := range slices.Sorted(maps.Keys(h.Due)) {
		if n := h.Runs[at]; n != 1 {
			c.say("%s, due at %s, ran %d times", h.Due[at], at, n)
		}
	}
	for _, at := range slices.Sorted(maps.Keys(h.Runs)) {
		if _, due := h.Due[at]; !due {
			c.say("something ran at %s that was not due", at)
		}
	}
	return c.faults
}

func keys(s Set) []string { return slices.Sorted(maps.Keys(s)) }

type check struct {
	there   map[Row]bool
	unknown map[Row]bool // written, and nobody knows when
	faults  []string
}

func (c *check) say(format string, args ...any) {
	if len(c.faults) < 50 { // one fault has many faces
		c.faults = append(c.faults, fmt.Sprintf(format, args...))
	}
}

// database compares what was written with what is there.
func (c *check) database(h *History, rows []Row) {
	for _, r := range rows {
		if c.there[r] {
			c.say("row %v is there twice", r)
		}
		c.there[r] = true
	}
	written := map[Row]bool{}
	for _, w := range h.Writes {
		written[w.Row()] = true
		c.unknown[w.Row()] = w.Outcome == Unknown
		switch {
		case w.Outcome == Acknowledged && !c.there[w.Row()]:
			c.say("row %v was acknowledged and is lost", w.Row())
		case w.Outcome == Refused && c.there[w.Row()]:
			c.say("row %v was refused and is there", w.Row())
		}
	}
	for _, r := range rows {
		if !written[r] {
			c.say("row %v is there, and nobody wrote it", r)
		}
	}
}

// watcher: between two fetches each row is told once at most, a client's rows in their
// order, but for those whose answer it did not get: a node that stood still may have
// written them later; in the end each row was told or fetched, and nothing else.
func (c *check) watcher(name string, events []Event) {
	known, told, last := map[Row]bool{}, map[Row]bool{}, map[int]int{}
	for _, e := range events {
		if e.Fetched != nil {
			maps.Copy(known, e.Fetched)
			clear(told)
			clear(last)
			continue
		}
		r := *e.Told
		switch {
		case !c.there[r]:
			c.say("%s was told of row %v, which is not there", name, r)
		case told[r]:
			c.say("%s was told of row %v twice", name, r)
		case r.N < last[r.Client] && !c.unknown[r]:
			c.say("%s was told of row %v after %d of the same client", name, r, last[r.Client])
		}
		known[r], told[r] = true, true
		last[r.Client] = max(last[r.Client], r.N)
	}
	for r := range c.there {
		if !known[r] {
			c.say("%s was never told of row %v, nor to fetch again", name, r)
		}
	}
}

// order: whatever two watchers were both told, they were told in the same order. All are
// compared with the one that was told the most.
func (c *check) order(watchers map[string][]Event) {
	var first string
	lists := map[string][]Row{}
	for _, name := range slices.Sorted(maps.Keys(watchers)) {
		seen := map[Row]bool{}
		for _, e := range watchers[name] {
			if e.Told != nil && !seen[*e.Told] { // a fetch may bring some again
				seen[*e.Told] = true
				lists[name] = append(lists[name], *e.Told)
			}
		}
		if first == "" || len(lists[name]) > len(lists[first]) {
			first = name
		}
	}
	place := map[Row]int{}
	for i, r := range lists[first] {
		place[r] = i
	}
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		at := -1
		for _, r := range lists[name] {
			p, both := place[r]
			if both && p < at {
				c.say("%s was told of row %v later than %s was", name, r, first)
				break
			}
			if both {
				at = p
			}
		}
	}
}
