package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

// shared is the server that the package's tests use, each with its own database.
var shared struct {
	url   string
	pool  string     // the same server behind a pooler, without a database
	mu    sync.Mutex // CREATE DATABASE copies a template that nobody may be using
	count atomic.Int32
}

func TestMain(m *testing.M) {
	srv, err := pgserver.Start(context.Background(), "max_connections=400", "wal_level=logical", "max_replication_slots=100", "max_wal_senders=100")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	shared.url = srv.URL
	pool, stop, err := srv.Pool(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, errors.Join(err, srv.Stop()))
		os.Exit(1)
	}
	shared.pool = pool
	code := m.Run()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	_ = srv.Stop()
	os.Exit(code)
}

// admin runs statements as the superuser.
func admin(t testing.TB, stmts ...string) {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	c, err := pgconn.Connect(context.Background(), shared.url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	for _, s := range stmts {
		if _, err := c.Exec(context.Background(), s).ReadAll(); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// database makes an empty database and returns its URL.
func database(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("t%d", shared.count.Add(1))
	admin(t, "create database "+name)
	t.Cleanup(func() {
		// The reader of the slot is the last to go.
		admin(t, `do $$ begin
 loop
  perform pg_terminate_backend(active_pid, 10000) from pg_replication_slots where database = '`+name+`' and active;
  exit when not found;
 end loop; end $$`, "drop database "+name+" with (force)")
	})
	return strings.Replace(shared.url, "dbname=postgres", "dbname="+name, 1)
}

// open opens a database whose changes come from triggers: each reader of a slot decodes
// what is written to all databases of the server, and there are many here.
func open(t testing.TB, cfg Config) *Driver {
	t.Helper()
	cfg.Triggers = true
	return openSlot(t, cfg)
}

// openSlot opens one whose changes come from logical replication.
func openSlot(t testing.TB, cfg Config) *Driver {
	t.Helper()
	if cfg.URL == "" {
		cfg.URL = database(t)
	}
	if cfg.Conns == 0 {
		cfg.Conns = 4 + 3 // those of the feed
	}
	if testing.Verbose() {
		cfg.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	d, err := Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(explain(err))
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	if d.leads {
		numbered(t, d)
	}
	return d
}

// numbered waits until somebody numbers the changes: other tests' transactions on the
// server may hold a slot up for longer than Open waits for it.
func numbered(t testing.TB, d *Driver) {
	t.Helper()
	until(t, "somebody numbers the changes", func() bool {
		return ask(t, d, "select source <> 'slot' or slot is not null from plinth.feed") == "t"
	})
}

// openPooled opens one behind PgBouncer in transaction mode, which is found out.
func openPooled(t testing.TB, cfg Config) *Driver {
	t.Helper()
	_, name, _ := strings.Cut(database(t), "dbname=")
	name, _, _ = strings.Cut(name, " ")
	cfg.URL = shared.pool + " dbname=" + name + cfg.URL
	d := openSlot(t, cfg)
	if !d.cfg.Pooler {
		t.Error("the pooler was not found out")
	}
	return d
}

func explain(err error) string {
	f := fault.From(err)
	return fmt.Sprint(f, " ", f.Detail, " ", f.Hint, " ", f.Unwrap())
}

func script(t testing.TB, d *Driver, sql string) {
	t.Helper()
	if _, err := d.Script(context.Background(), db.Script{File: "t.sql", SQL: sql}); err != nil {
		t.Fatal(explain(err))
	}
}
