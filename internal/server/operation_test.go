package server

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/project"
)

// logbook collects lines of a log, and tells of each.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
	rung chan struct{}
}

func newLogbook() *logbook { return &logbook{rung: make(chan struct{}, 1)} }

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	select {
	case l.rung <- struct{}{}:
	default:
	}
	return len(p), nil
}

// line waits for a line that has the text.
func (l *logbook) line(t *testing.T, want string) map[string]any {
	t.Helper()
	for end := time.After(20 * time.Second); ; {
		l.mu.Lock()
		for line := range strings.Lines(l.text.String()) {
			if strings.Contains(line, want) {
				l.mu.Unlock()
				var out map[string]any
				if err := json.Unmarshal([]byte(line), &out); err != nil {
					t.Fatal(err)
				}
				return out
			}
		}
		text := l.text.String()
		l.mu.Unlock()
		select {
		case <-l.rung:
		case <-end:
			t.Fatalf("no line has %q:\n%s", want, text)
		}
	}
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// ask sends a request with the secret key, or without one.
func ask(h http.Handler, path, key string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	r.RemoteAddr = here
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestMetricsAreForTheSecretKey(t *testing.T) {
	t.Parallel()
	s := openServer(t, nil)
	secret := string(localKeys().Secret)
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/goroutine?debug=1", "/debug/pprof/symbol"} {
		for key, want := range map[string]int{"": 403, localKeys().Publishable: 403, "sb_secret_wrong": 401, secret: 200} {
			if w := ask(s.Handler(), path, key); w.Code != want {
				t.Errorf("GET %s with %q = %d %s, want %d", path, key, w.Code, w.Body, want)
			}
		}
	}
	ask(s.Handler(), "/rest/v1/nothing", secret)
	ask(s.Handler(), "/auth/v1/health", secret)
	body := ask(s.Handler(), "/metrics", secret).Body.String()
	for _, want := range []string{
		`plinth_http_requests_total{route="/rest/v1/{table}",method="GET",status="4xx"} 1`, `plinth_http_requests_total{route="/auth/v1/health",method="GET",status="2xx"} 1`,
		`plinth_http_requests_total{route="/metrics",method="GET",status="4xx"} 3`,
		"plinth_db_up 1", "plinth_writer_batch_requests_count ", "plinth_db_wal_bytes ", "plinth_realtime_sockets 0", `plinth_jobs_due{priority="high"} 0`,
		"go_goroutines ", "plinth_feed_lag_seconds ", `plinth_db_connections{state="busy"} `, `plinth_job_runs_total{kind="mail.sweep",end="done"} 0`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	if t.Failed() {
		t.Log(body)
	}
	off := openServer(t, func(c *Config) { c.Project.Config.Plinth.Admin = project.Admin{} })
	for _, path := range []string{"/metrics", "/debug/pprof/"} {
		if w := ask(off.Handler(), path, secret); w.Code != 404 {
			t.Errorf("GET %s = %d where it is switched off", path, w.Code)
		}
	}
}

func TestAdminListener(t *testing.T) {
	t.Parallel()
	book := newLogbook()
	s := openServer(t, func(c *Config) {
		c.Project.Config.Plinth.Admin = project.Admin{Listen: "127.0.0.1:0"}
		c.Log = slog.New(slog.NewJSONHandler(book, nil))
	})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- s.Run(ctx, func(net.Addr) { close(ready) }) }()
	<-ready
	base := "http://" + book.line(t, "admin listener")["address"].(string)
	for path, want := range map[string]int{"/metrics": 200, "/healthz": 200, "/readyz": 200, "/debug/pprof/": 403, "/rest/v1/": 404} {
		res, err := http.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != want {
			t.Errorf("GET %s = %d, want %d", path, res.StatusCode, want)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := http.Get(base + "/metrics"); err == nil {
		t.Error("the listener outlived the server")
	}
}
