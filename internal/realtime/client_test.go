package realtime_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/bus"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/realtime"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/wire"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

// world is the room on a real database, behind a door that knows tokens alone.
type world struct {
	t    *testing.T
	db   *db.DB
	ring *token.Keyring
	svc  *realtime.Service
	srv  *httptest.Server
	bus  *bus.Bus // of a node among others
}

func open(t *testing.T, schema string, change func(*realtime.Config)) *world {
	t.Helper()
	return openOn(t, "sqlite", schema, change)
}

// both runs a test on each engine.
func both(t *testing.T, test func(t *testing.T, engine string)) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			test(t, engine)
		})
	}
}

func openOn(t *testing.T, engine, schema string, change func(*realtime.Config)) *world {
	t.Helper()
	return openWith(t, engine, schema, change, func(d db.Driver) db.Driver { return d })
}

// openWith opens one with something before the engine.
func openWith(t *testing.T, engine, schema string, change func(*realtime.Config), before func(db.Driver) db.Driver) *world {
	t.Helper()
	w := &world{t: t, db: db.New(before(driver(t, engine)))}
	w.script(realtime.Schema)
	w.script("create schema if not exists plinth;" + realtime.Schema3)
	w.script(realtime.Schema2 + schema)
	t.Cleanup(func() {
		if err := w.db.Close(); err != nil {
			t.Error(err)
		}
	})
	var err error
	if w.ring, err = token.NewKeyring(token.NewHS256("a secret of thirty-two characters")); err != nil {
		t.Fatal(err)
	}
	w.serve(change)
	return w
}

// serve starts a room on the world's database.
func (w *world) serve(change func(*realtime.Config)) {
	w.t.Helper()
	t := w.t
	cfg := realtime.Config{DB: w.db, Verify: w.verify}
	var err error
	if change != nil {
		change(&cfg)
	}
	if w.svc, err = realtime.New(cfg); err != nil {
		t.Fatal(err)
	}
	if err := w.svc.Start(); err != nil {
		t.Fatal(err)
	}
	h := w.svc.Handler()
	w.srv = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(rw, wire.WithIdentity(r, w.identity(r.URL.Query().Get("apikey"))))
	}))
	svc, srv := w.svc, w.srv
	t.Cleanup(func() {
		svc.Stop()
		svc.Stop()
		srv.Close()
	})
}

var (
	server   = sync.OnceValues(func() (*pgserver.Server, error) { return pgserver.Start(context.Background()) })
	started  atomic.Bool
	creating sync.Mutex // CREATE DATABASE copies a template that nobody may be using
	made     int
)

func TestMain(m *testing.M) {
	code := m.Run()
	if started.Load() {
		if srv, err := server(); err == nil {
			_ = srv.Stop()
		}
	}
	os.Exit(code)
}

