package replica

import (
	"context"
	"sync"
	"time"
)

// meter asks a server for a place in its log. An answer is of a question that was put
// after the caller came: those who come meanwhile share the next one.
type meter struct {
	ask   func(context.Context) (uint64, error)
	limit time.Duration // of a question
	pace  time.Duration // between two
	work  *sync.WaitGroup

	mu   sync.Mutex
	next *round
	busy bool
}

// round is a question and those who wait for its answer.
type round struct {
	done  chan struct{}
	place uint64
	err   error
}

func (m *meter) get(ctx context.Context) (uint64, error) {
	m.mu.Lock()
	if m.next == nil {
		m.next = &round{done: make(chan struct{})}
	}
	r := m.next
	if !m.busy {
		m.busy = true
		m.work.Go(m.run)
	}
	m.mu.Unlock()
	select {
	case <-r.done:
		return r.place, r.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// run answers until nobody waits.
func (m *meter) run() {
	for {
		m.mu.Lock()
		r := m.next
		m.next, m.busy = nil, r != nil
		m.mu.Unlock()
		if r == nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), m.limit)
		r.place, r.err = m.ask(ctx)
		cancel()
		close(r.done)
		time.Sleep(m.pace) // who came meanwhile shares the next question
	}
}
