package ws

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// spot is where a connection stands in a Lot: a descriptor that only the Lot watches. One
// lock guards all of it, so that neither an event nor the end of the descriptor can come
// between two steps unseen:
//
//   - Who uses the descriptor holds it, and whoever lets go last closes it: its number is
//     never used once the system may have given it to somebody else.
//   - Whoever finds nothing waits, or parks, with the count of events from before he
//     looked, and does neither where something has happened since.
type spot struct {
	lot  *Lot
	fd   int
	talk atomic.Uint32 // whether the client does, the Lot's

	mu     sync.Mutex
	change *sync.Cond // for those who wait, made by the first
	ready  func()     // is to be called where the connection is parked: nobody reads
	events uint32     // that have happened
	holds  int32      // of the descriptor
	ended  bool       // the client says no more: no further event tells of what there is to read
	closed bool
}

// hold returns the count of events, and keeps the descriptor open until release; false
// where it is closed.
func (s *spot) hold() (seen uint32, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, false
	}
	s.holds++
	return s.events, true
}

func (s *spot) release() {
	s.mu.Lock()
	s.holds--
	last := s.closed && s.holds == 0
	s.mu.Unlock()
	if last {
		s.lot.leave(s.fd)
	}
}

// happen counts an event and tells who waits. It returns what was parked, which is then
// the caller's to look after.
func (s *spot) happen(ended bool) (ready func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = s.ended || ended
	return s.tell()
}

// tell has the lock.
func (s *spot) tell() (ready func()) {
	s.events++
	if s.change != nil {
		s.change.Broadcast()
	}
	ready, s.ready = s.ready, nil
	return ready
}

// park leaves a connection without a reader until something happens; false where it has,
// since seen.
func (s *spot) park(seen uint32, ready func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.ended || s.events != seen {
		return false
	}
	s.ready = ready
	return true
}

// wait waits for something to happen after seen. A client that says no more may yet listen.
func (s *spot) wait(seen uint32, reading bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.change == nil {
		s.change = sync.NewCond(&s.mu)
	}
	for s.events == seen && !s.closed && !(reading && s.ended) {
		s.change.Wait()
	}
}

// Close ends the connection. A reader that is parked is told.
func (s *spot) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return net.ErrClosed
	}
	s.closed = true
	ready, unused := s.tell(), s.holds == 0
	s.mu.Unlock()
	if unused {
		s.lot.leave(s.fd)
	}
	if ready != nil {
		go ready()
	}
	return nil
}

// Control, Read and Write are those of a syscall.RawConn.
func (s *spot) Control(f func(fd uintptr)) error {
	if _, ok := s.hold(); !ok {
		return net.ErrClosed
	}
	defer s.release()
	f(uintptr(s.fd))
	return nil
}

// Read calls f when there may be something to read, until it returns true.
func (s *spot) Read(f func(fd uintptr) bool) error { return s.until(f, true) }

// Write calls f when there may be room, until it returns true.
func (s *spot) Write(f func(fd uintptr) bool) error { return s.until(f, false) }

func (s *spot) until(f func(fd uintptr) bool, reading bool) error {
	for {
		seen, done, err := s.once(f)
		if done || err != nil {
			return err
		}
		s.wait(seen, reading)
	}
}

// once calls f with the descriptor. It returns the count of events from before.
func (s *spot) once(f func(fd uintptr) bool) (seen uint32, done bool, err error) {
	seen, ok := s.hold()
	if !ok {
		return 0, false, net.ErrClosed
	}
	defer s.release()
	return seen, f(uintptr(s.fd)), nil
}

// stream is a spot as a connection whose reads and writes wait.
type stream struct{ *spot }

func (s stream) Read(b []byte) (n int, err error) {
	closed := s.spot.Read(func(fd uintptr) bool {
		var wait bool
		n, wait, err = readNow(fd, b)
		return !wait
	})
	switch {
	case closed != nil:
		return 0, closed
	case n == 0 && err == nil && len(b) > 0:
		return 0, io.EOF
	}
	return n, err
}

func (s stream) Write(b []byte) (n int, err error) {
	closed := s.spot.Write(func(fd uintptr) bool {
		for some := 1; err == nil && some > 0 && n < len(b); n += some {
			some, err = writeNow(fd, b[n:])
		}
		return err != nil || n == len(b)
	})
	if err == nil {
		err = closed
	}
	return n, err
}

// CloseWrite tells the client that no more comes.
func (s stream) CloseWrite() (err error) {
	closed := s.Control(func(fd uintptr) { err = endWrites(fd) })
	if err == nil {
		err = closed
	}
	return err
}
