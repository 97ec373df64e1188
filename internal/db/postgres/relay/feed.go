package relay

import (
	"slices"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
)

// Bounds of what is kept for those who follow.
const (
	keepRows  = 4096
	keepBytes = 4 << 20
	rowBytes  = 128 // of one beside its images
)

const (
	// Fresh is how long after the leader's last word nothing new means that there is
	// nothing new. It speaks each two seconds, if only to say that.
	Fresh = 5 * time.Second
	// grace is what a message may take beside a notification of the database.
	grace = 50 * time.Millisecond
)

// Feed is what a node knows of the end of the log.
type Feed struct {
	mu        sync.Mutex
	next      chan struct{}
	waiting   bool
	closed    bool
	hurry     chan struct{}
	followers []*func() bool // of each, whether he wants what he hears of

	token  uint64 // of the leader
	epoch  uint32
	rows   []Row // the latest ones, without a hole
	bytes  int   // of them
	last   uint64
	known  uint64    // the log goes to here at least
	rung   bool      // somebody said that there is more, and not how much
	heard  time.Time // when the leader spoke last
	counts Counts
}

// Counts are what a Feed did.
type Counts struct {
	Told    uint64 `json:"told"`    // changes that came without a query
	Refused uint64 `json:"refused"` // messages of leaders that lead no more
	Looks   uint64 `json:"looks"`   // times that only the log could tell
}

// New returns a Feed that knows nothing.
func New() *Feed { return &Feed{next: make(chan struct{}), hurry: make(chan struct{}, 1)} }

// Wait returns a channel that is closed when there may be news, or at the end.
func (f *Feed) Wait() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting = true
	return f.next
}

// Wake has those who follow look into the log.
func (f *Feed) Wake() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rung = true
	f.wake()
}

func (f *Feed) wake() {
	if f.waiting && !f.closed {
		close(f.next)
		f.next, f.waiting = make(chan struct{}), false
	}
}

// Close ends all waiting.
func (f *Feed) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.closed = true
		close(f.next)
	}
}

// Over reports whether it was closed.
func (f *Feed) Over() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}

// Follow says that somebody does, until stop: else nothing is kept.
func (f *Feed) Follow(wanted func() bool) (stop func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.followers = append(slices.Clip(f.followers), &wanted) // Wanted may be going through the old ones
	return sync.OnceFunc(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.followers = slices.DeleteFunc(slices.Clone(f.followers), func(o *func() bool) bool { return o == &wanted })
		if len(f.followers) == 0 {
			f.drop(len(f.rows))
		}
	})
}

// Followed reports whether somebody follows.
func (f *Feed) Followed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.followers) > 0
}

// Wanted reports whether somebody follows who wants changes.
func (f *Feed) Wanted() bool {
	f.mu.Lock()
	list := f.followers
	f.mu.Unlock() // whoever is asked has locks of his own
	return slices.ContainsFunc(list, func(o *func() bool) bool { return (*o)() })
}

// Hurry asks the leader, where it is at this node, to rest no longer: somebody waits until
// it has come to a mark.
func (f *Feed) Hurry() {
	select {
	case f.hurry <- struct{}{}:
	default:
	}
}

// Hurried is where the leader hears that.
func (f *Feed) Hurried() <-chan struct{} { return f.hurry }

// Always wants everything.
func Always() bool { return true }

// Take takes what a leader numbered, whole transactions; false says that it leads no
// more. What is known already is passed over, and after a hole it begins anew.
func (f *Feed) Take(b *Batch) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if b.Token < f.token || b.Epoch < f.epoch {
		f.counts.Refused++
		return false
	}
	switch {
	case b.Epoch > f.epoch, b.Token > f.token && b.Prev < f.last: // another log
		f.reset(b.Epoch, b.Prev)
		f.known = b.Last
	case b.Prev > f.last:
		f.reset(b.Epoch, b.Prev)
	}
	f.token, f.heard = b.Token, time.Now()
	if skip := f.last - b.Prev; skip < uint64(len(b.Rows)) {
		f.keep(b.Rows[skip:], b.Stamp)
	}
	f.known = max(f.known, b.Last)
	f.wake()
	return true
}

// reset begins after a number; what was known of the log's end still is.
func (f *Feed) reset(epoch uint32, last uint64) {
	f.drop(len(f.rows))
	f.epoch, f.last = epoch, last
}

// keep adds rows, which end with a transaction.
func (f *Feed) keep(rows []Row, stamp string) {
	f.last += uint64(len(rows))
	f.counts.Told += uint64(len(rows))
	if len(f.followers) == 0 {
		return
	}
	for i := range rows {
		r := &rows[i]
		r.Stamp, r.Ends = stamp, i+1 == len(rows) || rows[i+1].Tx != r.Tx
		f.bytes += r.size()
	}
	f.rows = append(f.rows, rows...)
	n, bytes := 0, f.bytes
	for ; n < len(f.rows) && (len(f.rows)-n > keepRows || bytes > keepBytes); n++ {
		bytes -= f.rows[n].size()
	}
	f.drop(n)
}

// drop forgets the first n rows.
func (f *Feed) drop(n int) {
	for i := range n {
		f.bytes -= f.rows[i].size()
	}
	clear(f.rows[:n])
	if f.rows = f.rows[n:]; len(f.rows) == 0 {
		f.rows = nil
	}
}

// After returns what follows a place, at most n rows; ok is false where only the log can
// tell. No rows say that nothing follows.
func (f *Feed) After(at db.Position, n int) (rows []Row, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	first := f.last - uint64(len(f.rows))
	if f.rung || at.Epoch != f.epoch || at.Seq < first || at.Seq > f.last {
		f.rung = false
		f.counts.Looks++
		return nil, false
	}
	if at.Seq == f.last {
		if f.known > f.last || time.Since(f.heard) >= Fresh {
			f.counts.Looks++
			return nil, false
		}
		return nil, true
	}
	rows = f.rows[at.Seq-first:]
	return slices.Clone(rows[:min(n, len(rows))]), true
}

// Reached notes a place to which the log was read and after which it had nothing, and
// the token of who led then.
func (f *Feed) Reached(at db.Position, token uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.token = max(f.token, token)
	switch {
	case at.Epoch > f.epoch:
		f.reset(at.Epoch, at.Seq)
		f.known = at.Seq
	case at.Epoch == f.epoch && at.Seq > f.last:
		f.reset(at.Epoch, at.Seq)
	}
}

// Ring takes a notification of the database: the log goes up to a place. The changes
// themselves are on their way where a leader is heard, so it may turn out to be no news.
func (f *Feed) Ring(at db.Position) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.has(at) {
		return
	}
	if time.Since(f.heard) >= Fresh {
		f.rung = true
		f.wake()
		return
	}
	time.AfterFunc(grace, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if !f.has(at) {
			f.rung = true
			f.wake()
		}
	})
}

func (f *Feed) has(at db.Position) bool {
	return at.Epoch < f.epoch || at.Epoch == f.epoch && at.Seq <= f.last
}

// Forget drops what is kept up to a place.
func (f *Feed) Forget(upTo db.Position) {
	f.mu.Lock()
	defer f.mu.Unlock()
	first := f.last - uint64(len(f.rows))
	if upTo.Epoch == f.epoch && upTo.Seq > first {
		f.drop(int(min(upTo.Seq-first, uint64(len(f.rows)))))
	}
}

// Counts returns what was done so far.
func (f *Feed) Counts() Counts {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.counts
}
