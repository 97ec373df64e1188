// Package turn counts who waits for a part of a database that only so many can use at
// once: the one writer of SQLite, its readers, the connections to Postgres. The engines
// count, and whoever admits requests looks: how many are inside, and how long those who
// got their turn had waited. A Line costs two additions a turn, and a clock only where
// somebody waits. The zero Line is ready; it is safe for concurrent use.
package turn

import (
	"sync/atomic"
	"time"
)

// Line is one such part.
type Line struct {
	Room int // how many have their turn at once; set before the first comes

	inside atomic.Int64 // waiting, or having their turn
	turns  atomic.Int64
	waited atomic.Int64 // of those turns, in nanoseconds
}

// Enter counts one who wants a turn. Leave follows, whether he got it or not.
func (l *Line) Enter() { l.inside.Add(1) }

// Turn counts a turn that began after a wait.
func (l *Line) Turn(wait time.Duration) {
	l.turns.Add(1)
	if wait > 0 {
		l.waited.Add(int64(wait))
	}
}

// Since counts a turn that somebody waited for since begin, or, where begin is zero, not
// at all.
func (l *Line) Since(begin time.Time) {
	if begin.IsZero() {
		l.Turn(0)
		return
	}
	l.Turn(time.Since(begin))
}

// Leave counts one who is done.
func (l *Line) Leave() { l.inside.Add(-1) }

// Inside tells how many wait or have their turn.
func (l *Line) Inside() int { return int(l.inside.Load()) }

// Take returns the turns since the last Take and how long they had waited in all. One
// caller alone takes.
func (l *Line) Take() (turns int, waited time.Duration) {
	return int(l.turns.Swap(0)), time.Duration(l.waited.Swap(0))
}
