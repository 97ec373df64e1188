package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

func main() {
	cfg := config{}
	flag.StringVar(&cfg.binary, "bin", "bin/plinth", "the server to measure")
	flag.StringVar(&cfg.project, "project", "examples/chat", "its project folder")
	flag.IntVar(&cfg.requests, "requests", 4000, "requests of each workload and run")
	flag.IntVar(&cfg.runs, "runs", 3, "runs of each workload; the median is printed")
	flag.StringVar(&cfg.only, "only", "", "run workloads whose name holds this")
	flag.Parse()
	if err := run(cfg); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type config struct {
	binary, project string
	requests, runs  int
	only            string
}

func run(cfg config) error {
	fmt.Printf("%s, %s, %d cores, %s\n\n", time.Now().UTC().Format(time.DateOnly), runtime.Version(), runtime.NumCPU(), runtime.GOOS+"/"+runtime.GOARCH)
	if err := start(cfg); err != nil {
		return err
	}
	s, err := startServer(cfg.binary, cfg.project)
	if err != nil {
		return err
	}
	defer s.stop()
	w, err := prepare(s)
	if err != nil {
		return err
	}
	fmt.Println("\n| workload | clients | CPU s per 1,000 | requests/s | p50 ms | p95 ms | p99 ms | bytes |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	for _, l := range w.workloads() {
		if !strings.Contains(l.name, cfg.only) {
			continue
		}
		r, err := measure(s, l, cfg)
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		fmt.Printf("| %s | %d | %.3f | %.0f | %.2f | %.2f | %.2f | %d |\n", l.name, l.clients, r.cpu, r.rate, r.p50, r.p95, r.p99, r.bytes)
	}
	rss, err := s.rss()
	if err != nil {
		return err
	}
	fmt.Printf("\nresident memory after the load: %.1f MB\n", float64(rss)/(1<<20))
	return nil
}

// start prints what a start costs.
func start(cfg config) error {
	st, err := os.Stat(cfg.binary)
	if err != nil {
		return err
	}
	var times []time.Duration
	var idle int64
	for range cfg.runs {
		s, err := startServer(cfg.binary, cfg.project)
		if err != nil {
			return err
		}
		times = append(times, s.ready)
		if idle, err = s.rss(); err != nil {
			return err
		}
		s.stop()
	}
	fmt.Printf("binary %.1f MB; process start to ready, on an empty folder with all migrations: median %d ms of %d; resident memory idle: %.1f MB\n",
		float64(st.Size())/(1<<20), median(times).Milliseconds(), len(times), float64(idle)/(1<<20))
	return nil
}
