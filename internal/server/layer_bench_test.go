package server

import (
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/project"
	"github.com/plinth-dev/plinth/internal/wire"
	"github.com/plinth-dev/plinth/internal/wire/content"
)

// layer is something that can be there or not: by the server's configuration, or by what
// the client asks for.
type layer struct {
	name    string
	fifty   bool // of a read of 50 rows, not of one
	off, on func(*Config)
	says    func(*fixture) []string // headers of the requests that have the layer on
	each    func()                  // or: what is done for each request, by itself
}

// BenchmarkLayers is what each layer adds to a read of one row or of 50, front door to
// engine, without the socket: requests without it and with it take turns, 20 at a time,
// and added-µs is the median of the differences, in CPU time of the process; the read
// itself costs base-µs. Nobody listens at the collector's address: spans are made, and
// dropped when the queue is full, as where a collector is away.
func BenchmarkLayers(b *testing.B) {
	for _, l := range layers(b) {
		b.Run(l.name, func(b *testing.B) { l.bench(b) })
	}
}

func layers(b *testing.B) []layer {
	with := func(change func(*project.Plinth)) func(*Config) {
		return func(c *Config) { change(&c.Project.Config.Plinth) }
	}
	trace := func(ratio float64) func(*Config) {
		return with(func(p *project.Plinth) { p.Trace = project.Trace{Endpoint: "http://127.0.0.1:9", Ratio: ratio} })
	}
	says := func(header ...string) func(*fixture) []string {
		return func(*fixture) []string { return header }
	}
	logs := func(c *Config) {
		file, err := os.Create(filepath.Join(b.TempDir(), "log"))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { file.Close() })
		c.Log = slog.New(slog.NewJSONHandler(file, nil))
	}
	shedding := project.Limits{DatabaseWait: project.Duration(500 * time.Millisecond), ProcessorWait: project.Duration(20 * time.Millisecond)}
	seen := wire.Seen{Room: "/rest/v1", Pattern: "GET /{table}", Method: "GET", Status: http.StatusOK}
	f := newFixture(b, bare)
	requests := f.server.ops.requests
	row, fifty := f.call("GET", f.row, "").Body.Bytes(), f.call("GET", f.fifty, "").Body.Bytes()
	return []layer{
		{name: "limits: address, user and key", on: with(func(p *project.Plinth) {
			p.Limits.Data.IP, p.Limits.Data.User, p.Limits.Data.Key = minute(1e9), minute(1e9), minute(1e9)
		})},
		{name: "database_wait and processor_wait", on: with(func(p *project.Plinth) { p.Limits = shedding })},
		{name: "a page, any may call", says: says("Origin", "https://app.example.com")},
		{name: "a page of a list", says: says("Origin", "https://app.example.com"), on: with(func(p *project.Plinth) { p.CORS.Origins = []string{"https://app.example.com"} })},
		{name: "log of requests", on: logs},
		{name: "slow_statement", on: with(func(p *project.Plinth) { p.Log.SlowStatement = project.Duration(time.Second) })},
		{name: "redact_emails", off: logs, on: func(c *Config) { logs(c); c.Project.Config.Plinth.Log.RedactEmails = true }},
		{name: "trace ratio=1e-9", on: trace(1e-9)},
		{name: "trace ratio=0.01", on: trace(0.01)},
		{name: "trace ratio=1", on: trace(1)},
		{name: "metrics", each: func() { requests.Count(seen, time.Millisecond) }},
		{name: "ETag of a row", each: func() { content.Tag(row, "") }},
		{name: "ETag of 50 rows", fifty: true, each: func() { content.Tag(fifty, "") }},
		{name: "304 for 50 rows", fifty: true, says: func(f *fixture) []string {
			return []string{"If-None-Match", f.call("GET", f.fifty, "").Header().Get("Etag")}
		}},
		{name: "zstd of 50 rows", fifty: true, says: says("Accept-Encoding", "zstd")},
		{name: "brotli of 50 rows", fifty: true, says: says("Accept-Encoding", "br")},
		{name: "gzip of 50 rows", fifty: true, says: says("Accept-Encoding", "gzip")},
	}
}

// bare has nothing on that can be off.
func bare(c *Config) {
	p := *c.Project
	p.Config.Plinth.Log, p.Config.Plinth.Trace, p.Config.Plinth.Limits = project.Log{}, project.Trace{}, project.Limits{}
	c.Project, c.Log = &p, slog.New(slog.DiscardHandler)
}

func (l layer) bench(b *testing.B) {
	const some = 20
	if l.each != nil {
		before := cpuTime(b)
		for b.Loop() {
			l.each()
		}
		b.ReportMetric(float64((cpuTime(b)-before).Nanoseconds())/1000/float64(b.N), "added-µs")
		return
	}
	keep := func(*Config) {}
	if l.off == nil {
		l.off = keep
	}
	if l.on == nil {
		l.on = l.off
	}
	without, with := newFixture(b, bare, l.off), newFixture(b, bare, l.on)
	var says []string
	if l.says != nil {
		says = l.says(with)
	}
	spend := func(f *fixture, says []string) float64 {
		path := f.row
		if l.fifty {
			path = f.fifty
		}
		before := cpuTime(b)
		for range some {
			if w := f.call("GET", path, "", says...); w.Code != http.StatusOK && w.Code != http.StatusNotModified {
				b.Fatal(w.Code, w.Body)
			}
		}
		return float64((cpuTime(b) - before).Nanoseconds()) / 1000 / some
	}
	spend(without, nil)
	spend(with, says)
	var base, added []float64
	for b.Loop() {
		first, second := spend(without, nil), spend(with, says)
		third := spend(without, nil)
		base = append(base, first, third)
		added = append(added, second-(first+third)/2)
	}
	slices.Sort(base)
	slices.Sort(added)
	b.ReportMetric(base[len(base)/2], "base-µs")
	b.ReportMetric(added[len(added)/2], "added-µs")
	b.ReportMetric(added[len(added)*3/4]-added[len(added)/4], "spread-µs")
}
