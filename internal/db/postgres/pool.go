package postgres

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/internal/db/turn"
	"github.com/plinth-dev/plinth/internal/fault"
)

// pool is the one budget of connections.
type pool struct {
	dial func(context.Context) (*conn, error)
	wait time.Duration // for a free connection

	mu      sync.Mutex
	limit   int     // of the pool's own; what is beside it is taken off
	free    []*conn // latest last
	open    int
	gen     uint64          // connections of an earlier one are not used again
	waiting []chan struct{} // each is told once that there may be a connection
	waits   uint64
	line    turn.Line
	closed  bool
	empty   chan struct{} // closed when the pool is closed and nothing is open
}

const (
	connAge  = time.Hour
	connIdle = 5 * time.Minute
)

func newPool(dial func(context.Context) (*conn, error), limit int, wait time.Duration) *pool {
	return &pool{dial: dial, limit: limit, wait: wait, line: turn.Line{Room: limit}, empty: make(chan struct{})}
}

// get returns a connection, one that served the role last where there is a choice.
func (p *pool) get(ctx context.Context, role string) (*conn, error) {
	p.line.Enter()
	c, err := p.turn(ctx, role)
	if err != nil {
		p.line.Leave()
	}
	return c, err
}

// turn waits for a connection.
func (p *pool) turn(ctx context.Context, role string) (*conn, error) {
	var timer <-chan time.Time
	var begin time.Time
	for {
		if ctx.Err() != nil {
			return nil, ended(ctx)
		}
		c, turn, err := p.take(role)
		if turn == nil {
			p.line.Since(begin)
			if c == nil && err == nil {
				c, err = p.fresh(ctx, role)
			}
			return c, err
		}
		if timer == nil {
			timer, begin = time.After(p.wait), time.Now()
		}
		select {
		case <-turn:
		case <-ctx.Done():
			p.leave(turn)
			return nil, ended(ctx)
		case <-timer:
			p.leave(turn)
			return nil, fault.SQL("53300", "all connections to the database are in use")
		}
	}
}

// take returns a free connection, or a turn to wait for, or neither where one more may
// be opened, which is then counted already.
func (p *pool) take(role string) (*conn, chan struct{}, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, fault.SQL("57P01", "the database is closed")
	}
	p.sweep()
	for i := len(p.free) - 1; i >= 0; i-- {
		if p.free[i].role == role {
			return p.lend(i, role), nil, nil
		}
	}
	switch {
	case p.open < p.limit:
		p.open++
		return nil, nil, nil
	case len(p.free) > 0:
		return p.lend(0, role), nil, nil
	}
	turn := make(chan struct{}, 1)
	p.waits++
	p.waiting = append(p.waiting, turn)
	return nil, turn, nil
}

// aside takes n connections off the budget, or adds them: somebody has them beside the pool.
// One is always left.
func (p *pool) aside(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limit = max(1, p.limit-n)
	for p.open > p.limit && len(p.free) > 0 {
		c := p.free[0]
		p.free = p.free[1:]
		p.open--
		go c.close()
	}
}

func (p *pool) use() (busy, open, limit int, waits uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open - len(p.free), p.open, p.limit, p.waits
}

func (p *pool) lend(i int, role string) *conn {
	c := p.free[i]
	p.free = slices.Delete(p.free, i, i+1)
	c.role = role
	return c
}

// sweep closes what was free for too long, or is of an earlier generation.
func (p *pool) sweep() {
	now := time.Now()
	p.free = slices.DeleteFunc(p.free, func(c *conn) bool {
		old := c.gen != p.gen || now.Sub(c.idle) > connIdle || now.Sub(c.born) > connAge || c.pg.IsClosed()
		if old {
			p.open--
			go c.close()
		}
		return old
	})
}

func (p *pool) fresh(ctx context.Context, role string) (*conn, error) {
	p.mu.Lock()
	gen := p.gen
	p.mu.Unlock()
	c, err := p.dial(ctx)
	if err != nil {
		p.gone()
		return nil, err
	}
	c.role, c.gen = role, gen
	return c, nil
}

// put gives a connection back; one that is broken, or in a transaction, is closed.
func (p *pool) put(c *conn) {
	if c.pg.IsClosed() || c.pg.TxStatus() != 'I' {
		p.discard(c)
		return
	}
	p.mu.Lock()
	if p.closed || c.gen != p.gen || p.open > p.limit {
		p.mu.Unlock()
		p.discard(c)
		return
	}
	c.idle = time.Now()
	p.free = append(p.free, c)
	p.wake()
	p.mu.Unlock()
	p.line.Leave()
}

func (p *pool) discard(c *conn) {
	c.close()
	p.gone()
	p.line.Leave()
}

// gone counts a connection less.
func (p *pool) gone() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open--
	p.wake()
	if p.closed && p.open == 0 {
		close(p.empty)
	}
}

// wake tells the one who waits for the longest time.
func (p *pool) wake() {
	if len(p.waiting) > 0 {
		p.waiting[0] <- struct{}{}
		p.waiting = p.waiting[1:]
	}
}

// leave gives a turn up, to the next where it was given already.
func (p *pool) leave(turn chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.waiting, turn); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
		return
	}
	p.wake()
}

// flush makes all connections opened until now go: the server ended one of them.
func (p *pool) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gen++
	p.sweep()
	for range p.waiting {
		p.wake()
	}
}

// close waits for the connections that are lent out.
func (p *pool) close() {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.closed = true
	p.gen++
	p.sweep()
	for range len(p.waiting) {
		p.wake()
	}
	if p.open == 0 {
		close(p.empty)
	}
	p.mu.Unlock()
	<-p.empty
}

// Lines returns the one line of all who want a connection. It implements db.Lined.
func (d *Driver) Lines() (reads, writes *turn.Line) { return &d.pool.line, &d.pool.line }
