package ws

import (
	"sync"
	"syscall"
	"time"
)

const (
	lotBatch = 256                  // events of one look
	lotOften = 1000                 // a second: from so many heartbeats on …
	lotPause = 5 * time.Millisecond // … the Lot rests between two looks, and they gather
)

// Lot waits for connections that nobody reads just now, in two goroutines for all of them:
// an idle connection is a descriptor and what is known of its client. What Config.Quick
// answers is answered there; everything else goes on in a goroutine of the connection's.
//
// Connections are watched by epoll instances of the Lot's own. After a silence what comes
// is seen at once, by way of Go's poller; while much comes, the Lot looks at the calm ones
// every few milliseconds, so that many phones' heartbeats share a wake. Those that lately
// sent something else are talkers, apart from them: what they say is always seen at once.
type Lot struct {
	calm, brisk *watch // brisk is the talkers'
	work        sync.WaitGroup

	mu    sync.Mutex
	conns []*Conn // by descriptor
	stop  bool
	talkers
}

// NewLot starts one; nil where the system has none to give, and connections wait for
// themselves.
func NewLot() *Lot {
	calm, err := newWatch()
	if err != nil {
		return nil
	}
	brisk, err := newWatch()
	if err != nil {
		calm.end()
		_ = syscall.Close(calm.fd)
		return nil
	}
	l := &Lot{calm: calm, brisk: brisk, talkers: talkers{most: maxTalkers, hush: hush}}
	l.work.Go(func() { l.run(calm, lotPause) })
	l.work.Go(func() { l.run(brisk, 0) })
	return l
}

// Stop ends the Lot and the connections that are left.
func (l *Lot) Stop() {
	if l == nil {
		return
	}
	l.mu.Lock()
	stopped := l.stop
	l.stop = true
	if l.timer != nil {
		l.timer.Stop()
	}
	left := append([]*Conn(nil), l.conns...)
	l.mu.Unlock()
	for _, c := range left {
		if c != nil {
			c.Abort()
		}
	}
	if !stopped {
		l.calm.end()
		l.brisk.end()
	}
	l.work.Wait()
}

// take makes c a connection of the Lot's, where it can. The descriptor is a new one, so that
// Go's poller forgets the connection with the old one.
func (l *Lot) take(c *Conn) bool {
	if l == nil {
		return false
	}
	fd := -1
	_ = c.raw.Control(func(old uintptr) { fd = duplicate(old) })
	if fd < 0 {
		return false
	}
	nc, raw := c.nc, c.raw
	s := &spot{lot: l, fd: fd}
	c.spot, c.nc, c.raw, c.lazy.raw = s, stream{s}, s, s
	if !l.enter(fd, c) {
		_ = syscall.Close(fd)
		c.spot, c.nc, c.raw, c.lazy.raw = nil, nc, raw, raw
		return false
	}
	_ = nc.Close()
	return true
}

// duplicate returns another descriptor of the same, -1 for none.
func duplicate(fd uintptr) int {
	r, _, e := syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_DUPFD_CLOEXEC, 0)
	if e != 0 {
		return -1
	}
	return int(r)
}

// enter begins to watch. It has the lock meanwhile, so that no event is of nobody.
func (l *Lot) enter(fd int, c *Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stop || l.calm.add(fd) != nil {
		return false
	}
	for fd >= len(l.conns) {
		l.conns = append(l.conns, nil)
	}
	l.conns[fd] = c
	return true
}

// leave closes a descriptor, which ends the watching, too. It is forgotten first: the next
// connection may get its number.
func (l *Lot) leave(fd int) {
	l.mu.Lock()
	delete(l.talking, l.conns[fd])
	l.conns[fd] = nil
	l.mu.Unlock()
	_ = syscall.Close(fd)
}

// run looks after the connections of one watch. Where it may pause, and much comes, it
// does between two looks.
func (l *Lot) run(w *watch, pause time.Duration) {
	defer syscall.Close(w.fd)
	events, list := make([]syscall.EpollEvent, lotBatch), make([]*Conn, lotBatch)
	var rate often
	for {
		n := look(w.fd, events)
		if n == 0 {
			if !w.sleep() {
				return
			}
			continue
		}
		l.names(events[:n], list)
		for i, c := range list[:n] {
			if c != nil {
				c.event(events[i].Events&(syscall.EPOLLRDHUP|syscall.EPOLLHUP) != 0)
			}
			list[i] = nil
		}
		if pause > 0 && rate.busy(n, time.Now()) && n < lotBatch {
			time.Sleep(pause)
		}
	}
}

// often tells how much comes.
type often struct {
	since time.Time
	n     int
	much  bool
}

// busy counts n events, and reports whether many came of late.
func (o *often) busy(n int, now time.Time) bool {
	o.n += n
	if now.Sub(o.since) >= 2*lotPause {
		o.much = float64(o.n) >= lotOften*now.Sub(o.since).Seconds()
		o.since, o.n = now, 0
	}
	return o.much
}

// names says which connections events are of. One that has left since has none; one that
// came since with its number looks once in vain.
func (l *Lot) names(events []syscall.EpollEvent, list []*Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range events {
		list[i] = l.conns[events[i].Fd]
	}
}
