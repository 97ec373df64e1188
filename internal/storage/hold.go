package storage

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// holds makes requests about one upload come one after the other. A newcomer ends the
// one that sends bytes: a client that comes again has lost its old connection, though
// this side may not know it yet.
type holds struct {
	mu sync.Mutex
	m  map[string]*hold
}

// hold is one request's turn.
type hold struct {
	mu    sync.Mutex
	over  bool
	wake  *http.ResponseController
	ended chan struct{}
}

const (
	turnWait  = 10 * time.Second // for the request before to end
	bodyPause = 60 * time.Second // the longest silence of a client that sends
	pauseStep = 5 * time.Second  // how often the deadline is set anew
)

// take waits for the turn of a request about id; end gives it back.
func (h *holds) take(ctx context.Context, w http.ResponseWriter, id string) (mine *hold, end func(), err error) {
	timer := time.NewTimer(turnWait)
	defer timer.Stop()
	for {
		h.mu.Lock()
		other := h.m[id]
		if other == nil {
			mine = &hold{wake: http.NewResponseController(w), ended: make(chan struct{})}
			if h.m == nil {
				h.m = map[string]*hold{}
			}
			h.m[id] = mine
			h.mu.Unlock()
			return mine, func() { h.give(id, mine) }, nil
		}
		h.mu.Unlock()
		other.interrupt()
		select {
		case <-other.ended:
		case <-timer.C:
			return nil, nil, errLocked
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

func (h *holds) give(id string, mine *hold) {
	h.mu.Lock()
	delete(h.m, id)
	h.mu.Unlock()
	close(mine.ended)
}

// interrupt makes the read of the body that is under way fail.
func (h *hold) interrupt() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.over = true
	h.wake.SetReadDeadline(time.Unix(1, 0))
}

// breathe moves the deadline of the body on, unless the turn is over.
func (h *hold) breathe() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.over {
		h.wake.SetReadDeadline(time.Now().Add(bodyPause))
	}
	return !h.over
}

// rest takes the deadline away when the body has ended. It would otherwise end the
// whole request, whose connection the server goes on to watch: joining the parts of a
// large file may take longer than a client may be silent.
func (h *hold) rest() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.over {
		h.wake.SetReadDeadline(time.Time{})
	}
}

// patient bounds the silence of a client, and ends when its turn does.
type patient struct {
	io.ReadCloser
	hold *hold
	last time.Time
}

// patience returns a body that fails when its client falls silent for too long.
func patience(w http.ResponseWriter, body io.ReadCloser) io.ReadCloser {
	return &patient{ReadCloser: body, hold: &hold{wake: http.NewResponseController(w)}}
}

// Read reads, after the deadline was moved on.
func (p *patient) Read(b []byte) (int, error) {
	if now := time.Now(); now.Sub(p.last) > pauseStep {
		p.last = now
		if !p.hold.breathe() {
			return 0, errInterrupted
		}
	}
	n, err := p.ReadCloser.Read(b)
	if err != nil {
		p.hold.rest()
	}
	return n, err
}
