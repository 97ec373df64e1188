package gauge

import (
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/metric"
	"github.com/plinth-dev/plinth/internal/wire"
)

func TestLabelsAreBounded(t *testing.T) {
	t.Parallel()
	q := NewRequests(map[string][]wire.Route{"/rest/v1": {{Pattern: "/{table}"}}, "": {{Pattern: "GET /healthz"}}})
	for i := range 1000 {
		q.Count(wire.Seen{Room: "/rest/v1", Pattern: "", Method: strings.Repeat("X", i), Status: i}, time.Millisecond)
	}
	q.Count(wire.Seen{Room: "/rest/v1", Pattern: "/{table}", Method: "POST", Status: 201}, time.Millisecond)
	q.Count(wire.Seen{Pattern: "GET /healthz", Method: "GET", Status: 503}, time.Millisecond)
	p := metric.NewPage()
	q.Collect(p)
	Process(p, time.Now())
	var out strings.Builder
	if _, err := p.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`plinth_http_requests_total{route="/rest/v1/{table}",method="POST",status="2xx"} 1`, `plinth_http_requests_total{route="/healthz",method="GET",status="5xx"} 1`,
		`plinth_http_request_duration_seconds_count{route="other",method="other"} 1000`, "go_goroutines ",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is not there:\n%s", want, out.String())
		}
	}
	if n := strings.Count(out.String(), "plinth_http_requests_total{"); n > 10 {
		t.Errorf("%d series", n)
	}
}

func TestCountingARequestAllocatesNothing(t *testing.T) {
	q := NewRequests(map[string][]wire.Route{"/rest/v1": {{Pattern: "/{table}"}}})
	s := wire.Seen{Room: "/rest/v1", Pattern: "/{table}", Method: "GET", Status: 200}
	if n := testing.AllocsPerRun(100, func() { q.Count(s, time.Millisecond) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkCount(b *testing.B) {
	q := NewRequests(map[string][]wire.Route{"/rest/v1": {{Pattern: "/{table}"}}})
	s := wire.Seen{Room: "/rest/v1", Pattern: "/{table}", Method: "GET", Status: 200}
	b.ReportAllocs()
	for b.Loop() {
		q.Count(s, 700*time.Microsecond)
	}
}
