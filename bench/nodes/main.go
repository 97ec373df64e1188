package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/plinth-dev/plinth/bench/proc"
)

// phones listen, spread over the nodes, each to one of the rooms.
var phones, rooms int

// kind of the operations, "" for the mixture.
var kind string

// roomOf an operation that phones are told of.
func roomOf(n int64) int64 { return n / 10 % int64(rooms) }

// stretch is how many operations in a row go to one node before the next has its turn.
var stretch int64

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

// settings of a run.
type settings struct {
	bin, before    string
	rounds, ops    int
	sizes          string
	clients, rates string
}

func main() {
	var s settings
	flag.StringVar(&s.bin, "bin", "bin/plinth", "the server to measure")
	flag.StringVar(&s.before, "before", "", "another build of it, which takes turns with it")
	flag.IntVar(&s.rounds, "rounds", 5, "rounds; in each all fleets take their turn")
	flag.IntVar(&s.ops, "ops", 4000, "operations of a turn")
	flag.StringVar(&s.sizes, "nodes", "1,2,3", "nodes of the fleets; ratios are to the first one. 3apart are three servers that are no cluster")
	flag.StringVar(&s.clients, "clients", "8,32", "loads: clients that wait for each answer, of all nodes together")
	flag.StringVar(&s.rates, "rates", "", "more loads: operations that come a second, whoever waits")
	flag.IntVar(&phones, "phones", 100, "phones that listen, spread over the nodes")
	flag.IntVar(&rooms, "rooms", 10, "rooms, with the same number of phones each: what is written in one is told to its phones alone")
	flag.StringVar(&kind, "kind", "", "only reads, inserts or casts, in place of eight, one and one of ten")
	flag.Int64Var(&stretch, "stretch", 1, "operations in a row that go to one node: with many, nodes take turns at working")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := s.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench/nodes:", err)
		stop()
		os.Exit(1)
	}
}

func (s *settings) run(ctx context.Context) error {
	loads, err := loadsOf(s.clients, s.rates)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "plinth-bench-nodes-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fleets, err := s.start(ctx, dir)
	defer func() {
		for _, f := range fleets {
			f.stop()
		}
	}()
	if err != nil {
		return err
	}
	text, _ := os.ReadFile("/proc/loadavg") // of Linux; without it the line stays empty
	fmt.Printf("%d rounds of %d operations, %d phones in %d rooms, load of the machine at the start: %s", s.rounds, s.ops, phones, rooms, text)
	for _, f := range fleets { // connections, plans and caches
		if err := f.turn(ctx, loads[len(loads)-1], s.ops/2); err != nil {
			return err
		}
	}
	r := newReport(fleets, loads)
	for round := range s.rounds {
		for i, f := range fleets {
			if err := f.rest(ctx, &r.rests[i]); err != nil {
				return err
			}
		}
		for j, l := range loads {
			for i, f := range fleets {
				if err := f.measure(ctx, l, s.ops, &r.rests[i], &r.costs[j][i]); err != nil {
					return err
				}
				fmt.Printf("round %d, %s: %s\n", round+1, l, r.line(j, i, round))
			}
		}
	}
	r.print()
	return ctx.Err()
}

// start starts all fleets: those of the build before, where there is one, after the others.
func (s *settings) start(ctx context.Context, dir string) (fleets []*fleet, err error) {
	if err := project(dir); err != nil {
		return nil, err
	}
	for i, bin := range []string{s.bin, s.before} {
		if bin == "" {
			continue
		}
		if bin, err = filepath.Abs(bin); err != nil {
			return fleets, err
		}
		for _, word := range strings.Split(s.sizes, ",") {
			n, apart := strings.CutSuffix(word, "apart")
			size, err := strconv.Atoi(n)
			if err != nil || size < 1 {
				return fleets, fmt.Errorf("%q is not a number of nodes", word)
			}
			f, err := start(ctx, bin, dir, size, apart)
			f.build = []string{"", "before"}[i]
			if fleets = append(fleets, f); err != nil {
				return fleets, err
			}
		}
	}
	return fleets, nil
}

// use is CPU time of a fleet, and Postgres' part of it.
type use struct {
	all, pg, took time.Duration
}

// used tells what a fleet used while do ran.
func (f *fleet) used(do func() error) (u use, err error) {
	look := func() (all, pg time.Duration, err error) {
		servers, nodes := f.pids()
		pg, err1 := proc.CPU(servers...)
		own, err2 := proc.CPU(nodes...)
		return pg + own, pg, errors.Join(err1, err2)
	}
	begin := time.Now()
	all, pg, err := look()
	if err == nil {
		err = do()
	}
	u.took = time.Since(begin)
	all2, pg2, err2 := look()
	u.all, u.pg = all2-all, pg2-pg
	return u, errors.Join(err, err2)
}

// rest adds what a fleet uses when nothing happens.
func (f *fleet) rest(ctx context.Context, list *[]use) error {
	const length = 2 * time.Second
	u, err := f.used(func() error {
		select {
		case <-time.After(length):
		case <-ctx.Done():
		}
		return ctx.Err()
	})
	*list = append(*list, u)
	return err
}

// measure adds what an operation costs beyond what is used at rest in that time.
func (f *fleet) measure(ctx context.Context, l load, ops int, rests, costs *[]use) error {
	u, err := f.used(func() error { return f.turn(ctx, l, ops) })
	idle := (*rests)[len(*rests)-1]
	share := u.took.Seconds() / idle.took.Seconds()
	each := func(used, rest time.Duration) time.Duration {
		return (used - time.Duration(float64(rest)*share)) / time.Duration(ops)
	}
	*costs = append(*costs, use{all: each(u.all, idle.all), pg: each(u.pg, idle.pg), took: u.took / time.Duration(ops)})
	return err
}
