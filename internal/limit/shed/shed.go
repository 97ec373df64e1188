// Package shed refuses work before it is begun, where the database has more to do than it
// can. It looks at the line before the database (db/turn): how many are inside, and how
// long those whose turn came had waited. A Valve lets as many in as keep that wait near
// a target, by additive increase and multiplicative decrease, and of those the more
// urgent before the less urgent: each priority has its share of the room. So what is
// accepted is answered soon, and what is refused costs next to nothing.
//
// Where little is going on, Admit is one look at a counter. A Valve is safe for
// concurrent use; it starts no goroutine.
package shed

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/internal/db/turn"
)

// Priority says how urgent work is.
type Priority uint8

// From the least urgent up. Health checks ask no Valve.
const (
	Join    Priority = iota // a subscription that begins: it can begin later
	Read                    // an app shows what it has meanwhile
	Write                   // what a person did
	Refresh                 // without it an app is signed out
)

// share is how much of the room is for a priority, in hundredths.
var share = [...]int64{Join: 70, Read: 85, Write: 95, Refresh: 100}

// Config says how a Valve behaves.
type Config struct {
	Wait time.Duration // that is aimed at, on average
	Max  int           // never let in more; 0 for 4,096
}

const window = 100 * time.Millisecond

// Valve admits to one line.
type Valve struct {
	cfg   Config
	line  *turn.Line
	least int64 // so many are always let in: who has a turn, and who is next

	limit atomic.Int64 // cfg.Max where nothing is the matter
	stand standing
	full  atomic.Bool  // somebody was refused since the last look
	next  atomic.Int64 // when to look again, by since
	mu    sync.Mutex   // of who looks
	shed  atomic.Uint64
}

// New returns a Valve before a line.
func New(l *turn.Line, cfg Config) *Valve {
	if cfg.Max <= 0 {
		cfg.Max = 4096
	}
	v := &Valve{cfg: cfg, line: l, least: int64(2 * max(l.Room, 2))}
	v.limit.Store(max(v.least, int64(cfg.Max)))
	return v
}

// Admit says whether work of a priority may begin now. It counts nothing: who comes in is
// counted by the line itself.
func (v *Valve) Admit(p Priority) bool {
	inside := int64(v.line.Inside())
	if inside < v.least {
		return true
	}
	return v.judge(p, inside, time.Now())
}

func (v *Valve) judge(p Priority, inside int64, now time.Time) bool {
	if at := since(now); at >= v.next.Load() && v.mu.TryLock() {
		if late := at - v.next.Load(); late >= 0 {
			v.next.Store(at + int64(window))
			v.look(inside, at, late > 5*int64(window))
		}
		v.mu.Unlock()
	}
	if inside*100 < v.limit.Load()*share[p] {
		return true
	}
	v.full.Store(true)
	v.shed.Add(1)
	return false
}

// look sets the limit anew by what those waited whose turn came since; stale ones were of
// a quieter time, and say nothing. The first time it is set by how many are inside, once
// they have waited too long for a while: a burst that passes is no overload.
func (v *Valve) look(inside, at int64, stale bool) {
	turns, waited := v.line.Take()
	full := v.full.Swap(false)
	if turns == 0 || stale {
		return // nothing moves; who is inside waits, and no more than the limit come in
	}
	limit, mean := v.limit.Load(), waited/time.Duration(turns)
	stays := v.stand.note(mean > v.cfg.Wait, mean, at)
	switch {
	case mean > v.cfg.Wait && !stays:
	case mean > v.cfg.Wait:
		v.stand.keep(at)
		limit = min(limit, inside)
		limit = max(limit*int64(v.cfg.Wait)/int64(mean), limit/2)
	case full:
		limit += max(1, limit/10)
	default:
		limit += max(1, limit/50) // nobody is refused, so it bounds nobody
	}
	v.limit.Store(max(min(limit, int64(v.cfg.Max)), v.least))
}

// Limit tells how many are let in at the moment.
func (v *Valve) Limit() int { return int(v.limit.Load()) }

// Shed tells how many were refused so far.
func (v *Valve) Shed() uint64 { return v.shed.Load() }
