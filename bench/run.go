package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/bench/drive"
	"github.com/plinth-dev/plinth/bench/proc"
	"github.com/plinth-dev/plinth/bench/report"
	"github.com/plinth-dev/plinth/bench/target"
)

// bench is one run of the whole.
type bench struct {
	config
	begin   time.Time
	targets []*target.Target
	running []*target.Running
	tables  []report.Table
	sent    int                // numbers the requests, so that no two rounds write the same rows
	reached map[string]float64 // requests a second of the mixed workload's closed loop
	memory  string             // the table of starts, memory and sizes
	idles   []string           // the lines of what an idle socket costs
}

func run(ctx context.Context, cfg config) (err error) {
	b := &bench{config: cfg, begin: time.Now(), reached: map[string]float64{}}
	for _, p := range []*string{&b.home.Binary, &b.home.Rivals, &b.home.Chat, &b.home.Before} {
		if *p == "" {
			continue
		}
		if *p, err = filepath.Abs(*p); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "plinth-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := b.requests(ctx, dir); err != nil {
		return err
	}
	if err := b.live(ctx, dir); err != nil {
		return err
	}
	return b.write()
}

// requests measures the chosen workloads of requests and answers.
func (b *bench) requests(ctx context.Context, dir string) error {
	all := workloads()
	all = slices.DeleteFunc(all, func(w workload) bool { return !chosen(w.name, b.only) })
	if len(all) == 0 {
		return nil
	}
	defer b.stop()
	if err := b.start(ctx, dir); err != nil {
		return err
	}
	for _, w := range all {
		if err := b.measure(ctx, w); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return b.resources()
}

func (b *bench) stop() {
	for _, r := range b.running {
		r.Stop()
	}
	b.running = nil
}

// start starts every chosen server with its rows.
func (b *bench) start(ctx context.Context, dir string) error {
	all := target.All()
	if b.home.Before != "" {
		all = append(all, target.Earlier()...)
	}
	for _, t := range all {
		if !chosen(t.Name, b.rivals) && t.Name != "plinth-sqlite" {
			continue
		}
		b.say("start %s", t.Name)
		h := b.home
		h.Dir = filepath.Join(dir, t.Name)
		if err := os.Mkdir(h.Dir, 0o700); err != nil {
			return err
		}
		r, err := t.Start(ctx, h)
		if err != nil {
			return err
		}
		b.targets, b.running = append(b.targets, t), append(b.running, r)
	}
	return nil
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%5.0fs  %s\n", time.Since(b.begin).Seconds(), fmt.Sprintf(format, args...))
}

// measure gives each server its turn, round by round.
func (b *bench) measure(ctx context.Context, w workload) error {
	b.say("%s", w.name)
	tab := report.Table{Name: w.name, Note: w.note, Open: w.rate > 0 || w.overload > 0}
	for _, t := range b.targets {
		tab.Lines = append(tab.Lines, report.Line{Server: t.Name, Base: base(t.Name)})
	}
	for round := range b.rounds {
		for i, r := range b.running {
			w := w
			if w.overload > 0 {
				if w.rate = w.overload * b.reached[b.targets[i].Name]; w.rate == 0 {
					continue // the mixed workload was not chosen
				}
			}
			if b.reached[b.targets[i].Name] < w.reaches {
				continue
			}
			warm := b.round / 6
			if round == 0 {
				warm = b.round // for those that compile as they go
			}
			var s report.Sample
			err := b.profiled(ctx, b.targets[i].Name, r, func() (err error) {
				s, err = b.turn(ctx, &w, r, warm)
				return err
			})
			if err != nil {
				return fmt.Errorf("%s: %w", b.targets[i].Name, err)
			}
			tab.Lines[i].Samples = append(tab.Lines[i].Samples, s)
			if w.name == mixedName && round == 0 {
				b.reached[b.targets[i].Name] = s.Rate
			}
		}
	}
	b.tables = append(b.tables, tab)
	tab.Markdown(os.Stdout)
	return nil
}

func base(name string) string {
	if strings.HasSuffix(name, "-pg") {
		return "plinth-pg"
	}
	return "plinth-sqlite"
}

// turn warms a server up and measures it.
func (b *bench) turn(ctx context.Context, w *workload, r *target.Running, warm time.Duration) (report.Sample, error) {
	l := w.load(r, b.sent)
	b.sent += 1_000_000
	if w.rate == 0 { // an open loop's rate is low, or too high on purpose
		l.For = warm
		drive.Run(ctx, l)
		l = w.load(r, b.sent)
		b.sent += 1_000_000
	}
	l.For = b.round
	before, err := proc.CPU(r.PIDs()...)
	if err != nil {
		return report.Sample{}, err
	}
	res := drive.Run(ctx, l)
	after, err := proc.CPU(r.PIDs()...)
	if err != nil {
		return report.Sample{}, err
	}
	if res.Err != nil && w.overload == 0 {
		return report.Sample{}, fmt.Errorf("%d of %d failed: %w\n%s", res.Failed, res.Failed+res.Times.Count(), res.Err, r.Server.Log())
	}
	return sample(&res, (after - before).Seconds()), errors.Join(ctx.Err())
}
