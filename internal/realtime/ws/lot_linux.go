package ws

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

const (
	lotBatch = 256                  // events of one look
	lotOften = 1000                 // a second: from so many on …
	lotPause = 5 * time.Millisecond // … the Lot rests between two looks, and they gather
)

// Lot waits for connections that nobody reads just now, in one goroutine for all of them:
// an idle connection is a descriptor and what is known of its client. What Config.Quick
// answers is answered there; everything else goes on in a goroutine of the connection's.
//
// Connections are watched by an epoll instance of the Lot's own. After a silence what comes
// is seen at once, by way of Go's poller; while much comes, the Lot looks every few
// milliseconds, so that many phones' heartbeats share a wake.
type Lot struct {
	fd   int      // of the epoll instance
	bell *os.File // another, which rings once when it is asked to, if the first has something
	raw  syscall.RawConn
	work sync.WaitGroup

	mu    sync.Mutex
	conns []*Conn // by descriptor
	stop  bool
}

// NewLot starts one; nil where the system has none to give, and connections wait for
// themselves.
func NewLot() *Lot {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil
	}
	l := &Lot{fd: fd}
	if err := l.hang(); err != nil {
		_ = syscall.Close(fd)
		return nil
	}
	l.work.Go(l.run)
	return l
}

// hang hangs the bell up, silent.
func (l *Lot) hang() error {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	err = errors.Join(
		syscall.SetNonblock(fd, true), // so that Go's poller takes it
		syscall.EpollCtl(fd, syscall.EPOLL_CTL_ADD, l.fd, &syscall.EpollEvent{Events: syscall.EPOLLONESHOT}),
	)
	l.bell = os.NewFile(uintptr(fd), "epoll")
	if err == nil {
		err = l.bell.SetDeadline(time.Time{}) // it does
	}
	if err == nil {
		l.raw, err = l.bell.SyscallConn()
	}
	if err != nil {
		_ = l.bell.Close()
	}
	return err
}

// Stop ends the Lot and the connections that are left.
func (l *Lot) Stop() {
	if l == nil {
		return
	}
	l.mu.Lock()
	stopped := l.stop
	l.stop = true
	left := append([]*Conn(nil), l.conns...)
	l.mu.Unlock()
	for _, c := range left {
		if c != nil {
			c.Abort()
		}
	}
	if !stopped {
		_ = l.bell.Close()
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
	ev := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLOUT | syscall.EPOLLRDHUP | edge, Fd: int32(fd)}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stop || syscall.EpollCtl(l.fd, syscall.EPOLL_CTL_ADD, fd, &ev) != nil {
		return false
	}
	for fd >= len(l.conns) {
		l.conns = append(l.conns, nil)
	}
	l.conns[fd] = c
	return true
}

const edge = 1 << 31 // EPOLLET, a negative number in package syscall

// leave closes a descriptor, which ends the watching, too. It is forgotten first: the next
// connection may get its number.
func (l *Lot) leave(fd int) {
	l.mu.Lock()
	l.conns[fd] = nil
	l.mu.Unlock()
	_ = syscall.Close(fd)
}

func (l *Lot) run() {
	defer syscall.Close(l.fd)
	events, list := make([]syscall.EpollEvent, lotBatch), make([]*Conn, lotBatch)
	var rate often
	for {
		n := look(l.fd, events)
		if n == 0 {
			if !l.sleep() {
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
		if rate.busy(n, time.Now()) && n < lotBatch {
			time.Sleep(lotPause)
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

// sleep waits for something to see; false when the Lot ends.
func (l *Lot) sleep() bool {
	var one [1]syscall.EpollEvent
	asked := false
	return l.raw.Read(func(bell uintptr) bool {
		if !asked {
			ev := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLONESHOT}
			asked = syscall.EpollCtl(int(bell), syscall.EPOLL_CTL_MOD, l.fd, &ev) == nil
		}
		return look(int(bell), one[:]) > 0
	}) == nil
}

// look returns how many events there are. It never waits.
func look(fd int, events []syscall.EpollEvent) int {
	for {
		n, _, err := syscall.RawSyscall6(syscall.SYS_EPOLL_PWAIT, uintptr(fd), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
		switch err {
		case 0:
			return int(n)
		case syscall.EINTR:
		default:
			return 0
		}
	}
}
