package server

import (
	"net/http"
	"testing"

	"github.com/plinth-dev/plinth/internal/project"
)

// BenchmarkLayers is what each thing that an operator may switch costs a read of one
// row, front door to engine, without the socket. cpu-µs is the time of the process.
// Nobody listens at the collector's address: spans are made, and dropped when the queue
// is full, as where a collector is away.
func BenchmarkLayers(b *testing.B) {
	bare := func(c *Config) {
		p := *c.Project
		p.Config.Plinth.Log, p.Config.Plinth.Trace = project.Log{}, project.Trace{}
		c.Project = &p
	}
	with := func(change func(*project.Plinth)) func(*Config) {
		return func(c *Config) {
			bare(c)
			change(&c.Project.Config.Plinth)
		}
	}
	const away = "http://127.0.0.1:9"
	for _, layer := range []struct {
		name   string
		change func(*Config)
	}{
		{"off", bare},
		{"limits: address, user and key", with(func(p *project.Plinth) {
			p.Limits.Data.IP, p.Limits.Data.User, p.Limits.Data.Key = minute(1e9), minute(1e9), minute(1e9)
		})},
		{"database_wait", with(func(p *project.Plinth) { p.Limits.DatabaseWait = project.Duration(1e8) })},
		{"cors origins", with(func(p *project.Plinth) { p.CORS.Origins = []string{"https://app.example.com"} })},
		{"slow_statement", with(func(p *project.Plinth) { p.Log.SlowStatement = project.Duration(1e9) })},
		{"redact_emails", with(func(p *project.Plinth) { p.Log.RedactEmails = true })},
		{"trace ratio=1e-9", with(func(p *project.Plinth) { p.Trace = project.Trace{Endpoint: away, Ratio: 1e-9} })},
		{"trace ratio=0.01", with(func(p *project.Plinth) { p.Trace = project.Trace{Endpoint: away, Ratio: 0.01} })},
		{"trace ratio=1", with(func(p *project.Plinth) { p.Trace = project.Trace{Endpoint: away, Ratio: 1} })},
	} {
		f := newFixture(b, layer.change)
		b.Run(layer.name, func(b *testing.B) {
			b.ReportAllocs()
			before := cpuTime(b)
			for b.Loop() {
				if w := f.call("GET", f.row, ""); w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
			}
			b.ReportMetric(float64((cpuTime(b)-before).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
		})
	}
}
