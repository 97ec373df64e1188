package member_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/member"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

var url string

func TestMain(m *testing.M) {
	srv, err := pgserver.Start(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	url = srv.URL
	code := m.Run()
	_ = srv.Stop()
	os.Exit(code)
}

func open(t *testing.T) *db.DB {
	t.Helper()
	drv, err := postgres.Open(context.Background(), postgres.Config{URL: url, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	d := db.New(drv)
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func exec(t *testing.T, d *db.DB, sql string, args ...any) {
	t.Helper()
	_, err := d.Write(context.Background(), db.Owner, func(tx *db.Tx) error {
		_, err := tx.Exec(context.Background(), sql, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

var count atomic.Int32

func join(t *testing.T, d *db.DB, self member.Self) *member.Node {
	t.Helper()
	n, err := member.Join(context.Background(), member.Config{DB: d, ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", count.Add(1)), Log: slog.New(slog.DiscardHandler), Self: self})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Leave)
	return n
}

// until waits for n's list to satisfy want.
func until(t *testing.T, n *member.Node, what string, want func([]member.Member) bool) {
	t.Helper()
	end := time.After(20 * time.Second)
	for !want(n.List()) {
		select {
		case <-n.Changed():
		case <-end:
			t.Fatalf("%s: the list is %+v", what, n.List())
		}
	}
}

// Nodes see each other come, drain, go and die.
func TestMembers(t *testing.T) {
	t.Parallel()
	one, two := open(t), open(t)
	if _, err := one.Script(context.Background(), db.Script{File: "t", SQL: "create schema if not exists plinth;" + member.Schema}); err != nil {
		t.Fatal(err)
	}
	a := join(t, one, member.Self{Name: "a", Address: "10.0.0.1:1", Bus: "10.0.0.1:2", Services: []string{"rest", "auth"}, Version: "1"})
	b := join(t, two, member.Self{Name: "b"})
	until(t, a, "b came", func(l []member.Member) bool { return len(l) == 2 })
	m := a.List()[0]
	if m.ID != a.ID() || m.Address != "10.0.0.1:1" || m.Bus != "10.0.0.1:2" || m.Version != "1" || m.State != member.Up || !m.Serves("rest") || m.Serves("storage") {
		t.Errorf("a is %+v", m)
	}
	if l := a.List()[1]; !l.Serves("storage") || time.Since(l.Started) > time.Minute {
		t.Errorf("b is %+v", l)
	}
	b.Drain()
	until(t, a, "b drains", func(l []member.Member) bool { return len(l) == 2 && l[1].State == member.Draining })
	b.Leave()
	until(t, a, "b left", func(l []member.Member) bool { return len(l) == 1 })

	// One that died without a word is left out, and told as dead to who reads all.
	exec(t, one, `insert into plinth.members (name, address, bus, services, version, state, beat_at) values ('dead', '', '', '', '', 'up', now() - interval '10 seconds')`)
	list, err := member.Read(context.Background(), one)
	if err != nil || len(list) != 2 || list[0].Alive == list[1].Alive {
		t.Errorf("all rows: %+v, %v", list, err)
	}
	// A row that the others removed comes back under its id.
	exec(t, one, `delete from plinth.members`)
	until(t, a, "a is there again", func(l []member.Member) bool { return len(l) == 1 && l[0].ID == a.ID() })
}
