package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/bench/proc"
)

// idle connects more and more phones, each signed in and in one channel, which send
// heartbeats as they do everywhere, and looks at the server's memory and at what a
// heartbeat costs it.
func (b *bench) idle(ctx context.Context) error {
	p, stop, err := b.start(ctx)
	if err != nil {
		return err
	}
	defer stop()
	before, err := proc.Mem(p.PID())
	if err != nil {
		return err
	}
	h := newHearts(ctx)
	defer h.end()
	var all []*socket
	defer func() { closeAll(all) }()
	for _, n := range []int{1000, 5000, 10_000, 15_000} {
		u, from := since(p), len(all)
		more, err := connect(ctx, p.Addr, from, n-from, func(i int, s *socket) error {
			tok, err := b.token(i)
			if err != nil {
				return err
			}
			if err := s.join(fmt.Sprintf("room%d", i%1000), `{"broadcast":{},"presence":{"enabled":false}}`, tok, `"status":"ok"`); err != nil {
				return err
			}
			h.add(s)
			return nil
		})
		all = append(all, more...)
		if err := errors.Join(err, h.err()); err != nil {
			return err
		}
		fmt.Printf("idle: %d phones connected and joined; %s\n", n, u.per(n-from))
		now, err := settled(p)
		if err != nil {
			return err
		}
		each := float64(now-before.RSS) / 1024 / float64(n)
		b.note(fmt.Sprintf("memory of the server for each of %d idle phones", n), fmt.Sprintf("%.1f KB", each), "at most 10 KB (goal 7)", each <= 10)
	}
	h.end()
	if err := h.err(); err != nil {
		return err
	}
	if err := b.heartbeats(ctx, p, all, b.heartbeat); err != nil {
		return err
	}
	closeAll(all)
	stop()
	return b.floor(ctx, len(all))
}

// floor gives the least program as many phones and heartbeats: what the kernel alone takes.
func (b *bench) floor(ctx context.Context, phones int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	p, err := proc.Start(ctx, proc.Command{Path: self, Args: []string{"-floor", "127.0.0.1:{port}"}, Health: "/"})
	if err != nil {
		return err
	}
	defer p.Stop()
	all, err := connect(ctx, p.Addr, 0, phones, func(int, *socket) error { return nil })
	defer closeAll(all)
	if err != nil {
		return err
	}
	return b.heartbeats(ctx, p, all, func(what string, each float64) {
		b.fact(what+", by the least program", fmt.Sprintf("%.2f s of CPU for 1,000,000: %.1f %% of a core", each, share(each)), "what the kernel alone takes here")
	})
}

const (
	crowd     = 100_000 // phones whose heartbeats the figures stand for
	period    = 25 * time.Second
	heartRate = int(crowd / (period / time.Second)) // a second
)

// heartbeats measures them twice: as many a second as 100,000 phones send, evenly, and as
// fast as they can be sent.
func (b *bench) heartbeats(ctx context.Context, p *proc.Process, all []*socket, note func(what string, each float64)) error {
	h := &hearts{list: all}
	n := heartRate * b.seconds
	quiet, err := proc.CPU(p.PID())
	if err != nil {
		return err
	}
	time.Sleep(time.Second)
	u := since(p)
	idle := u.server - quiet // of a second without
	begin := time.Now()
	if err := h.beat(ctx, n, heartRate); err != nil {
		return err
	}
	took := time.Since(begin)
	fmt.Printf("heartbeats, %.0f a second: %s; the server without any %.2f %% of a core\n", float64(n)/took.Seconds(), u.per(n), 100*idle.Seconds())
	note(fmt.Sprintf("heartbeats of %d phones, sent evenly", crowd), u.each(n))
	u = since(p)
	for _, s := range all {
		if err := s.say(heartbeat); err != nil {
			return err
		}
	}
	for _, s := range all {
		if err := s.expect(beaten); err != nil {
			return err
		}
	}
	fmt.Printf("heartbeats, %d at once: %s\n", len(all), u.per(len(all)))
	note("heartbeats of as many, sent at once", u.each(len(all)))
	return nil
}

// heartbeat notes what one costs, µs.
func (b *bench) heartbeat(what string, each float64) {
	b.note(what, fmt.Sprintf("%.2f s of CPU for 1,000,000: %.1f %% of a core", each, share(each)), "less than 5 % of a core", share(each) < 5)
}

// share of a core that the crowd's heartbeats take, %, at so many µs each.
func share(each float64) float64 { return each * float64(heartRate) / 1e4 }

const (
	heartbeat = `[null,"9","phoenix","heartbeat",{}]`
	beaten    = `"9"`
)

// hearts are phones that send heartbeats, each in its turn.
type hearts struct {
	stop func()
	done sync.WaitGroup

	mu     sync.Mutex
	list   []*socket
	next   int
	failed error
}

// newHearts begins with none.
func newHearts(ctx context.Context) *hearts {
	ctx, cancel := context.WithCancel(ctx)
	h := &hearts{stop: cancel}
	h.done.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for due := 0.0; ; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			due += float64(h.len()) / float64(period/(100*time.Millisecond))
			n := int(due)
			due -= float64(n)
			if err := h.beat(ctx, n, 0); err != nil && ctx.Err() == nil {
				h.fail(err)
				return
			}
		}
	})
	return h
}

// end waits for the last answer.
func (h *hearts) end() {
	h.stop()
	h.done.Wait()
}

func (h *hearts) add(s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.list = append(h.list, s)
}

func (h *hearts) len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.list)
}

func (h *hearts) turn() *socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.next++
	return h.list[h.next%len(h.list)]
}

func (h *hearts) fail(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failed = err
}

func (h *hearts) err() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failed
}

// beat sends n heartbeats, so many a second where rate is not 0, and reads the answers
// when all are sent, or before a phone's next.
func (h *hearts) beat(ctx context.Context, n, rate int) error {
	begin := time.Now()
	waits := map[*socket]bool{}
	for i := range n {
		if rate > 0 {
			time.Sleep(time.Until(begin.Add(time.Duration(i) * time.Second / time.Duration(rate))))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s := h.turn()
		if waits[s] {
			if err := s.expect(beaten); err != nil {
				return err
			}
		}
		if err := s.say(heartbeat); err != nil {
			return err
		}
		waits[s] = true
	}
	for s := range waits {
		if err := s.expect(beaten); err != nil {
			return err
		}
	}
	return nil
}

// settled is the resident memory once it no longer shrinks: the garbage of the
// handshakes is given back.
func settled(p *proc.Process) (int64, error) {
	least := int64(1) << 62
	for range 8 {
		m, err := proc.Mem(p.PID())
		if err != nil {
			return 0, err
		}
		least = min(least, m.RSS)
		time.Sleep(500 * time.Millisecond)
	}
	return least, nil
}
