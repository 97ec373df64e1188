package ws

import "time"

const (
	maxTalkers = 1000            // who comes when there are so many stays among the calm
	hush       = 5 * time.Second // who said nothing for one to two of these is calm again
)

// talkers are the connections that lately sent what Config.Quick does not answer: they, and
// nobody else, are watched by the Lot's brisk watch. Under the Lot's lock.
type talkers struct {
	most    int
	hush    time.Duration
	talking map[*Conn]struct{}
	timer   *time.Timer // nil while nobody talks
}

// What a spot says of its client, so that the lock is not needed at each message.
const (
	calm  uint32 = iota
	quiet        // a talker that has said nothing since calmDown looked
	loud
)

// talks notes that a client said something that is no heartbeat.
func (l *Lot) talks(c *Conn) {
	s := c.spot
	if s.talk.Load() == loud || s.talk.CompareAndSwap(quiet, loud) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stop || l.conns[s.fd] != c || len(l.talking) >= l.most || !move(s.fd, l.calm, l.brisk) {
		return
	}
	if l.talking == nil {
		l.talking = map[*Conn]struct{}{}
	}
	l.talking[c] = struct{}{}
	s.talk.Store(loud)
	if l.timer == nil {
		l.timer = time.AfterFunc(l.hush, l.listen)
	}
}

// listen looks after the talkers, again and again for as long as there are any.
func (l *Lot) listen() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stop {
		return
	}
	l.calmDown()
	if l.timer = nil; len(l.talking) > 0 {
		l.timer = time.AfterFunc(l.hush, l.listen)
	}
}

// calmDown takes those back who have said nothing since the last time.
func (l *Lot) calmDown() {
	for c := range l.talking {
		s := c.spot
		if s.talk.CompareAndSwap(loud, quiet) || !s.talk.CompareAndSwap(quiet, calm) {
			continue
		}
		if !move(s.fd, l.brisk, l.calm) {
			s.talk.Store(quiet)
			continue
		}
		delete(l.talking, c)
	}
}

// move takes a descriptor from one watch to another. It is in both for a moment, so that no
// event is lost; one that both tell is looked at once in vain.
func move(fd int, from, to *watch) bool {
	if to.add(fd) != nil {
		return false
	}
	from.drop(fd)
	return true
}
