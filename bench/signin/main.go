package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/bench/drive"
	"github.com/plinth-dev/plinth/bench/proc"
	"github.com/plinth-dev/plinth/bench/target"
)

// config says what to measure.
type config struct {
	target.Setup
	rounds  int
	round   time.Duration // of each half
	rate    float64       // reads a second
	clients int           // who sign in
}

func main() {
	cfg := config{Setup: target.Asks(target.Sizes{List: 2000, Count: 2000})}
	cfg.Flags()
	flag.IntVar(&cfg.rounds, "rounds", 10, "rounds, each without and with sign-ins")
	flag.DurationVar(&cfg.round, "round", 3*time.Second, "time of each half of a round")
	flag.Float64Var(&cfg.rate, "rate", 200, "reads a second")
	flag.IntVar(&cfg.clients, "clients", 8, "clients that sign in")
	target.Main("signin", func(ctx context.Context) error { return run(ctx, cfg) })
}

func run(ctx context.Context, cfg config) error {
	away, err := cfg.Make("signin")
	if err != nil {
		return err
	}
	defer away()
	r, err := target.On(cfg.Postgres).Start(ctx, cfg.Home)
	if err != nil {
		return err
	}
	defer r.Stop()
	load, _ := os.ReadFile("/proc/loadavg") // of Linux; without it the line stays empty
	fmt.Printf("%.0f reads a second, %d clients that sign in, load of the machine at the start: %s", cfg.rate, cfg.clients, load)
	var alone, beside drive.Hist          // of all rounds: one round has too few answers for a p99
	var perSecond, middle, slow []float64 // of each round, the last two as busy over idle
	for n := range cfg.rounds {
		idle := cfg.half(ctx, r, 0)
		busy := cfg.half(ctx, r, cfg.clients)
		if err := errorOf(idle.reads, busy.reads, busy.signIns); err != nil {
			return err
		}
		fmt.Printf("round %d: reads alone %s; with %.1f sign-ins a second of %.1f CPU ms each %s\n",
			n+1, quantiles(&idle.reads.Times), busy.perSecond(), busy.cost(), quantiles(&busy.reads.Times))
		alone.Merge(&idle.reads.Times)
		beside.Merge(&busy.reads.Times)
		perSecond = append(perSecond, busy.perSecond())
		middle = append(middle, ratio(&busy.reads.Times, &idle.reads.Times, 0.5))
		slow = append(slow, ratio(&busy.reads.Times, &idle.reads.Times, 0.99))
	}
	fmt.Printf("all rounds' reads: alone %s, meanwhile %s: p50 %.2f times, p99 %.2f times\n",
		quantiles(&alone), quantiles(&beside), ratio(&beside, &alone, 0.5), ratio(&beside, &alone, 0.99))
	fmt.Printf("median of the rounds: %.1f sign-ins a second; reads meanwhile: p50 %.2f times, p99 %.2f times those of the same round alone\n",
		median(perSecond), median(middle), median(slow))
	return ctx.Err()
}

// ratio says how many times a quantile is another's.
func ratio(of, to *drive.Hist, q float64) float64 {
	return float64(of.Quantile(q)) / float64(max(1, to.Quantile(q)))
}

// half is what a half of a round saw.
type half struct {
	reads, signIns drive.Result
	cpu            time.Duration // of the server
}

// half drives reads at their rate and, beside them, clients that sign in.
func (c config) half(ctx context.Context, r *target.Running, clients int) (h half) {
	op := func(op target.Op, conns int, rate float64) drive.Result {
		return drive.Run(ctx, drive.Load{
			Addr: r.Addr, Conns: conns, For: c.round, Rate: rate,
			Request: func(n int) drive.Request { return r.Request(op, n) },
			Check:   func(n int, a drive.Answer, full bool) error { return r.Check(op, n, a, full) },
		})
	}
	from, _ := proc.CPU(r.PIDs()...) // a server that is gone answers nothing, which fails
	var both sync.WaitGroup
	both.Go(func() { h.reads = op(target.Get, 16, c.rate) })
	if clients > 0 {
		both.Go(func() { h.signIns = op(target.SignIn, clients, 0) })
	}
	both.Wait()
	// What could not be sent until long after it was due counts as an answer that late.
	for range h.reads.Unsent {
		h.reads.Times.Add(c.round / 2)
	}
	to, _ := proc.CPU(r.PIDs()...)
	h.cpu = to - from
	return h
}

func (h half) perSecond() float64 {
	return float64(h.signIns.Times.Count()) / h.signIns.Took.Seconds()
}

// cost is the server's processor time for a sign-in, its share of the reads included.
func (h half) cost() float64 {
	return float64(h.cpu.Microseconds()) / 1000 / float64(max(1, h.signIns.Times.Count()))
}

func quantiles(of *drive.Hist) string {
	ms := func(q float64) float64 { return float64(of.Quantile(q).Microseconds()) / 1000 }
	return fmt.Sprintf("p50 %.2f ms, p99 %.2f ms (%d answers)", ms(0.5), ms(0.99), of.Count())
}

func median(of []float64) float64 {
	if len(of) == 0 {
		return 0
	}
	slices.Sort(of)
	return of[len(of)/2]
}

// errorOf is a failure where many failed: a figure of refused requests would be none. Few,
// on a machine that is busy, are told, and count for nothing.
func errorOf(results ...drive.Result) error {
	for _, r := range results {
		if r.Failed == 0 {
			continue
		}
		err := fmt.Errorf("%d requests failed: %w", r.Failed, r.Err)
		if r.Failed > max(1, r.Times.Count()/20) {
			return err
		}
		fmt.Println(err)
	}
	return nil
}
