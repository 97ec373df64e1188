package main

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/plinth-dev/plinth/bench/drive"
	"github.com/plinth-dev/plinth/bench/proc"
)

// window is what was counted of one.
type window struct {
	tally
	took     time.Duration
	cpu      time.Duration // of the server and its database
	waited   time.Duration // that their threads waited for a processor which others had
	mine     time.Duration // of this program
	health   drive.Result
	refusals [2]float64 // for want of a processor, and of the database
	gcs, wal float64    // collections of garbage a second, and the write-ahead log at the end
	gc       float64    // part of the server's time that they took, by its own estimate
}

// goodput is how many requests a second were answered well and in time.
func (w *window) goodput() float64 { return float64(sum(w.good)) / w.took.Seconds() }

// perCPU is the same for a second of the server's processors.
func (w *window) perCPU() float64 { return float64(sum(w.good)) / w.cpu.Seconds() }

// cores is how many the server had.
func (w *window) cores() float64 { return w.cpu.Seconds() / w.took.Seconds() }

// wanted is how many it would have had, had nobody else taken them.
func (w *window) wanted() float64 { return (w.cpu + w.waited).Seconds() / w.took.Seconds() }

// window lets so many phones ask, in a closed loop or at a rate.
func (b *bench) window(phones int, rate float64, s span) (*window, error) {
	before, err := b.crowd.figures()
	if err != nil {
		return nil, err
	}
	w := &window{}
	counted := make(chan error, 1)
	go func() { counted <- w.count(b.ctx, s, b.server.PIDs()) }()
	checks := make(chan drive.Result, 1)
	go func() { checks <- b.checks(b.ctx, s) }()
	w.tally = *b.crowd.run(b.ctx, phones, rate, s)
	if err := <-counted; err != nil {
		return nil, err
	}
	w.health = <-checks
	after, err := b.crowd.figures()
	if err != nil {
		return nil, err
	}
	w.gcs = (after["go_gc_cycles_total"] - before["go_gc_cycles_total"]) / time.Since(s.begin).Seconds()
	w.gc = (after["go_gc_cpu_seconds_total"] - before["go_gc_cpu_seconds_total"]) / (after["process_cpu_seconds_total"] - before["process_cpu_seconds_total"])
	for i, name := range []string{`plinth_refused_total{for="processor"}`, `plinth_refused_total{for="database"}`} {
		w.refusals[i] = after[name] - before[name]
	}
	w.wal = after["plinth_db_wal_bytes"]
	switch {
	case w.health.Failed > 0:
		return nil, fmt.Errorf("%d health checks failed: %w", w.health.Failed, w.health.Err)
	case w.failed > 0:
		return nil, fmt.Errorf("%d requests failed: %w", w.failed, w.err)
	}
	return w, b.ctx.Err()
}

// count takes the times of the processes when counting begins and when it ends.
func (w *window) count(ctx context.Context, s span, pids []int) error {
	look := func(at time.Time) (server proc.Time, mine time.Duration, now time.Time, err error) {
		select {
		case <-time.After(time.Until(at)):
		case <-ctx.Done():
			return server, 0, at, ctx.Err()
		}
		var u syscall.Rusage
		if err = syscall.Getrusage(syscall.RUSAGE_SELF, &u); err == nil {
			server, err = proc.Scheduled(pids...)
		}
		return server, time.Duration(u.Utime.Nano() + u.Stime.Nano()), time.Now(), err
	}
	before, mine, from, err := look(s.from)
	if err != nil {
		return err
	}
	after, mineAfter, to, err := look(s.to)
	w.cpu, w.waited, w.mine, w.took = after.CPU-before.CPU, after.Waited-before.Waited, mineAfter-mine, to.Sub(from)
	return err
}

// checks asks whether the server is well.
func (b *bench) checks(ctx context.Context, s span) drive.Result {
	return drive.Run(ctx, drive.Load{
		Addr: b.server.Addr, Conns: 4, For: s.to.Sub(s.begin), Rate: 20,
		Request: func(int) drive.Request { return drive.Request{Method: "GET", Path: "/healthz"} },
		Check: func(_ int, a drive.Answer, _ bool) error {
			if a.Status != 200 {
				return fmt.Errorf("health: %d", a.Status)
			}
			return nil
		},
	})
}

// learn finds what each part of a mix costs by itself, and how many clients get most of it.
func (b *bench) learn(mix []part) error {
	clients := b.clients
	if clients == 0 {
		clients = 48
	}
	for n, m := range mix {
		alone := m
		alone.share = 100
		b.crowd.places = deal([]part{alone})
		w, err := b.window(clients, 0, newSpan(settlePeak, time.Second))
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		b.costs[n] = w.cpu / time.Duration(max(1, sum(w.good)))
		fmt.Printf("%s alone: %.0f µs of the server's processors\n", m.name, us(b.costs[n]))
	}
	b.crowd.places = deal(mix)
	if b.clients > 0 {
		return nil
	}
	most := 0.0
	for _, n := range []int{16, 32, 48} { // 64 who wait are a crowd, of whom some are refused
		w, err := b.window(n, 0, newSpan(settlePeak, b.peak))
		if err != nil {
			return err
		}
		fmt.Printf("%d clients: %.0f/s, %.0f a CPU second\n", n, w.goodput(), w.perCPU())
		if w.goodput() > most {
			most, b.clients = w.goodput(), n
		}
	}
	return nil
}

// floor asks the least server at a rate, and returns what an answer of it costs.
func (b *bench) floor(rate float64) (time.Duration, error) {
	c := &crowd{addr: b.least.Addr, r: b.server, places: b.crowd.places, patience: b.patience, sessions: b.crowd.sessions, phones: make([]*phone, b.phones)}
	defer c.hangUp()
	s, w := newSpan(settlePeak, time.Second), window{}
	counted := make(chan error, 1)
	go func() { counted <- w.count(b.ctx, s, []int{b.least.PID()}) }()
	t := c.run(b.ctx, len(c.phones), rate, s)
	if err := <-counted; err != nil {
		return 0, err
	}
	if t.failed > 0 {
		return 0, fmt.Errorf("the least server: %w", t.err)
	}
	return w.cpu / time.Duration(max(1, sum(t.refused))), nil
}
