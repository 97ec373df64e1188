package trace_test

import (
	"context"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/trace"
)

const header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func TestTraceparent(t *testing.T) {
	t.Parallel()
	p, ok := trace.Parse(header)
	if !ok || !p.Sampled || p.String() != header {
		t.Fatalf("Parse = %v %v", p, ok)
	}
	if p, ok := trace.Parse("01" + header[2:] + "-more"); !ok || !p.Sampled {
		t.Error("a later version is not read")
	}
	for _, bad := range []string{
		"", "00", "ff" + header[2:], header + "-more", header + "x", strings.ToUpper(header), "01" + header[2:] + "x",
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
		strings.Replace(header, "-00f0", "_00f0", 1), strings.Replace(header, "4bf9", "4bg9", 1),
	} {
		if _, ok := trace.Parse(bad); ok {
			t.Errorf("%q was read", bad)
		}
	}
	if n := trace.New(); n.Sampled || n.Trace == (trace.ID{}) {
		t.Errorf("New = %v", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(header)
	f.Add("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-x")
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := trace.Parse(text)
		if !ok {
			return
		}
		if again, ok := trace.Parse(p.String()); !ok || again != p {
			t.Errorf("%q: %v, printed %v", text, p, again)
		}
	})
}

func TestSpansKnowWhereTheyBelong(t *testing.T) {
	t.Parallel()
	var got []*trace.Span
	tr := trace.NewTracer(trace.Config{Ratio: 1, PerSecond: 10, Sink: func(s *trace.Span) { got = append(got, s) }})
	ctx, root := tr.Root(context.Background(), header)
	root.Rename("GET /x")
	_, part := trace.Start(ctx, "statement")
	part.Set("db.query.text", "select 1")
	part.Fail("23505")
	part.End()
	part.End()
	root.End()
	if len(got) != 2 || got[0] != part || got[1] != root {
		t.Fatalf("%d spans were handed on", len(got))
	}
	parent, _ := trace.Parse(header)
	if root.Trace != parent.Trace || root.Up != parent.Span || part.Trace != root.Trace || part.Up != root.Span || part.Fault != "23505" {
		t.Errorf("root %+v, part %+v", root, part)
	}
	if !strings.HasPrefix(root.Header(), header[:36]) || root.Header() == header {
		t.Errorf("handed on: %s", root.Header())
	}
}

func TestTheHeadDecides(t *testing.T) {
	t.Parallel()
	sink := func(*trace.Span) {}
	unsampled := header[:len(header)-1] + "0"
	for name, c := range map[string]struct {
		cfg    trace.Config
		header string
		want   bool
	}{
		"all":                        {trace.Config{Ratio: 1}, "", true},
		"off":                        {trace.Config{}, header, false},
		"the caller asks":            {trace.Config{PerSecond: 1}, header, true},
		"nobody asks":                {trace.Config{PerSecond: 1}, "", false},
		"the caller asks in vain":    {trace.Config{Ratio: 1e-18}, header, false},
		"the caller does not want":   {trace.Config{Ratio: 1, PerSecond: 1}, unsampled, false},
		"a header that is not valid": {trace.Config{Ratio: 1}, "00-x", true},
	} {
		c.cfg.Sink = sink
		if _, s := trace.NewTracer(c.cfg).Root(context.Background(), c.header); (s != nil) != c.want {
			t.Errorf("%s: followed %v", name, s != nil)
		}
	}
	tr, n := trace.NewTracer(trace.Config{PerSecond: 5, Sink: sink}), 0
	for range 1000 {
		if _, s := tr.Root(context.Background(), header); s != nil {
			n++
		}
	}
	if n < 5 || n > 50 { // a few seconds may pass on a slow machine
		t.Errorf("%d of 1000 were followed, with a budget of 5 a second", n)
	}
}

func TestOffAllocatesNothing(t *testing.T) {
	ctx := context.Background()
	rare := trace.NewTracer(trace.Config{Ratio: 1e-18, Sink: func(*trace.Span) {}})
	for name, tr := range map[string]*trace.Tracer{"off": nil, "not followed": rare} {
		n := testing.AllocsPerRun(1000, func() {
			ctx, span := tr.Root(ctx, "")
			_, part := trace.Start(ctx, "statement")
			part.Set("db.query.text", "select 1")
			part.End()
			span.End()
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkRoot(b *testing.B) {
	for name, cfg := range map[string]trace.Config{"unsampled": {Ratio: 1e-18}, "sampled": {Ratio: 1}} {
		cfg.Sink = func(*trace.Span) {}
		tr := trace.NewTracer(cfg)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ctx, span := tr.Root(context.Background(), "")
				_, part := trace.Start(ctx, "statement")
				part.End()
				span.End()
			}
		})
	}
}
