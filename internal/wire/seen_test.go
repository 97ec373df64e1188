package wire

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/trace"
)

func TestARequestIsCountedByItsRoute(t *testing.T) {
	t.Parallel()
	var seen []Seen
	var spans []*trace.Span
	answers := func(w http.ResponseWriter, _ *http.Request) error { w.WriteHeader(http.StatusAccepted); return nil }
	edge := Edge{
		Log: slog.New(slog.DiscardHandler), Count: func(s Seen, _ time.Duration) { seen = append(seen, s) },
		Tracer: trace.NewTracer(trace.Config{PerSecond: 100, Sink: func(s *trace.Span) { spans = append(spans, s) }}),
	}
	mounted := Mount([]Route{{Pattern: "GET /x/{id}", Handler: answers}, {Pattern: "/panic", Handler: func(http.ResponseWriter, *http.Request) error { panic("boom") }}}, Problem{})
	h := edge.Access(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		InRoom(r, "/room/v1")
		mounted.ServeHTTP(w, r)
	}))
	for _, path := range []string{"/x/1", "/x/2", "/panic", "/made-up"} {
		r := httptest.NewRequest("GET", path, nil)
		if path != "/x/2" {
			r.Header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
		}
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	want := []Seen{
		{"/room/v1", "GET /x/{id}", "GET", 202}, {"/room/v1", "GET /x/{id}", "GET", 202},
		{"/room/v1", "/panic", "GET", 500}, {"/room/v1", "", "GET", 404},
	}
	for i, w := range want {
		if len(seen) != len(want) || seen[i] != w {
			t.Fatalf("seen %v, want %v", seen, want)
		}
	}
	var names []string
	for _, s := range spans {
		names = append(names, s.Name)
	}
	if got := strings.Join(names, ", "); got != "GET /room/v1/x/{id}, GET /room/v1/panic, GET other" || spans[1].Fault == "" {
		t.Errorf("spans: %s", got)
	}
}
