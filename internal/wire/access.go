package wire

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/trace"
)

// Edge is what every request passes first and last.
type Edge struct {
	Log    *slog.Logger
	Tracer *trace.Tracer             // follows some requests; may be nil
	Count  func(Seen, time.Duration) // hears of every request that ended; may be nil
}

// Access is an Edge that only logs.
func Access(log *slog.Logger, next http.Handler) http.Handler { return Edge{Log: log}.Access(next) }

// Access gives every request an id, logs one line for it when it ends, and turns a
// panic into a 500. It is the outermost handler.
func (e Edge) Access(next http.Handler) http.Handler {
	log := e.Log
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &record{id: requestID(r), path: r.URL.Path, start: time.Now()}
		rec.answer.ResponseWriter = w
		ctx := context.WithValue(r.Context(), requestKey{}, rec)
		if e.Tracer != nil {
			ctx, rec.span = e.Tracer.Root(ctx, r.Header.Get("Traceparent"))
		}
		if rec.span != nil {
			w.Header()["Traceparent"] = []string{rec.span.Header()}
		}
		r = r.WithContext(ctx)
		w.Header()["X-Request-Id"] = []string{rec.id}
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				rec.fault = fault.From(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
				if rec.answer.status == 0 {
					Problem{}.Answer(&rec.answer, r, rec.fault)
				}
			}
			e.end(log.Handler(), r, rec)
		}()
		next.ServeHTTP(&rec.answer, r)
	})
}

// end tells everybody who looks that a request has ended.
func (e Edge) end(log slog.Handler, r *http.Request, rec *record) {
	now := time.Now()
	if e.Count != nil {
		e.Count(Seen{Room: rec.room, Pattern: rec.pattern, Method: r.Method, Status: rec.answer.status}, now.Sub(rec.start))
	}
	if rec.span != nil {
		rec.finish(r)
	}
	line(log, r, rec, now)
}

// line writes the access line. It goes to the handler itself: a Logger would look for
// its place in the code.
func line(log slog.Handler, r *http.Request, rec *record, now time.Time) {
	level := slog.LevelInfo
	internal := rec.fault != nil && rec.fault.Kind == fault.Internal
	if internal {
		level = slog.LevelError
	}
	if !log.Enabled(r.Context(), level) {
		return
	}
	out := slog.NewRecord(now, level, "request", 0)
	out.AddAttrs(slog.String("id", rec.id), slog.String("method", r.Method), slog.String("path", rec.path),
		slog.Int("status", rec.answer.status), slog.Int64("bytes", rec.answer.bytes), slog.Int64("us", now.Sub(rec.start).Microseconds()))
	if rec.filter != "" {
		out.AddAttrs(slog.String("filter", rec.filter))
	}
	if rec.fault != nil {
		out.AddAttrs(slog.String("code", rec.fault.Code))
	}
	if rec.span != nil {
		out.AddAttrs(slog.String("trace", hex.EncodeToString(rec.span.Trace[:])))
	}
	if internal {
		out.AddAttrs(slog.String("error", rec.fault.Message), slog.Any("cause", errors.Unwrap(rec.fault)))
	}
	_ = log.Handle(r.Context(), out) // there is nowhere to say that the log can't be written
}

// requestID keeps the id that a proxy gave, where it is a plausible one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if plausible(id) {
		return id
	}
	var raw [8]byte
	binary.BigEndian.PutUint64(raw[:], rand.Uint64()) // it names a log line and guards nothing
	return hex.EncodeToString(raw[:])
}

func plausible(id string) bool {
	if len(id) < 8 || len(id) > 64 {
		return false
	}
	for _, c := range []byte(id) {
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

// countWriter remembers status and size. Unwrap lets http.ResponseController reach
// the real writer.
type countWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *countWriter) WriteHeader(code int) {
	if w.status == 0 || w.status < 200 {
		w.status = code
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *countWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// ReadFrom lets the kernel send a file, where the writer below can.
func (w *countWriter) ReadFrom(src io.Reader) (int64, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := io.Copy(w.ResponseWriter, src)
	w.bytes += n
	return n, err
}

// Unwrap returns the writer below.
func (w *countWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Hijack hands the connection over, for WebSockets.
func (w *countWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.status = http.StatusSwitchingProtocols
	return http.NewResponseController(w.ResponseWriter).Hijack()
}
