package replica

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// member is one replica.
type member struct {
	name   string
	open   func(context.Context) (Server, error)
	log    *slog.Logger
	head   *meter // of the primary
	work   *sync.WaitGroup
	kicked chan struct{} // a read failed: look at once

	place  atomic.Uint64 // that it showed when it was last asked
	flight atomic.Int64
	reads  atomic.Uint64
	failed atomic.Uint64

	mu     sync.Mutex
	line   *line // nil while it is out
	behind bool  // it shows less than the primary had a beat ago
	bytes  uint64
	lag    time.Duration
	why    string // it is out
}

// line is a connection to a replica until it fails.
type line struct {
	Server
	life  context.Context // ends when the server is given up, and its reads with it
	meter *meter
}

func (m *member) run(ctx context.Context) {
	for ctx.Err() == nil {
		octx, cancel := context.WithTimeout(ctx, 2*time.Second)
		s, err := m.open(octx)
		cancel()
		if err == nil {
			err = m.follow(ctx, s)
		}
		m.out(ctx, err)
		select {
		case <-ctx.Done():
		case <-time.After(retry):
		}
	}
}

// out takes the replica from the list. It says so once for each reason.
func (m *member) out(ctx context.Context, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.line = nil
	if err == nil || ctx.Err() != nil {
		return
	}
	if m.why != err.Error() {
		m.log.Warn("replica: left out", "replica", m.name, "error", err)
	}
	m.why = err.Error()
}

// follow asks a replica where it is until it fails.
func (m *member) follow(ctx context.Context, s Server) error {
	life, end := context.WithCancel(ctx)
	l := &line{Server: s, life: life}
	l.meter = &meter{ask: func(ctx context.Context) (uint64, error) { return m.look(ctx, s) }, limit: patience, pace: pace / 2, work: m.work}
	defer func() {
		m.out(ctx, nil)
		end()
		m.work.Go(func() { _ = s.Close() }) // nothing of it is needed
	}()
	tick := time.NewTicker(beat)
	defer tick.Stop()
	var had uint64 // by the primary, a beat ago
	for {
		place, err := l.meter.get(ctx)
		if err != nil {
			return err
		}
		m.in(l, place >= had)
		if head, err := m.head.get(ctx); err == nil {
			had = head
			m.note(head, place)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-m.kicked:
		case <-tick.C:
		}
	}
}

func (m *member) look(ctx context.Context, s Server) (uint64, error) {
	place, since, err := s.Replayed(ctx)
	if err != nil {
		return 0, err
	}
	m.place.Store(place)
	m.mu.Lock()
	m.lag = since
	m.mu.Unlock()
	return place, nil
}

// in puts it on the list.
func (m *member) in(l *line, caughtUp bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.line == nil {
		m.log.Info("replica: reads go there", "replica", m.name)
	}
	m.line, m.behind, m.why = l, !caughtUp, ""
}

func (m *member) note(head, place uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bytes = head - min(place, head)
}

// usable returns the connection, nil where the replica is out or far behind.
func (m *member) usable() *line {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.behind {
		return nil
	}
	return m.line
}

// late says that it did not show in time what a read had to see.
func (m *member) late() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.behind = true // until it is asked again
}

// fail says that a read failed there; it is out until it answers again.
func (m *member) fail(l *line) {
	m.failed.Add(1)
	m.mu.Lock()
	if m.line == l {
		m.line = nil
	}
	m.mu.Unlock()
	select {
	case m.kicked <- struct{}{}:
	default:
	}
}

func (m *member) status() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := Status{Name: m.name, Up: m.line != nil, Behind: m.bytes, Reads: m.reads.Load(), Failed: m.failed.Load(), Why: m.why}
	if m.bytes > 0 {
		s.Lag = m.lag
	}
	return s
}
