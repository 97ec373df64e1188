package table_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/plinth-dev/plinth/internal/cert/table"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

var server *pgserver.Server

func TestMain(m *testing.M) {
	srv, err := pgserver.Start(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server = srv
	code := m.Run()
	_ = srv.Stop()
	os.Exit(code)
}

// database makes one on the server for a test.
func database(t *testing.T) (url string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	name := strings.ToLower(t.Name())
	if _, err := c.Exec(t.Context(), "create database "+name); err != nil {
		t.Fatal(err)
	}
	return strings.Replace(server.URL, "dbname=postgres", "dbname="+name, 1)
}

// engines runs a test on both.
func engines(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Parallel()
	lite, err := sqlite.Open(context.Background(), sqlite.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	pg, err := postgres.Open(context.Background(), postgres.Config{URL: database(t), Conns: 8})
	if err != nil {
		t.Fatal(err)
	}
	for name, drv := range map[string]db.Driver{"sqlite": lite, "postgres": pg} {
		d := db.New(drv)
		t.Cleanup(func() { d.Close() })
		if _, err := d.Script(context.Background(), db.Script{File: "x", SQL: "create schema if not exists plinth;" + table.Schema}); err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) { test(t, d) })
	}
}

func quiet(d *db.DB) *table.Table { return table.New(d, slog.New(slog.DiscardHandler)) }

// TestStorage is certmagic's contract, and that of locks between nodes.
func TestStorage(t *testing.T) {
	engines(t, func(t *testing.T, d *db.DB) {
		ctx, s := t.Context(), quiet(d)
		defer s.Close()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		list := func(path string, all bool) []string {
			t.Helper()
			out, err := s.List(ctx, path, all)
			must(err)
			return out
		}
		odd := string([]byte{0, 0xff, '\''})
		must(s.Store(ctx, "a/b/c.key", []byte("old")))
		must(s.Store(ctx, "a/b/c.key", []byte(odd)))
		must(s.Store(ctx, "a/b_c", []byte("x")))
		must(s.Store(ctx, "a/b/d", nil))
		if got, err := s.Load(ctx, "a/b/c.key"); string(got) != odd || err != nil {
			t.Errorf("Load: %q %v", got, err)
		}
		for _, key := range []string{"a/b", "a", "a/b/c", "nothing"} {
			if _, err := s.Load(ctx, key); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Load(%s): %v, want fs.ErrNotExist", key, err)
			}
		}
		if got := list("a", false); !slices.Equal(got, []string{"a/b", "a/b_c"}) {
			t.Errorf("List(a): %q", got)
		}
		if got := list("", true); !slices.Equal(got, []string{"a", "a/b", "a/b/c.key", "a/b/d", "a/b_c"}) {
			t.Errorf("List all: %q", got)
		}
		if _, err := s.List(ctx, "a/b_", true); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("List(a/b_): %v", err)
		}
		if st, err := s.Stat(ctx, "a/b/c.key"); err != nil || st.Size != 3 || !st.IsTerminal || time.Since(st.Modified).Abs() > time.Hour {
			t.Errorf("Stat: %+v %v", st, err)
		}
		if st, err := s.Stat(ctx, "a/b"); err != nil || st.IsTerminal || !s.Exists(ctx, "a/b") || s.Exists(ctx, "b") {
			t.Errorf("Stat of a folder: %+v %v", st, err)
		}
		must(s.Delete(ctx, "a/b"))
		must(s.Delete(ctx, "a/b"))
		if got := list("", true); !slices.Equal(got, []string{"a", "a/b_c"}) {
			t.Errorf("after Delete: %q", got)
		}
	})
}

func TestLocksBetweenNodes(t *testing.T) {
	engines(t, func(t *testing.T, d *db.DB) {
		ctx, one, two := t.Context(), quiet(d), quiet(d)
		defer two.Close()
		if err := one.Lock(ctx, "x"); err != nil {
			t.Fatal(err)
		}
		if got, err := two.TryLock(ctx, "x"); got || err != nil {
			t.Errorf("a second holder: %v %v", got, err)
		}
		if got, err := two.TryLock(ctx, "y"); !got || err != nil {
			t.Errorf("another lock: %v %v", got, err)
		}
		short, cancel := context.WithCancel(ctx)
		cancel()
		if err := two.Lock(short, "x"); err == nil {
			t.Error("it was not called off")
		}
		if one.Exists(ctx, "/x") {
			t.Error("a lock is shown as a key")
		}
		waited := make(chan error, 1)
		go func() { waited <- two.Lock(ctx, "x") }()
		if err := one.Unlock(ctx, "x"); err != nil {
			t.Error(err)
		}
		if err := <-waited; err != nil {
			t.Error(err)
		}
		// Whoever died: the row's time has passed.
		_, err := d.Write(ctx, db.Owner, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `update plinth.certificates set until = now() - interval '1 second' where name = '/x'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := one.TryLock(ctx, "x"); !got || err != nil {
			t.Errorf("a lock that ran out: %v %v", got, err)
		}
		if err := two.Unlock(ctx, "x"); err != nil { // which takes nothing from the new holder
			t.Error(err)
		}
		if got, err := two.TryLock(ctx, "x"); got || err != nil {
			t.Errorf("the new holder has lost it: %v %v", got, err)
		}
		if err := two.Unlock(ctx, "nobody's"); err == nil {
			t.Error("a lock that is not held was given back")
		}
		one.Close() // which gives back what it holds
		if got, err := two.TryLock(ctx, "x"); !got || err != nil {
			t.Errorf("after its holder's end: %v %v", got, err)
		}
		if err := one.Store(ctx, "k", nil); err == nil {
			t.Error("a closed storage stores")
		}
	})
}

// TestNodesAtOnce: of many nodes that change one value under a lock, each at its own time,
// none overwrites another's, and who lists meanwhile sees whole names alone.
func TestNodesAtOnce(t *testing.T) {
	engines(t, func(t *testing.T, d *db.DB) {
		const nodes, times = 3, 2
		var all sync.WaitGroup
		for n := range nodes {
			s := quiet(d)
			defer s.Close()
			all.Go(func() {
				for range times {
					if err := add(t.Context(), s, fmt.Sprintf("node-%d", n)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		ctx := t.Context()
		s := quiet(d)
		defer s.Close()
		if got, err := s.Load(ctx, "count"); err != nil || len(got) != nodes*times {
			t.Errorf("%d of %d changes are there: %v", len(got), nodes*times, err)
		}
		if got, err := s.List(ctx, "of", false); err != nil || len(got) != nodes {
			t.Errorf("List: %q %v", got, err)
		}
	})
}

// add makes a value longer by one, in two steps.
func add(ctx context.Context, s *table.Table, node string) error {
	if err := s.Lock(ctx, "count"); err != nil {
		return err
	}
	old, err := s.Load(ctx, "count")
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err == nil {
		err = s.Store(ctx, "of/"+node, []byte(node))
	}
	if err == nil {
		var names []string
		if names, err = s.List(ctx, "", true); slices.ContainsFunc(names, func(n string) bool { return n != "count" && n != "of" && !strings.HasPrefix(n, "of/node-") }) {
			err = fmt.Errorf("List: %q", names)
		}
	}
	if err == nil {
		err = s.Store(ctx, "count", append(old, 'x'))
	}
	return errors.Join(err, s.Unlock(ctx, "count"))
}
