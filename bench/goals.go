package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/plinth-dev/plinth/bench/report"
)

// goal is a ratio of CPU that Plinth wants to reach.
type goal struct {
	workload, server, to string
	most                 float64
}

var goals = []goal{
	{"one message by id", "plinth-sqlite", "fastify-sqlite", 1},
	{"one message by id", "plinth-sqlite", "pocketbase", 1.0 / 8},
	{"newest 50 with author", "plinth-sqlite", "fastify-sqlite", 0.7},
	{"newest 50 with author", "plinth-sqlite", "pocketbase", 1.0 / 8},
	{"insert at 16", "plinth-sqlite", "fastify-sqlite", 0.5},
	{"insert at 16", "plinth-sqlite", "fastify-sqlite-normal", 1},
	{"count on 100,000 rows", "plinth-sqlite", "pocketbase", 1.0 / 5},
	{"one message by id", "plinth-pg", "rls-pg", 0.6},
	{"newest 50 with author", "plinth-pg", "rls-pg", 0.6},
	{"newest 50 with author", "plinth-pg", "fastify-pg", 1},
	{"insert at 16", "plinth-pg", "rls-pg", 0.6},
	{"burst to 1,000", "plinth", "centrifugo", 1 / 1.5},
}

// storedMost is the CPU of a stored row's delivery that Plinth wants to reach, microseconds.
const storedMost = 4

func (b *bench) goals(w io.Writer) {
	var lines []string
	add := func(name, server, to string, most, got float64) {
		verdict := "yes"
		if got > most {
			verdict = "**no**"
		}
		lines = append(lines, fmt.Sprintf("| %s | %s | %s | ≤ %.3g | %.2f | %s |\n", name, server, to, most, got, verdict))
	}
	for _, g := range goals {
		if t := b.table(g.workload); t != nil {
			if ratio := t.Ratio(g.server, g.to); ratio > 0 {
				add(g.workload, g.server, g.to, g.most, ratio)
			}
		}
	}
	if t := b.table(storedName); t != nil {
		for _, server := range []string{"plinth-sqlite", "plinth-pg"} {
			if cpu := t.Median(server, func(s report.Sample) float64 { return s.CPU }); cpu > 0 {
				add(t.Name+", µs each", server, "", storedMost, cpu*1000)
			}
		}
	}
	if t := b.table(steadyName); t != nil {
		b.tails(t, add)
	}
	if len(lines) > 0 {
		fmt.Fprintf(w, "## Goals\n\nRatios of CPU per operation in this run, unless it says otherwise.\n\n| workload | server | to | wanted | measured | reached |\n|---|---|---|---|---|---|\n%s\n", strings.Join(lines, ""))
	}
}

// tails compares the 99th percentile with that of the best rival, at one rate for all.
func (b *bench) tails(t *report.Table, add func(name, server, to string, most, got float64)) {
	p99 := func(s report.Sample) float64 { return s.P99 }
	best, most := "", 0.0
	for _, r := range b.targets {
		v := t.Median(r.Name, p99)
		if v > 0 && !strings.HasPrefix(r.Name, "plinth") && (best == "" || v < most) {
			best, most = r.Name, v
		}
	}
	for _, server := range []string{"plinth-sqlite", "plinth-sqlite-normal"} {
		if v := t.Median(server, p99); v > 0 && best != "" {
			add(t.Name+", p99 ms", server, best, most, v)
		}
	}
}

func (b *bench) table(name string) *report.Table {
	for i := range b.tables {
		if b.tables[i].Name == name {
			return &b.tables[i]
		}
	}
	return nil
}
