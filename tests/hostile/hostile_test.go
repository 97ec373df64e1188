package hostile

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

// open starts a server in process over the hostile project and returns its handler
// and the anon key. url is a Postgres database, "" for SQLite.
func open(t *testing.T, url string) (http.Handler, string) {
	t.Helper()
	srv, err := plinth.Open(t.Context(), plinth.Config{
		Project: "testdata", Data: t.TempDir(), DB: url, Dev: true, Listen: "127.0.0.1:0",
		Getenv: func(string) string { return "" }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	var access strings.Builder
	if err := srv.PrintAccess(&access, fakeAddr{}); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(access.String()) {
		if _, key, ok := strings.Cut(line, "  anon key: "); ok {
			return srv.Handler(), strings.TrimSpace(key)
		}
	}
	t.Fatal("no anon key")
	return nil, ""
}

type fakeAddr struct{}

func (fakeAddr) Network() string { return "tcp" }
func (fakeAddr) String() string  { return "127.0.0.1:0" }

// send gives a request a minute of context, for machines that have more to do; a handler that outlives it fails by
// the answer to a cancelled request.
func send(t *testing.T, h http.Handler, key string, c request) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	path, query, _ := strings.Cut(c.path, "?")
	r := httptest.NewRequestWithContext(ctx, c.method, path, strings.NewReader(c.body))
	r.URL.RawQuery = query
	r.RemoteAddr = "127.0.0.1:1"
	r.Host = "127.0.0.1:54321"
	r.Header.Set("apikey", key)
	r.Header.Set("Authorization", "Bearer "+key)
	if c.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for k, v := range c.header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if ctx.Err() != nil {
		t.Error("the answer outlived its deadline")
	}
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(body)
}

// TestHostile sends the table. The cases run in order on one server, so that what one
// of them broke shows in the next.
func TestHostile(t *testing.T) {
	t.Parallel()
	run(t, "")
}

// TestHostileOnPostgres sends the same table to the other engine.
func TestHostileOnPostgres(t *testing.T) {
	t.Parallel()
	srv, err := pgserver.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Stop(); err != nil {
			t.Error(err)
		}
	})
	run(t, srv.URL)
}

func run(t *testing.T, url string) {
	h, anon := open(t, url)
	for _, c := range corpus() {
		if url != "" && c.postgres != 0 {
			c.status, c.holds = c.postgres, ""
		}
		t.Run(c.name, func(t *testing.T) {
			status, body := send(t, h, anon, c)
			if status != c.status || !strings.Contains(body, c.holds) {
				t.Errorf("%s %.200s: %d %.300s, want %d with %q", c.method, c.path, status, body, c.status, c.holds)
			}
			if status >= http.StatusInternalServerError {
				t.Errorf("a hostile request may not be the server's failure: %d", status)
			}
			for _, secret := range []string{"TOPSECRET", "HIDDENOWNER", "encrypted_password"} {
				if strings.Contains(body, secret) {
					t.Errorf("the answer leaks %s: %.300s", secret, body)
				}
			}
		})
	}
	everyPosition(t, h, anon)
	if _, err := os.Stat("testdata/.plinth"); err == nil {
		t.Error("the server wrote into the project folder")
	}
}
