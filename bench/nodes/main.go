package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/plinth-dev/plinth/bench/proc"
)

// phones listen, spread over the nodes.
var phones int

// kind of the operations, "" for the mixture.
var kind string

// kindOf an operation: 0 is an insert, 5 a broadcast, any other a read.
func kindOf(n int64) int64 {
	switch kind {
	case "reads":
		return 1
	case "inserts":
		return 0
	case "casts":
		return 5
	}
	return n % 10
}

func main() {
	var bin string
	var rounds, ops int
	flag.StringVar(&bin, "bin", "bin/plinth", "the server to measure")
	flag.IntVar(&rounds, "rounds", 5, "rounds; in each all fleets take their turn")
	flag.IntVar(&ops, "ops", 4000, "operations of a turn")
	flag.IntVar(&phones, "phones", 30, "phones that listen, spread over the nodes")
	flag.StringVar(&kind, "kind", "", "only reads, inserts or casts, in place of eight, one and one of ten")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, bin, rounds, ops); err != nil {
		fmt.Fprintln(os.Stderr, "bench/nodes:", err)
		stop()
		os.Exit(1)
	}
}

// cost is what one fleet's turns cost, by round.
type cost struct {
	each  []time.Duration // of an operation, beyond what is used at rest in that time
	ratio []float64       // to one node's
	pg    []time.Duration // of each, Postgres' part, what it uses at rest included
	idle  []time.Duration // of a second at rest, all nodes and Postgres
}

func run(ctx context.Context, bin string, rounds, ops int) (err error) {
	if bin, err = filepath.Abs(bin); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "plinth-bench-nodes-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := project(dir); err != nil {
		return err
	}
	var fleets []*fleet
	for n := 1; n <= 3; n++ {
		f, err := start(ctx, bin, dir, n)
		if f != nil {
			defer f.stop()
		}
		if err != nil {
			return err
		}
		fleets = append(fleets, f)
	}
	load, _ := os.ReadFile("/proc/loadavg") // of Linux; without it the line stays empty
	fmt.Printf("%d rounds of %d operations, %d phones, load of the machine at the start: %s", rounds, ops, phones, load)
	for _, f := range fleets { // connections, plans and caches
		if err := f.turn(ctx, ops/4); err != nil {
			return err
		}
	}
	costs := make([]cost, len(fleets))
	for round := range rounds {
		for i, f := range fleets {
			c := &costs[i]
			if err := f.measure(ctx, ops, c); err != nil {
				return err
			}
			each := c.each[round]
			c.ratio = append(c.ratio, float64(each)/float64(costs[0].each[round]))
			fmt.Printf("round %d, %d nodes: %.3f CPU ms each, %.2f times one node's\n", round+1, i+1, ms(each), c.ratio[round])
		}
	}
	fmt.Println("\n| nodes | CPU ms for an operation | of it Postgres | ratio to one node's, median (least–most) | CPU ms a second at rest |\n|---|---|---|---|---|")
	for i, c := range costs {
		fmt.Printf("| %d | %.3f | %.3f | %.2f (%.2f–%.2f) | %.1f |\n", i+1, ms(median(c.each)), ms(median(c.pg)), median(c.ratio), slices.Min(c.ratio), slices.Max(c.ratio), ms(median(c.idle)))
	}
	return ctx.Err()
}

// measure adds the CPU time of one operation, and that of a second at rest just before.
func (f *fleet) measure(ctx context.Context, ops int, c *cost) error {
	const rest = 3 * time.Second
	used := func(do func() error) (all, pg, took time.Duration, err error) {
		begin := time.Now()
		all, err1 := proc.CPU(f.pids()...)
		pg, err2 := proc.CPU(f.pg.PID())
		if err = errors.Join(err1, err2); err == nil {
			err = do()
		}
		took = time.Since(begin)
		all2, err1 := proc.CPU(f.pids()...)
		pg2, err2 := proc.CPU(f.pg.PID())
		return all2 - all, pg2 - pg, took, errors.Join(err, err1, err2)
	}
	all, _, took, err := used(func() error {
		select {
		case <-time.After(rest):
		case <-ctx.Done():
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	idle := time.Duration(float64(all) / took.Seconds())
	all, pg, took, err := used(func() error { return f.turn(ctx, ops) })
	c.idle = append(c.idle, idle)
	c.each = append(c.each, (all-time.Duration(float64(idle)*took.Seconds()))/time.Duration(ops))
	c.pg = append(c.pg, pg/time.Duration(ops))
	return err
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func median[T time.Duration | float64](of []T) T {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}
