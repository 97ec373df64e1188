package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/plinth-dev/plinth/internal/project"
)

// A request whose caller follows it arrives at the collector with its statements below
// it; one that nobody follows does not.
func TestARequestIsFollowedToItsStatements(t *testing.T) {
	t.Parallel()
	got := make(chan *tracepb.Span, 100)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var data tracepb.TracesData
		if err != nil || proto.Unmarshal(body, &data) != nil {
			t.Error("unreadable")
		}
		for _, rs := range data.ResourceSpans {
			for _, s := range rs.ScopeSpans[0].Spans {
				got <- s
			}
		}
	}))
	defer collector.Close()
	s := openServer(t, func(c *Config) {
		c.Project.Config.Plinth.Trace = project.Trace{Endpoint: collector.URL, PerSecond: 100, Service: "test"}
	})
	if err := s.startOperation(); err != nil {
		t.Fatal(err)
	}
	const caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0"
	for _, flag := range []string{"1", "0"} {
		r := httptest.NewRequest("GET", "/storage/v1/bucket", nil)
		r.RemoteAddr = here
		r.Header.Set("Authorization", "Bearer "+string(localKeys().Secret))
		r.Header.Set("Traceparent", caller+flag)
		w := httptest.NewRecorder()
		if s.Handler().ServeHTTP(w, r); w.Code != 200 {
			t.Fatal(w.Code, w.Body)
		}
		told := w.Header().Get("Traceparent") // who was followed is told under which span
		if strings.HasPrefix(told, caller[:36]) != (flag == "1") || strings.Contains(told, caller[36:52]) || flag == "1" && !strings.HasSuffix(told, "-01") {
			t.Errorf("the answer's traceparent: %q", told)
		}
	}
	s.ops.stop()
	close(got)
	var root *tracepb.Span
	up := map[string]*tracepb.Span{}
	for sp := range got {
		up[string(sp.SpanId)] = sp
		if sp.Kind == tracepb.Span_SPAN_KIND_SERVER {
			if root != nil {
				t.Error("two requests were followed")
			}
			root = sp
		}
	}
	if root == nil || root.Name != "GET /storage/v1/bucket" || len(up) < 2 {
		t.Fatalf("root %v, %d spans", root, len(up))
	}
	if string(root.ParentSpanId) != "\x00\xf0\x67\xaa\x0b\xa9\x02\xb7" {
		t.Errorf("the caller's span is not the parent: %x", root.ParentSpanId)
	}
	statements := 0
	for _, sp := range up {
		at := sp
		for at != nil && at != root {
			at = up[string(at.ParentSpanId)]
		}
		if at == nil || string(sp.TraceId) != string(root.TraceId) {
			t.Errorf("%s does not lead to its request", sp.Name)
		}
		for _, a := range sp.Attributes {
			if a.Key == "db.query.text" && a.Value.GetStringValue() != "" {
				statements++
			}
		}
	}
	if statements == 0 {
		t.Error("no statement was followed")
	}
}
