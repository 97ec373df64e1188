package bus

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

const hubRoom = 4096 // frames that wait for a node of a Hub

// Hub joins nodes of one process.
type Hub struct {
	mu    sync.RWMutex
	links map[*hubLink]struct{}
}

// NewHub returns a Hub without nodes.
func NewHub() *Hub { return &Hub{links: map[*hubLink]struct{}{}} }

// Link returns one node's end.
func (h *Hub) Link() Link {
	l := &hubLink{hub: h, in: make(chan Frame, hubRoom), wants: map[string]struct{}{}}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.links[l] = struct{}{}
	return l
}

type hubLink struct {
	hub     *Hub
	in      chan Frame
	dropped atomic.Uint64

	mu    sync.RWMutex
	wants map[string]struct{}
	away  bool // for tests
}

func (l *hubLink) Send(subject string, data []byte) error {
	l.hub.mu.RLock()
	defer l.hub.mu.RUnlock()
	if _, open := l.hub.links[l]; !open {
		return errors.New("bus: the link is closed")
	}
	if l.isAway() {
		return nil
	}
	var f Frame
	for to := range l.hub.links {
		if to == l || !to.wanted(subject) {
			continue
		}
		if f.Data == nil {
			f = Frame{subject, append([]byte(nil), data...)}
		}
		select {
		case to.in <- f:
		default:
			to.dropped.Add(1)
		}
	}
	return nil
}

func (l *hubLink) wanted(subject string) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	_, ok := l.wants[subject]
	return ok && !l.away
}

func (l *hubLink) isAway() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.away
}

func (l *hubLink) Subscribe(subject string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wants[subject] = struct{}{}
	return nil
}

func (l *hubLink) Unsubscribe(subject string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.wants, subject)
	return nil
}

func (l *hubLink) Next(stop <-chan struct{}, tick <-chan time.Time) (Frame, bool) {
	select {
	case f := <-l.in:
		return f, true
	case <-tick:
	case <-stop:
	}
	return Frame{}, false
}

func (l *hubLink) Max() int                       { return 1 << 20 }
func (l *hubLink) Missed() (dropped, away uint64) { return l.dropped.Load(), 0 }

func (l *hubLink) Close() error {
	l.hub.mu.Lock()
	defer l.hub.mu.Unlock()
	delete(l.hub.links, l)
	return nil
}
