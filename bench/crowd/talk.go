package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

const listeners = 4000 // that send a heartbeat each second, as many as 100,000 phones do

// talk measures what a broadcast of one phone takes to another, while nothing else is and
// while heartbeats come.
func (b *bench) talk(ctx context.Context) error {
	p, stop, err := b.start(ctx)
	if err != nil {
		return err
	}
	defer stop()
	open := `{"broadcast":{},"presence":{"enabled":false}}`
	all, err := connect(ctx, p.Addr, 0, listeners, func(i int, s *socket) error {
		return s.join(fmt.Sprintf("room%d", i), open, "", `"status":"ok"`)
	})
	defer closeAll(all)
	if err != nil {
		return err
	}
	two, err := connect(ctx, p.Addr, listeners, 2, func(_ int, s *socket) error {
		return s.join("talk", open, "", `"status":"ok"`)
	})
	defer closeAll(two)
	if err != nil {
		return err
	}
	time.Sleep(12 * time.Second) // the joins are forgotten
	limit := time.Duration(b.seconds) * time.Second
	d, err := converse(ctx, two, limit)
	if err != nil {
		return err
	}
	b.note("broadcast of a phone to another", fmt.Sprintf("p50 %s, p99 %s", d.at(0.5), d.at(0.99)), "to be said", true)
	h := &hearts{list: all}
	beating, end := context.WithCancel(ctx)
	defer end()
	var work sync.WaitGroup
	u, begin := since(p), time.Now()
	work.Go(func() {
		if err := h.beat(beating, 1<<30, heartRate); !errors.Is(err, context.Canceled) {
			h.fail(err)
		}
	})
	d, err = converse(ctx, two, limit)
	end()
	work.Wait()
	if err := errors.Join(err, h.err()); err != nil {
		return err
	}
	n := h.next
	fmt.Printf("talk: %d messages, %.0f heartbeats a second; %s\n", len(d.list), float64(n)/time.Since(begin).Seconds(), u.per(n+len(d.list)))
	b.note(fmt.Sprintf("the same beside %d heartbeats a second", heartRate), fmt.Sprintf("p50 %s, p99 %s", d.at(0.5), d.at(0.99)), "to be said", true)
	return nil
}

// converse has the first of two say something now and then, which the other hears.
func converse(ctx context.Context, two []*socket, limit time.Duration) (*delays, error) {
	d := &delays{}
	for begin := time.Now(); time.Since(begin) < limit && ctx.Err() == nil; {
		time.Sleep(time.Duration(rand.IntN(20_000)) * time.Microsecond)
		at := time.Now()
		if err := two[0].say(`["1","2","realtime:talk","broadcast",{"type":"broadcast","event":"m","payload":{"body":"hello"}}]`); err != nil {
			return d, err
		}
		if err := two[1].expect(`"hello"`); err != nil {
			return d, err
		}
		d.add(time.Since(at))
	}
	return d, ctx.Err()
}
