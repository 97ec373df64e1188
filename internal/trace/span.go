package trace

import (
	"context"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// Kind says on which side of a call a span is.
type Kind uint8

const (
	Internal Kind = iota // a part of the work of this process
	Server               // a request that this process answers
	Client               // a call to somebody else
)

// Attr is one fact about a span: a text, or a number where Text is "".
type Attr struct {
	Key  string
	Text string
	Int  int64
}

// maxAttrs bounds the facts of one span.
const maxAttrs = 16

// Span is one stretch of work. Only the package's methods change it; whoever exports
// gets it when it has ended, and must not keep it beyond that.
type Span struct {
	Parent        // its own identity
	Up     SpanID // of the span around it, zero for none
	Name   string
	Kind   Kind
	Begin  time.Time
	Finish time.Time
	Attrs  []Attr
	Fault  string // code of the fault that it ended with, "" for none

	tracer *Tracer
}

// Tracer decides which requests are followed, and hands ended spans on.
type Tracer struct {
	threshold uint64 // of a trace's random number, below which it is followed
	sink      func(*Span)
	budget    budget
}

// Config of a tracer.
type Config struct {
	// Ratio of the requests that are followed, 0 to 1, where their caller says nothing.
	Ratio float64
	// PerSecond bounds the requests that are followed because their caller says so; 0
	// ignores what callers say of it.
	PerSecond int
	Sink      func(*Span) // gets every ended span; it must not block
}

// NewTracer returns a tracer; one that would follow nothing is nil.
func NewTracer(c Config) *Tracer {
	if c.Sink == nil || c.Ratio <= 0 && c.PerSecond <= 0 {
		return nil
	}
	t := &Tracer{sink: c.Sink, budget: budget{most: int64(c.PerSecond)}}
	switch {
	case c.Ratio >= 1:
		t.threshold = math.MaxUint64
	case c.Ratio > 0:
		t.threshold = uint64(c.Ratio * math.MaxUint64)
	}
	return t
}

// budget counts what happens within a second.
type budget struct {
	most   int64
	second atomic.Int64
	used   atomic.Int64
}

func (b *budget) take() bool {
	if b.most <= 0 {
		return false
	}
	now := time.Now().Unix()
	if last := b.second.Load(); last != now && b.second.CompareAndSwap(last, now) {
		b.used.Store(0)
	}
	return b.used.Add(1) <= b.most
}

// Root begins the span of a request whose traceparent header is given, "" for none. The
// span is nil, and the context as it was, where the request is not followed.
func (t *Tracer) Root(ctx context.Context, header string) (context.Context, *Span) {
	if t == nil {
		return ctx, nil
	}
	var p Parent
	ok := false
	if header != "" {
		p, ok = Parse(header)
	}
	switch {
	case ok && !p.Sampled, ok && t.budget.most > 0 && !t.budget.take():
		return ctx, nil
	case (!ok || t.budget.most <= 0) && rand.Uint64() >= t.threshold:
		return ctx, nil
	}
	s := &Span{Parent: Parent{Trace: p.Trace, Span: newSpanID(), Sampled: true}, Up: p.Span, Kind: Server, Begin: time.Now(), tracer: t}
	if !ok {
		s.Trace = newID()
	}
	return With(ctx, s), s
}

type spanKey struct{}

// With returns a context in which s is the span at work.
func With(ctx context.Context, s *Span) context.Context {
	if s == nil {
		return ctx
	}
	return context.WithValue(ctx, spanKey{}, s)
}

// From returns the span at work, nil where the request is not followed.
func From(ctx context.Context) *Span {
	s, _ := ctx.Value(spanKey{}).(*Span)
	return s
}

// Start begins a part of the span at work. The part is nil where there is none.
func Start(ctx context.Context, name string) (context.Context, *Span) {
	part := From(ctx).Part(name)
	return With(ctx, part), part
}

// Part begins a part of s, for callers that need no context of its own.
func (s *Span) Part(name string) *Span {
	if s == nil {
		return nil
	}
	return &Span{
		Parent: Parent{Trace: s.Trace, Span: newSpanID(), Sampled: true}, Up: s.Span,
		Name: name, Begin: time.Now(), tracer: s.tracer,
	}
}

// Rename gives the name that was not known at the beginning.
func (s *Span) Rename(name string) {
	if s != nil {
		s.Name = name
	}
}

// As says on which side of a call s is.
func (s *Span) As(k Kind) {
	if s != nil {
		s.Kind = k
	}
}

// Set adds a fact; those beyond the bound are left out.
func (s *Span) Set(key, text string) {
	if s != nil && len(s.Attrs) < maxAttrs {
		s.Attrs = append(s.Attrs, Attr{Key: key, Text: text})
	}
}

// SetInt adds a number.
func (s *Span) SetInt(key string, n int64) {
	if s != nil && len(s.Attrs) < maxAttrs {
		s.Attrs = append(s.Attrs, Attr{Key: key, Int: n})
	}
}

// Fail says with which fault s ends.
func (s *Span) Fail(code string) {
	if s != nil {
		s.Fault = code
	}
}

// End ends s and hands it on. A second call does nothing.
func (s *Span) End() {
	if s == nil || s.tracer == nil {
		return
	}
	s.Finish = time.Now()
	t := s.tracer
	s.tracer = nil
	t.sink(s)
}

// Header is the traceparent to hand on, "" where the request is not followed.
func (s *Span) Header() string {
	if s == nil {
		return ""
	}
	return s.Parent.String()
}
