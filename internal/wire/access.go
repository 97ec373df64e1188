package wire

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Access gives every request an id, logs one line for it when it ends, and turns a
// panic into a 500. It is the outermost handler.
func Access(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &record{id: requestID(r), start: time.Now()}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, rec))
		cw := &countWriter{ResponseWriter: w}
		w.Header().Set("X-Request-Id", rec.id)
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				rec.fault = fault.From(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
				if cw.status == 0 {
					Problem{}.Answer(cw, r, rec.fault)
				}
			}
			line(log, r, cw, rec)
		}()
		next.ServeHTTP(cw, r)
	})
}

func line(log *slog.Logger, r *http.Request, w *countWriter, rec *record) {
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("id", rec.id), slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.Int("status", w.status), slog.Int64("bytes", w.bytes),
		slog.Int64("us", time.Since(rec.start).Microseconds()),
	}
	if rec.filter != "" {
		attrs = append(attrs, slog.String("filter", rec.filter))
	}
	if rec.fault != nil {
		attrs = append(attrs, slog.String("code", rec.fault.Code))
		if rec.fault.Kind == fault.Internal {
			level = slog.LevelError
			attrs = append(attrs, slog.String("error", rec.fault.Message), slog.Any("cause", errors.Unwrap(rec.fault)))
		}
	}
	log.LogAttrs(r.Context(), level, "request", attrs...)
}

// requestID keeps the id that a proxy gave, where it is a plausible one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if plausible(id) {
		return id
	}
	var raw [8]byte
	rand.Read(raw[:]) // never fails
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
