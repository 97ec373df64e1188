package otlp_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/plinth-dev/plinth/internal/otlp"
	"github.com/plinth-dev/plinth/internal/trace"
)

// collector is an OTLP server that reads with the official definitions: TracesData has
// the fields of an export request.
func collector(t *testing.T, answer func(n int64) int) (url string, got chan *tracepb.ResourceSpans) {
	t.Helper()
	got = make(chan *tracepb.ResourceSpans, 100)
	var n atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("%s %s, %v", r.URL.Path, r.Header.Get("Content-Type"), err)
		}
		if status := answer(n.Add(1)); status != 200 {
			w.WriteHeader(status)
			return
		}
		var data tracepb.TracesData
		if err := (proto.UnmarshalOptions{DiscardUnknown: false}).Unmarshal(body, &data); err != nil || len(data.ProtoReflect().GetUnknown()) > 0 {
			t.Errorf("unreadable: %v", err)
		}
		if r.Header.Get("Api-Key") != "k" {
			t.Errorf("headers: %v", r.Header)
		}
		for _, rs := range data.ResourceSpans {
			got <- rs
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL, got
}

func TestSpansArriveAsTheyWere(t *testing.T) {
	t.Parallel()
	url, got := collector(t, func(n int64) int {
		if n == 1 {
			return http.StatusServiceUnavailable // asks to come again
		}
		return 200
	})
	e := otlp.New(otlp.Config{Endpoint: url + "/", Headers: "api-key=k, x=y", Service: "shop", Version: "v1", Every: time.Hour})
	e.Start()
	tr := trace.NewTracer(trace.Config{Ratio: 1, Sink: e.Take})
	ctx, root := tr.Root(context.Background(), "")
	root.Rename("GET /x")
	_, part := trace.Start(ctx, "statement")
	part.As(trace.Client)
	part.Set("db.query.text", "select 1")
	part.SetInt("rows", -7)
	part.Fail("23505")
	part.End()
	root.End()
	e.Stop()
	e.Stop()
	rs := <-got
	if a := rs.Resource.Attributes; len(a) != 2 || a[0].Key != "service.name" || a[0].Value.GetStringValue() != "shop" {
		t.Errorf("resource: %v", rs.Resource)
	}
	spans := rs.ScopeSpans[0].Spans
	if len(spans) != 2 || rs.ScopeSpans[0].Scope.Name != "plinth" {
		t.Fatalf("spans: %v", spans)
	}
	p, r := spans[0], spans[1]
	if string(p.TraceId) != string(root.Trace[:]) || string(p.ParentSpanId) != string(root.Span[:]) || string(p.SpanId) != string(part.Span[:]) || len(r.ParentSpanId) != 0 {
		t.Errorf("identity: %v", spans)
	}
	if p.Name != "statement" || p.Kind != tracepb.Span_SPAN_KIND_CLIENT || r.Kind != tracepb.Span_SPAN_KIND_SERVER || r.Name != "GET /x" ||
		p.Attributes[0].Value.GetStringValue() != "select 1" || p.Attributes[1].Value.GetIntValue() != -7 ||
		p.Status.GetCode() != tracepb.Status_STATUS_CODE_ERROR || p.Status.Message != "23505" || r.Status != nil || p.Flags != 1 {
		t.Errorf("spans: %v", spans)
	}
	if int64(p.StartTimeUnixNano) != part.Begin.UnixNano() || int64(p.EndTimeUnixNano) != part.Finish.UnixNano() || e.Sent.Load() != 2 {
		t.Errorf("times: %v", p)
	}
}

func TestACollectorThatIsAwayBlocksNobody(t *testing.T) {
	t.Parallel()
	url, _ := collector(t, func(int64) int { return http.StatusBadRequest })
	e := otlp.New(otlp.Config{Endpoint: url, Headers: "api-key=k", Every: time.Hour})
	tr := trace.NewTracer(trace.Config{Ratio: 1, Sink: e.Take})
	for range 3000 { // nobody sends yet
		_, s := tr.Root(context.Background(), "")
		s.End()
	}
	if n := e.Dropped.Load(); n != 3000-2048 {
		t.Errorf("%d were dropped", n)
	}
	e.Start()
	e.Stop()
	if n := e.Dropped.Load(); n != 3000 || e.Sent.Load() != 0 {
		t.Errorf("%d were dropped in the end", n)
	}
}
