package otlp

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/trace"
)

// Config of an exporter.
type Config struct {
	Endpoint         string       // URL of the collector; /v1/traces is added where it is not there
	Headers          token.Secret // "name=value,name=value"
	Service, Version string
	Log              *slog.Logger
	Every            time.Duration // at most so long a span waits; default 2 s
	Client           *http.Client  // nil for one with a time limit
}

// Bounds of what waits and of one post.
const (
	waiting  = 2048
	batch    = 512
	tries    = 3
	limit    = 5 * time.Second
	farewell = 5 * time.Second
)

// Exporter sends spans.
type Exporter struct {
	cfg     Config
	url     string
	headers map[string]string
	queue   chan *trace.Span
	quit    chan struct{}
	done    chan struct{}
	once    sync.Once
	begun   atomic.Bool
	told    time.Time // when the log last heard that the collector is away

	Sent, Dropped atomic.Uint64
}

// New returns an exporter that sends once it was started.
func New(cfg Config) *Exporter {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Every <= 0 {
		cfg.Every = 2 * time.Second
	}
	if cfg.Client == nil {
		cfg.Client = &http.Client{Timeout: limit}
	}
	e := &Exporter{
		cfg: cfg, url: strings.TrimSuffix(cfg.Endpoint, "/"), headers: map[string]string{},
		queue: make(chan *trace.Span, waiting), quit: make(chan struct{}), done: make(chan struct{}),
	}
	if !strings.HasSuffix(e.url, "/v1/traces") {
		e.url += "/v1/traces"
	}
	for pair := range strings.SplitSeq(string(cfg.Headers), ",") {
		if name, val, ok := strings.Cut(pair, "="); ok {
			e.headers[strings.TrimSpace(name)] = strings.TrimSpace(val)
		}
	}
	return e
}

// Take takes an ended span; it never blocks. It is a tracer's Sink.
func (e *Exporter) Take(s *trace.Span) {
	select {
	case e.queue <- s:
	default:
		e.Dropped.Add(1)
	}
}

// Start begins to send.
func (e *Exporter) Start() {
	if !e.begun.Swap(true) {
		go e.run()
	}
}

// Stop sends what waits, within a bounded time, and ends. It may be called twice, and
// without Start.
func (e *Exporter) Stop() {
	e.once.Do(func() {
		close(e.quit)
		if e.begun.Load() {
			<-e.done
		}
	})
}

func (e *Exporter) run() {
	defer close(e.done)
	tick := time.NewTicker(e.cfg.Every)
	defer tick.Stop()
	held := make([]*trace.Span, 0, batch)
	for {
		select {
		case s := <-e.queue:
			if held = append(held, s); len(held) < batch {
				continue
			}
		case <-tick.C:
		case <-e.quit:
			e.flush(held)
			return
		}
		e.send(context.Background(), held)
		held = held[:0]
	}
}

// flush sends the rest.
func (e *Exporter) flush(held []*trace.Span) {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	for {
		select {
		case s := <-e.queue:
			if held = append(held, s); len(held) == batch {
				e.send(ctx, held)
				held = held[:0]
			}
			continue
		default:
		}
		e.send(ctx, held)
		return
	}
}

// send posts spans, again where the collector asks for that. What it does not take is
// dropped: spans are not worth the memory of holding them.
func (e *Exporter) send(ctx context.Context, spans []*trace.Span) {
	if len(spans) == 0 {
		return
	}
	body := encode(e.cfg.Service, e.cfg.Version, spans)
	var err error
	for try := 1; try <= tries; try++ {
		var again bool
		if again, err = e.post(ctx, body); err == nil {
			e.Sent.Add(uint64(len(spans)))
			return
		}
		if !again || !e.pause(ctx, time.Duration(try)*200*time.Millisecond) {
			break
		}
	}
	e.Dropped.Add(uint64(len(spans)))
	if time.Since(e.told) > time.Minute {
		e.told = time.Now()
		e.cfg.Log.Warn("otlp: the collector takes no spans", "error", err)
	}
}

func (e *Exporter) pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (e *Exporter) post(ctx context.Context, body []byte) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	for name, val := range e.headers {
		req.Header.Set(name, val)
	}
	res, err := e.cfg.Client.Do(req)
	if err != nil {
		return true, err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection is used again
	switch {
	case res.StatusCode/100 == 2:
		return false, nil
	case res.StatusCode == http.StatusTooManyRequests, res.StatusCode >= 502 && res.StatusCode <= 504:
		return true, fmt.Errorf("status %d", res.StatusCode)
	}
	return false, fmt.Errorf("status %d", res.StatusCode)
}
