package postgres

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

func TestConnectionsThatTheServerEnded(t *testing.T) {
	t.Parallel()
	d := open(t, Config{})
	script(t, d, `create table k (id int)`)
	ctx := context.Background()
	for range 3 {
		for range 2 {
			if _, err := one(ctx, d, &db.Session{Role: "anon"}, "select 1"); err != nil {
				t.Fatal(explain(err))
			}
			if err := exec(ctx, d, &db.Owner, "insert into k values (1)"); err != nil {
				t.Fatal(explain(err))
			}
		}
		name, _ := one(ctx, d, &db.Owner, "select current_database()")
		admin(t, "select pg_terminate_backend(pid) from pg_stat_activity where datname = '"+name+"'")
	}
	if got, _ := one(ctx, d, &db.Owner, "select count(*) from k"); got != "6" {
		t.Errorf("%s rows", got)
	}
}

// A connection whose transaction was spoilt serves others as before.
func TestSpoiltTransactionsLeaveNothing(t *testing.T) {
	t.Parallel()
	d := open(t, Config{Conns: 1})
	ctx := context.Background()
	many := &db.Session{Role: "anon", Settings: map[string]string{"request.method": "GET", "a.b": "1", "a.c": "2", "a.d": "3"}}
	for range 3 {
		_, err := d.Write(ctx, func(c db.Conn) error {
			_, _ = c.Query(ctx, &db.Owner, "select 1/0", nil)
			_, err := c.Query(ctx, many, "select 1", nil)
			return err
		})
		if fault.CodeOf(err) != "25P02" {
			t.Error(explain(err))
		}
		_, err = d.Query(ctx, &db.Session{Role: "no_one"}, "select 2", nil)
		if fault.CodeOf(err) != "22023" {
			t.Error(explain(err))
		}
	}
	pid, _ := one(ctx, d, &db.Owner, "select pg_backend_pid()")
	for range 2 {
		if err := exec(ctx, d, many, "select 1"); err != nil {
			t.Error(explain(err))
		}
	}
	if now, _ := one(ctx, d, many, "select pg_backend_pid()"); now != pid {
		t.Error("another connection serves")
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	d := open(t, Config{Conns: 1, Wait: 50 * time.Millisecond})
	ctx := context.Background()
	cur, err := d.Query(ctx, &db.Owner, "select 1", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Query(ctx, &db.Owner, "select 1", nil); fault.CodeOf(err) != "53300" || fault.From(err).Kind != fault.Unavailable {
		t.Errorf("%v", err)
	}
	cur.Close()
	for _, role := range []string{"anon", "authenticated", "anon"} {
		if got, err := one(ctx, d, &db.Session{Role: role}, "select current_user"); got != role {
			t.Errorf("%q %v", got, err)
		}
	}
}

func TestWritesAreLimited(t *testing.T) {
	t.Parallel()
	d := open(t, Config{WriteLimit: 100 * time.Millisecond})
	if err := exec(context.Background(), d, &db.Owner, "select pg_sleep(10)"); fault.CodeOf(err) != "57014" {
		t.Errorf("%v", err)
	}
	if err := exec(db.Patient(context.Background()), d, &db.Owner, "select pg_sleep(0.3)"); err != nil {
		t.Errorf("one that is patient: %v", err)
	}
}

// A database that Supabase made has the rooms' tables, and other owners.
func TestAdopt(t *testing.T) {
	t.Parallel()
	d := open(t, Config{})
	script(t, d, `create table auth.users (id uuid primary key, email text, extra int); insert into auth.users values (gen_random_uuid(), 'a', 7);
		create type storage.kind as enum ('a');`)
	ctx := context.Background()
	notices, err := d.Script(ctx, db.Script{File: "auth/0001", Adopt: true, SQL: `create table auth.users (id uuid primary key);
		create type storage.kind as enum ('b'); create table auth.keys (id text primary key); insert into auth.keys values ('k');`})
	if err != nil {
		t.Fatal(explain(err))
	}
	if len(notices) != 2 || !strings.HasPrefix(notices[0].Message, "kept as it is") {
		t.Errorf("%+v", notices)
	}
	if got, _ := one(ctx, d, &db.Owner, "select extra || k.id from auth.users, auth.keys k where k.id = 'k'"); !strings.HasPrefix(got, "7") {
		t.Errorf("%q", got)
	}
}

// Someone changes the schema by other means, and says so as PostgREST is told.
func TestNotifyReloads(t *testing.T) {
	t.Parallel()
	d := open(t, Config{})
	ctx := context.Background()
	if err := exec(ctx, d, &db.Owner, "create table told (id int primary key)"); err != nil {
		t.Fatal(explain(err))
	}
	from, err := d.Position(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := exec(ctx, d, &db.Owner, "notify pgrst, 'reload schema'"); err != nil {
		t.Fatal(explain(err))
	}
	deadline := time.After(10 * time.Second)
	for d.Catalog().Schemas["public"].Tables["told"] == nil {
		select {
		case <-deadline:
			t.Fatal("it was not read")
		default:
			pause(ctx, 10*time.Millisecond)
		}
	}
	if err := exec(ctx, d, &db.Owner, "insert into told values (1)"); err != nil {
		t.Fatal(explain(err))
	}
	for c, err := range d.Changes(ctx, from) {
		if err != nil || c.Table.Name != "told" {
			t.Errorf("%+v %v", c, err)
		}
		break
	}
}

func TestChangesOfForeignTypes(t *testing.T) {
	t.Parallel()
	d := open(t, Config{})
	script(t, d, `create type hue as enum ('red', 'blue'); create table odd (id int primary key, r int4range, h hue, at timestamptz, p point)`)
	ctx := context.Background()
	from, err := d.Position(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s := &db.Session{Role: "service_role", Settings: map[string]string{"timezone": "Asia/Tokyo", "datestyle": "SQL, DMY"}}
	if err := exec(ctx, d, s, "insert into odd values (1, '[1,3)', 'blue', '2026-01-02 03:04:05Z', '(1,2)')"); err != nil {
		t.Fatal(explain(err))
	}
	for c, err := range d.Changes(ctx, from) {
		if err != nil {
			t.Fatal(err)
		}
		if c.New[1].S != "[1,3)" || c.New[2].S != "blue" || c.New[3].I != 1767323045000000 || c.New[4].S != "(1,2)" {
			t.Errorf("%+v", c.New)
		}
		break
	}
	script(t, d, `alter table odd drop column p`)
	for c, err := range d.Changes(ctx, from) {
		if err != db.ErrGap || c.Position.Seq != from.Seq+1 {
			t.Errorf("%+v %v", c, err)
		}
	}
}

// What a request's statement set for its response comes with its rows.
func TestSettingsOfAResponse(t *testing.T) {
	t.Parallel()
	d := open(t, Config{})
	ctx := context.Background()
	s := &db.Session{Role: "anon", Settings: map[string]string{"request.method": "POST"}}
	for i := range 4 {
		within := d.Read
		if i%2 == 1 {
			within = func(ctx context.Context, fn func(db.Conn) error) error {
				_, err := d.Write(ctx, fn)
				return err
			}
		}
		err := within(ctx, func(c db.Conn) error {
			for _, want := range []string{"", "418", "200"} {
				sql := "select 1"
				if want != "" {
					sql = "select set_config('response.status', '" + want + "', true) from generate_series(1, 3)"
				}
				cur, err := c.Query(ctx, s, sql, nil)
				if err != nil {
					return err
				}
				for cur.Next() {
				}
				if cur.Err() != nil {
					return cur.Err()
				}
				if got := c.Setting("response.status"); got != want {
					t.Errorf("response.status = %q, want %q", got, want)
				}
				if got := c.Setting("request.method"); got != "POST" {
					t.Errorf("request.method = %q", got)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(explain(err))
		}
	}
}
