package main

import (
	"context"
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

// config says what to measure.
type config struct {
	binary, project string
	large           int64 // bytes
	small, thumbs   int   // requests
	rounds          int
}

func main() {
	var cfg config
	flag.StringVar(&cfg.binary, "bin", "bin/plinth", "the server to measure")
	flag.StringVar(&cfg.project, "project", "tests/e2e/testdata/files", "its project")
	flag.Int64Var(&cfg.large, "large", 1<<30, "bytes of a large file")
	flag.IntVar(&cfg.small, "small", 4000, "requests for small files")
	flag.IntVar(&cfg.thumbs, "thumbs", 20, "thumbnails that are drawn")
	flag.IntVar(&cfg.rounds, "rounds", 3, "rounds")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, cfg); err != nil {
		fmt.Fprintln(os.Stderr, "bench/files:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, cfg config) error {
	dir, err := os.MkdirTemp("", "plinth-bench-files-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p, err := startPlinth(ctx, cfg, dir)
	if err != nil {
		return err
	}
	defer p.Stop()
	n, err := startNginx(ctx, dir)
	if err != nil {
		return err
	}
	defer n.Stop()
	b := &bench{cfg: cfg, dir: dir, costs: map[string][]cost{}}
	for range cfg.rounds {
		for _, s := range []*server{p, n} {
			if err := b.server(ctx, s); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
		if err := b.cp(ctx); err != nil {
			return err
		}
	}
	b.print()
	return nil
}

// cost is what one piece of work took.
type cost struct {
	wall, cpu time.Duration
	n         int   // requests
	bytes     int64 // of one
}

type bench struct {
	cfg   config
	dir   string
	names []string // in order of appearance
	costs map[string][]cost
}

func (b *bench) add(name string, c cost) {
	if b.costs[name] == nil {
		b.names = append(b.names, name)
	}
	b.costs[name] = append(b.costs[name], c)
}

// print writes the medians by CPU time.
func (b *bench) print() {
	fmt.Printf("%s, %d rounds\n\n| work | CPU s per GB | MB/s |\n|---|---|---|\n", time.Now().UTC().Format(time.DateOnly), b.cfg.rounds)
	for _, name := range b.names {
		if c := median(b.costs[name]); c.bytes >= b.cfg.large {
			gb := float64(c.bytes) / 1e9
			fmt.Printf("| %s | %.2f | %.0f |\n", name, c.cpu.Seconds()/gb, gb*1000/c.wall.Seconds())
		}
	}
	fmt.Print("\n| work | CPU ms each | each second |\n|---|---|---|\n")
	for _, name := range b.names {
		if c := median(b.costs[name]); c.bytes < b.cfg.large {
			fmt.Printf("| %s | %.3f | %.0f |\n", name, c.cpu.Seconds()*1000/float64(c.n), float64(c.n)/c.wall.Seconds())
		}
	}
}

func median(list []cost) cost {
	slices.SortFunc(list, func(a, b cost) int { return int(a.cpu - b.cpu) })
	return list[len(list)/2]
}

// measure runs work and returns what it cost the process pid.
func measure(pid int, work func() error) (cost, error) {
	before, err := proc.CPU(pid)
	if err != nil {
		return cost{}, err
	}
	begin := time.Now()
	if err := work(); err != nil {
		return cost{}, err
	}
	wall := time.Since(begin)
	after, err := proc.CPU(pid)
	return cost{wall: wall, cpu: after - before}, err
}

func (b *bench) file(name string) string { return filepath.Join(b.dir, name) }