func driver(t *testing.T, engine string) db.Driver {
	t.Helper()
	ctx := context.Background()
	if engine == "sqlite" {
		drv, err := sqlite.Open(ctx, sqlite.Config{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		return drv
	}
	started.Store(true)
	srv, err := server()
	if err != nil {
		t.Fatal(err)
	}
	drv, err := postgres.Open(ctx, postgres.Config{URL: newDatabase(t, srv.URL), Conns: 8})
	if err != nil {
		t.Fatal(err)
	}
	return drv
}

// outside runs SQL on a server's database over a connection that the driver does not know.
func (w *world) outside(sql string) {
	w.t.Helper()
	ctx := context.Background()
	srv, err := server()
	if err != nil {
		w.t.Fatal(err)
	}
	rows, err := w.db.Query(ctx, db.Owner, "select current_database()")
	if err != nil {
		w.t.Fatal(err)
	}
	rows.Next()
	name := rows.Value(0).S
	rows.Close()
	conn, err := pgconn.Connect(ctx, strings.Replace(srv.URL, "dbname=postgres", "dbname="+name, 1))
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = conn.Exec(ctx, sql).ReadAll()
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		w.t.Fatal(err)
	}
}

func newDatabase(t *testing.T, url string) string {
	t.Helper()
	creating.Lock()
	defer creating.Unlock()
	made++
	name := fmt.Sprintf("realtime%d", made)
	ctx := context.Background()
	admin, err := pgconn.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	_, err = admin.Exec(ctx, "create database "+name).ReadAll()
	if err := errors.Join(err, admin.Close(ctx)); err != nil {
		t.Fatal(err)
	}
	return strings.Replace(url, "dbname=postgres", "dbname="+name, 1)
}

func (w *world) verify(tok string) (*token.Claims, error) { return w.ring.Verify(tok, time.Now()) }

func (w *world) identity(key string) *wire.Identity {
	if !strings.Contains(key, ".") {
		return &wire.Identity{Session: db.Session{Role: key}}
	}
	c, err := w.verify(key)
	if err != nil {
		return &wire.Identity{Fault: err}
	}
	return &wire.Identity{Session: db.Session{Role: c.Role, Claims: c.JSON}, Claims: c, Token: key}
}

func (w *world) script(sql string) {
	w.t.Helper()
	if _, err := w.db.Script(context.Background(), db.Script{File: "test.sql", SQL: sql}); err != nil {
		w.t.Fatal(err)
	}
}

// token is user n's, good for so long.
func (w *world) token(n int, life time.Duration) string {
	w.t.Helper()
	tok, err := w.ring.Sign(map[string]any{"sub": uid(n), "role": "authenticated", "exp": time.Now().Add(life).Unix()})
	if err != nil {
		w.t.Fatal(err)
	}
	return tok
}

func uid(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// client is a WebSocket client that says what its test tells it, byte for byte.
type client struct {
	t  *testing.T
	nc net.Conn
	br *bufio.Reader
}

func (w *world) dial(query string) *client {
	w.t.Helper()
	nc, err := net.Dial("tcp", strings.TrimPrefix(w.srv.URL, "http://"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { nc.Close() })
	fmt.Fprintf(nc, "GET /websocket?%s HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", query)
	c := &client{w.t, nc, bufio.NewReader(nc)}
	_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
	resp, err := http.ReadResponse(c.br, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if resp.StatusCode != 101 || resp.Header.Get("Sec-Websocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		body, _ := io.ReadAll(resp.Body)
		w.t.Fatalf("handshake: %s %s", resp.Status, body)
	}
	return c
}

func (c *client) frame(op byte, payload []byte) {
	c.t.Helper()
	mask := [4]byte{1, 2, 3, 4}
	b := []byte{0x80 | op}
	if len(payload) < 126 {
		b = append(b, 0x80|byte(len(payload)))
	} else {
		b = append(b, 0x80|127)
		b = binary.BigEndian.AppendUint64(b, uint64(len(payload)))
	}
	b = append(b, mask[:]...)
	for i, x := range payload {
		b = append(b, x^mask[i&3])
	}
	if _, err := c.nc.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) say(text string) { c.t.Helper(); c.frame(1, []byte(text)) }

// read returns the next frame.
func (c *client) read() (op byte, payload []byte) {
	c.t.Helper()
	op, payload, err := c.next()
	if err != nil {
		c.t.Fatal(err)
	}
	return op, payload
}

func (c *client) next() (op byte, payload []byte, err error) {
	_ = c.nc.SetDeadline(time.Now().Add(time.Minute))
	var h [2]byte
	if _, err := io.ReadFull(c.br, h[:]); err != nil {
		return 0, nil, err
	}
	n := int(h[1])
	if n >= 126 {
		var l [8]byte
		size := map[int]int{126: 2, 127: 8}[n]
		if _, err := io.ReadFull(c.br, l[8-size:]); err != nil {
			return 0, nil, err
		}
		n = int(binary.BigEndian.Uint64(l[:]))
	}
	payload = make([]byte, n)
	if _, err := io.ReadFull(c.br, payload); err != nil {
		return 0, nil, err
	}
	return h[0] & 0x0f, payload, nil
}

// expect reads the next frame and compares it as JSON; "*" in want stands for any value.
func (c *client) expect(want string) any {
	c.t.Helper()
	_, got := c.read()
	var g, w any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		c.t.Fatalf("%v: %s", err, want)
	}
	if err := json.Unmarshal(got, &g); err != nil || !like(g, w) {
		c.t.Fatalf("got %s\nwant %s", got, want)
	}
	return g
}

func like(got, want any) bool {
	switch w := want.(type) {
	case string:
		return w == "*" || got == w
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for k, v := range w {
			gv, there := g[k]
			if !there || !like(gv, v) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for i := range w {
			if !like(g[i], w[i]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(got, want)
}

// quiet checks that nothing is on its way: a heartbeat's answer comes next.
func (c *client) quiet() {
	c.t.Helper()
	c.say(`[null,"hb","phoenix","heartbeat",{}]`)
	c.expect(`[null,"hb","phoenix","phx_reply",{"status":"ok","response":{}}]`)
}

func (w *world) exec(s db.Session, sql string) {
	w.t.Helper()
	_, err := w.db.Write(context.Background(), s, func(tx *db.Tx) error {
		_, err := tx.Exec(context.Background(), sql)
		return err
	})
	if err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}
