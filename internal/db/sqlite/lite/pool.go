package lite

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/internal/db/turn"
)

// Pool lends read-only connections. The one used last is lent first: its caches
// are warm.
type Pool struct {
	cfg   Config
	slots chan struct{}
	mu    sync.Mutex
	idle  []*Conn
	size  int
	gone  bool
	waits atomic.Uint64
	line  turn.Line
}

// Use tells how many connections are lent, how many are open, how many there may be, and
// how often somebody had to wait for one.
func (p *Pool) Use() (busy, open, limit int, waits uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	busy = len(p.slots)
	return busy, busy + len(p.idle), p.size, p.waits.Load()
}

// Line counts those who read.
func (p *Pool) Line() *turn.Line { return &p.line }

// NewPool returns a pool of at most size connections, opened when first needed.
func NewPool(cfg Config, size int) *Pool {
	cfg.Mode = ReadOnly
	p := &Pool{cfg: cfg, slots: make(chan struct{}, size), size: size}
	p.line.Room = size
	return p
}

// Get lends a connection whose statements are interrupted when ctx ends; it waits
// for one until then.
func (p *Pool) Get(ctx context.Context) (*Conn, error) {
	p.line.Enter()
	var wait time.Duration
	select {
	case p.slots <- struct{}{}:
	default:
		p.waits.Add(1)
		begin := time.Now()
		select {
		case p.slots <- struct{}{}:
			wait = time.Since(begin)
		case <-ctx.Done():
			p.line.Leave()
			return nil, Ended(ctx)
		}
	}
	p.line.Turn(wait)
	c, err := p.take()
	if err != nil {
		p.leave()
		return nil, Fault(err)
	}
	c.Watch(ctx.Done())
	return c, nil
}

func (p *Pool) take() (*Conn, error) {
	p.mu.Lock()
	if p.gone {
		p.mu.Unlock()
		return nil, errClosed()
	}
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return c, nil
	}
	p.mu.Unlock()
	return Open(p.cfg)
}

// Put takes a connection back, with whatever was left open on it.
func (p *Pool) Put(c *Conn) {
	c.Watch(nil)
	c.ReleaseAll()
	ok := c.Autocommit() || c.exec("rollback") == nil
	p.mu.Lock()
	if ok && !p.gone {
		p.idle = append(p.idle, c)
		c = nil
	}
	p.mu.Unlock()
	if c != nil {
		_ = c.Close() // a spoilt or late connection: its file is untouched
	}
	p.leave()
}

func (p *Pool) leave() {
	<-p.slots
	p.line.Leave()
}

// Close waits for lent connections and closes all.
func (p *Pool) Close() error {
	p.mu.Lock()
	if p.gone {
		p.mu.Unlock()
		return nil
	}
	p.gone = true
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	for range p.size {
		p.slots <- struct{}{}
	}
	var errs []error
	for _, c := range idle {
		errs = append(errs, c.Close())
	}
	for range p.size {
		<-p.slots // a late Get learns that the pool is closed
	}
	return errors.Join(errs...)
}
