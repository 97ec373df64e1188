package gauge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/gauge"
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

// lines hands each line of a log to whoever waits.
type lines chan map[string]any

func (l lines) Write(p []byte) (int, error) {
	var line map[string]any
	if err := json.Unmarshal(bytes.TrimSpace(p), &line); err != nil {
		return 0, err
	}
	l <- line
	return len(p), nil
}

func engines(t *testing.T) map[string]*db.DB {
	t.Helper()
	lite, err := sqlite.Open(t.Context(), sqlite.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	pg, err := postgres.Open(t.Context(), postgres.Config{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*db.DB{"sqlite": db.New(lite), "postgres": db.New(pg)}
	t.Cleanup(func() {
		for _, d := range out {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	return out
}

// Every statement is slow here; what is logged has the plan as the statement's own actor
// has it, and no argument.
func TestSlowStatementsAreLoggedWithTheirPlan(t *testing.T) {
	t.Parallel()
	for name, d := range engines(t) {
		if _, err := d.Script(t.Context(), db.Script{File: "x.sql", SQL: `create table public.todos (id int primary key, owner text, title text);
 alter table public.todos enable row level security;
 create policy own on public.todos to anon using (owner = 'ann');
 grant select, insert on public.todos to anon`}); err != nil {
			t.Fatal(err)
		}
		out := make(lines, 10)
		slow := gauge.NewSlow(d, slog.New(slog.NewJSONHandler(out, nil)))
		d.Watch(db.Watch{Slow: time.Nanosecond, OnSlow: slow.Hear})
		slow.Start()
		anon := db.Session{Role: "anon"}
		query := func(sql string, args ...any) map[string]any {
			rows, err := d.Query(t.Context(), anon, sql, args...)
			if err == nil {
				for rows.Next() {
				}
				err = rows.Close()
			}
			if err != nil && !strings.Contains(sql, "nothing") {
				t.Fatal(err)
			}
			for {
				if line := <-out; strings.Contains(fmt.Sprint(line["sql"]), sql) {
					return line
				}
			}
		}
		line := query(`select title from public.todos where title = $1 and id <> $2`, "hunter2", 4711)
		plan, _ := line["plan"].(string)
		if line["role"] != "anon" || line["us"] == nil || !strings.Contains(strings.ToUpper(plan), "SCAN") || strings.Contains(fmt.Sprint(line), "hunter2") || strings.Contains(fmt.Sprint(line), "4711") {
			t.Errorf("%s: %v", name, line)
		}
		if line := query(`select title from public.todos where title = $1 and id <> $2`, "hunter2", 4711); line["plan"] != nil {
			t.Errorf("%s: the plan is told again at once: %v", name, line)
		}
		if line := query(`select nothing from public.todos`); line["code"] != "42703" {
			t.Errorf("%s: a statement that failed: %v", name, line)
		}
		slow.Stop()
		slow.Stop()
		if st, ok := d.Stats(t.Context()); !ok || st.Engine != name || st.Limit < 4 || st.Open < 1 || (name == "sqlite") != (st.Commits != nil && st.WALBytes > 0) {
			t.Errorf("%s: %+v", name, st)
		}
		if n := slow.Seen.Load(); n < 3 {
			t.Errorf("%s: %d were counted", name, n)
		}
	}
}

// TestAWriteHasAPlan: of a slow write the way to its rows is told, on both engines.
func TestAWriteHasAPlan(t *testing.T) {
	t.Parallel()
	for name, d := range engines(t) {
		if _, err := d.Script(t.Context(), db.Script{File: "x.sql", SQL: `create table public.slow_writes (id int primary key, title text)`}); err != nil {
			t.Fatal(err)
		}
		out := make(lines, 20)
		slow := gauge.NewSlow(d, slog.New(slog.NewJSONHandler(out, nil)))
		d.Watch(db.Watch{Slow: time.Nanosecond, OnSlow: slow.Hear})
		slow.Start()
		for _, c := range []struct {
			sql, lite string // what SQLite's plan says, "" for no plan
		}{
			{`update public.slow_writes set title = 'x' where id = $1`, "SEARCH"},
			{`delete from public.slow_writes where title = 'y' and id > $1`, "SEARCH"},
			{`insert into public.slow_writes (id, title) select id + $1, title from public.slow_writes`, "SCAN"},
			{`insert into public.slow_writes (id, title) values ($1, 'z')`, ""},
		} {
			if _, err := d.Write(t.Context(), db.Owner, func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), c.sql, 4711)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			line := <-out
			for !strings.Contains(fmt.Sprint(line["sql"]), c.sql) {
				line = <-out
			}
			plan, _ := line["plan"].(string)
			if (plan == "") != (name == "sqlite" && c.lite == "") || name == "sqlite" && !strings.Contains(plan, c.lite) || strings.Contains(plan, "4711") {
				t.Errorf("%s: %s: %v", name, c.sql, line)
			}
		}
		slow.Stop()
	}
}
