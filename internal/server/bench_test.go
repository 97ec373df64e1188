package server

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/project"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

// fixture is a server over the chat example with a signed-in member of a room.
type fixture struct {
	server     *Server
	handler    http.Handler
	token      string
	row, fifty string // paths
}

// call sends a request; header are names and values beside the usual ones.
func (f *fixture) call(method, path, body string, header ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.RemoteAddr = "127.0.0.1:1"
	req.Header.Set("Apikey", localKeys().Publishable)
	if f.token != "" {
		req.Header.Set("Authorization", "Bearer "+f.token)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, req)
	return w
}

func newFixture(b *testing.B, change ...func(*Config)) *fixture {
	b.Helper()
	p, err := project.Open("../../examples/chat", os.Getenv)
	if err != nil {
		b.Fatal(err)
	}
	log := slog.New(slog.NewJSONHandler(io.Discard, nil)) // as the command logs, but for the write
	cfg := Config{Project: p, Data: b.TempDir(), Listen: "127.0.0.1:0", Dev: true, Log: log}
	for _, c := range change {
		c(&cfg)
	}
	s, err := Open(context.Background(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	f := &fixture{server: s, handler: s.Handler()}
	w := f.call("POST", "/auth/v1/signup", `{"email":"a@example.com","password":"a long password","data":{"name":"Ann"}}`)
	_, rest, _ := strings.Cut(w.Body.String(), `"access_token":"`)
	f.token, _, _ = strings.Cut(rest, `"`)
	f.call("POST", "/rest/v1/members", `{"room_id":1}`)
	rows := strings.Repeat(`{"room_id":1,"body":"a message, about as long as a message in a chat usually is"},`, 500)
	if w := f.call("POST", "/rest/v1/messages", "["+strings.TrimSuffix(rows, ",")+"]"); w.Code != http.StatusCreated {
		b.Fatal(w.Code, w.Body)
	}
	w = f.call("GET", "/rest/v1/messages?select=id&limit=1", "")
	_, rest, _ = strings.Cut(w.Body.String(), `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	f.row = "/rest/v1/messages?select=id,body,created_at&id=eq." + id
	f.fifty = "/rest/v1/messages?select=id,body,created_at,author:profiles(id,name)&room_id=eq.1&order=created_at.desc&limit=50"
	return f
}

// BenchmarkRequest is the whole way of a request but for the socket: front door,
// data API, engine. Its figures are CPU time, since nothing waits.
func BenchmarkRequest(b *testing.B) { requests(b, newFixture(b)) }

// BenchmarkRequestOnPostgres is the same on the other engine, where the time is mostly
// spent waiting for the database: what counts here is what is allocated.
func BenchmarkRequestOnPostgres(b *testing.B) {
	srv, err := pgserver.Start(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { srv.Stop() })
	requests(b, newFixture(b, func(c *Config) { c.Database = srv.URL }))
}

func requests(b *testing.B, f *fixture) {
	call := f.call
	b.Run("insert", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if w := call("POST", "/rest/v1/messages", `{"room_id":1,"body":"a message, about as long as one usually is"}`); w.Code != http.StatusCreated {
				b.Fatal(w.Code, w.Body)
			}
		}
	})
	for name, path := range map[string]string{
		"health":  "/healthz",
		"row":     f.row,
		"fifty":   f.fifty,
		"count":   "/rest/v1/messages?select=count",
		"members": "/rest/v1/rooms?select=id,name,members(role,profiles(name))&limit=5",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if w := call("GET", path, ""); w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if w := call("GET", path, ""); w.Code != http.StatusOK {
						b.Error(w.Code, w.Body)
					}
				}
			})
		})
	}
}
