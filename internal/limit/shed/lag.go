package shed

import (
	"sync/atomic"
	"time"
)

// patience is how much of a Lag's wait a request of a priority may have waited, in
// hundredths. The wait of all settles at that of the least urgent which there is enough
// of to fill the server, so the more urgent all get in.
var patience = [...]int64{Join: 40, Read: 60, Write: 120, Refresh: 200}

const (
	glance = 5 * time.Millisecond   // in quiet times one request in so long is looked at
	wary   = 100 * time.Millisecond // and, for so long after one that had waited, one in
	moment = time.Millisecond       // so long: who comes to his turn in it has waited as long, by a clock that tells milliseconds
	crowd  = 64                     // who waits with fewer is kept waiting by others than us
)

// Lag refuses requests that have waited too long for a processor to begin with them: a
// server with more to do than its processors can has its line before its first
// instruction, where no counter is. A wait counts where it stands for a while, and where
// so many wait that it is this server's own doing.
//
// Where little is going on, Admit is two looks at a clock, and otherwise little more: the
// system is asked once in a millisecond. A Lag is safe for concurrent
// use; it starts no goroutine.
type Lag struct {
	wait  int64 // that is aimed at, in nanoseconds
	stand standing
	begun atomic.Int64
	last  atomic.Int64 // when a request was looked at, by since, as all below
	found atomic.Int64 // how long that one had waited; -1: nobody knows
	alert atomic.Int64 // until when all are
	rate  meter
	shed  atomic.Uint64
}

// NewLag returns a Lag that aims at a wait.
func NewLag(wait time.Duration) *Lag { return &Lag{wait: int64(wait)} }

// Admit says whether a request may begin now. waited tells how long ago its last byte
// arrived, and is not ok where nobody knows.
func (l *Lag) Admit(p Priority, waited func() (time.Duration, bool)) bool {
	n, at := l.begun.Add(1), since(time.Now())
	ago := at - l.last.Load()
	if at >= l.alert.Load() && ago < int64(glance) {
		return true
	}
	if ago >= int64(moment) {
		l.last.Store(at)
		l.rate.note(n, at)
		wait, ok := waited()
		if !ok {
			wait = -1
		}
		l.found.Store(int64(wait))
	}
	wait := time.Duration(l.found.Load())
	return wait < 0 || l.judge(p, wait, at)
}

func (l *Lag) judge(p Priority, waited time.Duration, at int64) bool {
	if int64(waited) >= l.wait/4 {
		l.alert.Store(at + int64(wary))
	}
	crowded := l.rate.during(waited) >= crowd
	stays := l.stand.note(crowded && int64(waited) >= l.wait/2, waited, at)
	if p == Join { // the first request of a connection is begun at once, whoever waits
		waited = max(waited, l.stand.usual())
		crowded = l.rate.during(waited) >= crowd
	}
	if !stays || !crowded || int64(waited)*100 < l.wait*patience[p] {
		return true
	}
	l.stand.keep(at)
	l.shed.Add(1)
	return false
}

// Shed tells how many were refused so far.
func (l *Lag) Shed() uint64 { return l.shed.Load() }

var origin = time.Now()

// since is a time in nanoseconds by the clock that never jumps.
func since(t time.Time) int64 { return int64(t.Sub(origin)) + int64(time.Hour) }

// standing tells a line that stays from a burst that passes.
type standing struct {
	long, all, sum atomic.Int64 // of this window: who waited too long, who waited, and how long
	end            atomic.Int64 // of it
	since          atomic.Int64 // most have waited too long; 0: they have not
	until          atomic.Int64 // the line has stayed; one that comes back before then is the same
	mean           atomic.Int64 // wait in the window before
}

const (
	stays = 300 * time.Millisecond // a line that is too long for so long
	hold  = 2 * time.Second
)

// note counts one that waited, and says whether there is a line that stays.
func (s *standing) note(long bool, waited time.Duration, at int64) bool {
	if end := s.end.Load(); at >= end && s.end.CompareAndSwap(end, at+int64(window)) {
		all, most := s.all.Swap(0), s.long.Swap(0)
		gap := at - end // of which nothing is known, unless who tells now has waited all the while
		if s.mean.Store(s.sum.Swap(0) / max(1, all)); all == 0 || 2*most <= all || gap > 3*int64(window) && gap > int64(waited) {
			s.since.Store(0)
		} else {
			s.since.CompareAndSwap(0, at)
		}
	}
	s.all.Add(1)
	s.sum.Add(int64(waited))
	if long {
		s.long.Add(1)
	}
	if since := s.since.Load(); since != 0 && at-since >= int64(stays) {
		s.keep(at)
	}
	return at < s.until.Load()
}

// keep says that the line is there still.
func (s *standing) keep(at int64) { s.until.Store(at + int64(hold)) }

// usual is the wait in the window before.
func (s *standing) usual() time.Duration { return time.Duration(s.mean.Load()) }

// meter measures how many a second come.
type meter struct {
	n, at atomic.Int64 // at its last look
	each  atomic.Int64 // nanoseconds between two
}

func (m *meter) note(n, at int64) {
	was := m.at.Load()
	took := at - was
	if took < int64(window) || !m.at.CompareAndSwap(was, at) {
		return
	}
	if came := n - m.n.Swap(n); came > 0 {
		m.each.Store(max(1, took/came))
	}
}

// during tells how many come in a time, about.
func (m *meter) during(d time.Duration) int64 {
	each := m.each.Load()
	if each == 0 {
		return 0
	}
	return int64(d) / each
}
