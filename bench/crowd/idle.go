package main

import (
	"context"
	"fmt"
	"time"

	"github.com/plinth-dev/plinth/bench/proc"
)

// idle connects more and more phones, each signed in and in one channel, and looks at
// the server's memory; then each sends a heartbeat.
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
	var all []*socket
	defer func() { closeAll(all) }()
	for _, n := range []int{1000, 5000, 10_000, 15_000} {
		u, from := since(p), len(all)
		more, err := connect(ctx, p.Addr, from, n-from, func(i int, s *socket) error {
			tok, err := b.token(i)
			if err != nil {
				return err
			}
			return s.join(fmt.Sprintf("room%d", i%1000), `{"broadcast":{},"presence":{"enabled":false}}`, tok, `"status":"ok"`)
		})
		all = append(all, more...)
		if err != nil {
			return err
		}
		joined := u.per(n - from)
		now, err := settled(p)
		if err != nil {
			return err
		}
		fmt.Printf("idle: %d phones, %.1f KB of memory each; to connect and join, %s\n", n, float64(now-before.RSS)/1024/float64(n), joined)
	}
	u := since(p)
	for _, s := range all {
		if err := s.say(`[null,"9","phoenix","heartbeat",{}]`); err != nil {
			return err
		}
	}
	for _, s := range all {
		if err := s.expect(`"9"`); err != nil {
			return err
		}
	}
	fmt.Printf("heartbeats: %s; 100,000 phones send 4,000 a second\n", u.per(len(all)))
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
