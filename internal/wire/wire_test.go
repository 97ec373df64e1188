package wire

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/fault"
)

func serveOnce(t *testing.T, h Handler, req *http.Request) (*httptest.ResponseRecorder, string) {
	t.Helper()
	var log bytes.Buffer
	handler := Access(slog.New(slog.NewJSONHandler(&log, nil)), Manners{}.Before(Mount([]Route{{Pattern: "/x", Handler: h}}, Problem{})))
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, req)
	return w, log.String()
}

func TestUnknownErrorLeaksNothing(t *testing.T) {
	t.Parallel()
	w, log := serveOnce(t, func(http.ResponseWriter, *http.Request) error {
		return errors.New("dial tcp 10.1.2.3: secret")
	}, httptest.NewRequest("GET", "/x", nil))
	if w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("answer = %d %s", w.Code, w.Body)
	}
	if strings.Count(log, "\n") != 1 || !strings.Contains(log, "secret") || !strings.Contains(log, `"code":"XX000"`) {
		t.Errorf("log = %s, want one line with code and cause", log)
	}
}

func TestPanicIsAFiveHundred(t *testing.T) {
	t.Parallel()
	w, log := serveOnce(t, func(http.ResponseWriter, *http.Request) error { panic("boom") }, httptest.NewRequest("GET", "/x", nil))
	if w.Code != 500 || strings.Contains(w.Body.String(), "boom") || !strings.Contains(log, "boom") {
		t.Errorf("answer = %d %s, log = %s", w.Code, w.Body, log)
	}
}

func TestBodyIsBounded(t *testing.T) {
	t.Parallel()
	w, _ := serveOnce(t, func(w http.ResponseWriter, r *http.Request) error {
		var v any
		return DecodeJSON(w, r, 10, &v)
	}, httptest.NewRequest("POST", "/x", strings.NewReader(`"`+strings.Repeat("a", 100)+`"`)))
	if w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), "body_too_large") {
		t.Errorf("answer = %d %s", w.Code, w.Body)
	}
}

func TestRefusedTokenStopsAtTheDoor(t *testing.T) {
	t.Parallel()
	req := httptest.NewRequest("GET", "/x", nil)
	req = WithIdentity(req, &Identity{Fault: fault.New(fault.Unauthenticated, "token_expired", "JWT expired")})
	w, _ := serveOnce(t, func(http.ResponseWriter, *http.Request) error {
		t.Error("the handler ran")
		return nil
	}, req)
	if w.Code != 401 {
		t.Errorf("status = %d, want 401", w.Code)
	}
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	req := httptest.NewRequest("OPTIONS", "/x", nil)
	req.Header.Set("Access-Control-Request-Method", "PATCH")
	w, _ := serveOnce(t, nil, req)
	if w.Code != 200 || !strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), "x-retry-count") {
		t.Errorf("preflight = %d %v", w.Code, w.Header())
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	for in, keep := range map[string]bool{"abcdef12-3456": true, "short": false, "evil\nline-of-log": false, "": false} {
		req := httptest.NewRequest("GET", "/x", nil)
		req.Header.Set("X-Request-Id", in)
		w, _ := serveOnce(t, func(http.ResponseWriter, *http.Request) error { return nil }, req)
		if got := w.Header().Get("X-Request-Id"); (got == in) != keep || got == "" {
			t.Errorf("X-Request-Id %q became %q", in, got)
		}
	}
}
