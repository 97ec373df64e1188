package realtime

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/value"
	"github.com/plinth-dev/plinth/internal/wire"
)

// fakeLog is a database of which only the change log is asked: no policies.
type fakeLog struct {
	db.Driver
	cat     *catalog.Catalog
	changes chan db.Change
}

func (f *fakeLog) Catalog() *catalog.Catalog                     { return f.cat }
func (f *fakeLog) Position(context.Context) (db.Position, error) { return db.Position{}, nil }
func (f *fakeLog) Write(context.Context, func(db.Conn) error) (db.Mark, error) {
	return db.Mark{}, io.ErrClosedPipe // nobody sweeps
}
func (f *fakeLog) Changes(ctx context.Context, from db.Position) iter.Seq2[db.Change, error] {
	return func(yield func(db.Change, error) bool) {
		for {
			select {
			case <-ctx.Done():
				return
			case c := <-f.changes:
				if !yield(c, nil) {
					return
				}
			}
		}
	}
}

func fakeWorld(t *testing.T) (*Service, *fakeLog, *catalog.Table, string) {
	t.Helper()
	table := &catalog.Table{ID: 1, Schema: "public", Name: "t", Columns: []*catalog.Column{{Name: "n", Type: value.TInt4}},
		Keys:   []*catalog.Key{{Primary: true, Cols: []string{"n"}}},
		Grants: []catalog.Grant{{Role: "anon", Priv: "select"}}}
	f := &fakeLog{cat: catalog.New(), changes: make(chan db.Change)}
	f.cat.Schemas["public"].Tables["t"] = table
	f.cat.Publications[publication].AllTables = true
	s, err := New(Config{DB: db.New(f), Log: slog.New(slog.DiscardHandler), Verify: func(string) (*token.Claims, error) { return nil, io.EOF }})
	if err != nil {
		t.Fatal(err)
	}
	h := s.Handler()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, wire.WithIdentity(r, &wire.Identity{Session: db.Session{Role: "anon"}}))
	}))
	t.Cleanup(srv.Close)
	return s, f, table, strings.TrimPrefix(srv.URL, "http://")
}

// speak opens a socket, joins, and copies what comes to the returned reader.
func speak(t *testing.T, addr, join string) net.Conn {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return nil
	}
	_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprint(nc, "GET /websocket?vsn=2.0.0 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	text(nc, join)
	return nc
}

func text(nc net.Conn, s string) {
	b := []byte{0x81, 0xfe, byte(len(s) >> 8), byte(len(s)), 0, 0, 0, 0}
	_, _ = nc.Write(append(b, s...))
}

// await reads until want was seen n times.
func await(t *testing.T, nc net.Conn, want string, n int) {
	var seen []byte
	buf := make([]byte, 4096)
	for strings.Count(string(seen), want) < n {
		k, err := nc.Read(buf)
		if err != nil {
			t.Errorf("saw %q %d times, want %d: %v", want, strings.Count(string(seen), want), n, err)
			return
		}
		seen = append(seen, buf[:k]...)
	}
}

// Many sockets join, are told of rows, chat, are present and go, all at once.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	s, f, table, addr := fakeWorld(t)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	const clients, rows = 30, 20
	var ready, done sync.WaitGroup
	ready.Add(clients)
	for i := range clients {
		done.Go(func() {
			nc := speak(t, addr, fmt.Sprintf(`["1","1","realtime:r","phx_join",{"config":{"presence":{"key":"k%d"},"postgres_changes":[{"event":"INSERT","schema":"public","table":"t","filter":"n=gte.0"}]}}]`, i%3))
			if nc == nil {
				ready.Done()
				return
			}
			defer nc.Close()
			await(t, nc, "Subscribed to PostgreSQL", 1)
			ready.Done()
			text(nc, `["1",null,"realtime:r","presence",{"type":"presence","event":"track","payload":{"a":1}}]`)
			text(nc, `["1",null,"realtime:r","broadcast",{"type":"broadcast","event":"e","payload":{}}]`)
			await(t, nc, `"record":{"n":`, rows)
		})
	}
	ready.Wait()
	for i := range rows {
		f.changes <- db.Change{Last: true, Table: table, Op: db.Insert, New: []value.Value{value.Int(int64(i))}, Key: []value.Value{value.Int(int64(i))}}
	}
	done.Wait()
	s.Stop()
	if len(s.sockets) != 0 || len(s.hub.topics) != 0 || len(s.index.named) != 0 {
		t.Errorf("left behind: %d sockets, %d topics, %d subscriptions", len(s.sockets), len(s.hub.topics), len(s.index.named))
	}
}

func TestStopBeforeStart(t *testing.T) {
	t.Parallel()
	s, _, _, addr := fakeWorld(t)
	nc := speak(t, addr, `["1","1","realtime:r","phx_join",{}]`)
	defer nc.Close()
	await(t, nc, "presence_state", 1)
	go func() { _, _ = io.Copy(io.Discard, nc); nc.Close() }()
	s.Stop()
	s.Stop()
	if err := s.Start(); err == nil {
		t.Error("started after its end")
	}
}
