package postgres

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

// Where the server or the role does not allow it, triggers do the work, and the server
// says so. When it is allowed later the triggers go.
func TestFallback(t *testing.T) {
	t.Parallel()
	d := openSlot(t, Config{})
	script(t, d, `create table f (id int primary key)`)
	triggers := func(d *Driver) string {
		return ask(t, d, "select count(*) from pg_trigger where tgname like '\\_plinth%' and not tgisinternal")
	}
	if !said(d, "by the slot "+d.slot) || triggers(d) != "0" {
		t.Errorf("%v, %s triggers", d.Notices(), triggers(d))
	}
	name := ask(t, d, "select current_database()")
	d.Close()
	from := db.Position{}
	for _, step := range []struct {
		can      bool
		triggers string
	}{{false, "2"}, {true, "0"}, {false, "2"}} {
		role := "bound_" + name
		admin(t, "do $$ begin create role "+role+" login superuser; exception when duplicate_object then null; end $$",
			fmt.Sprintf("alter role %s %s", role, map[bool]string{true: "superuser", false: "nosuperuser createrole"}[step.can]))
		admin(t, "alter database "+name+" owner to "+role)
		owned(t, d, role)
		n := openSlot(t, Config{URL: strings.Replace(d.cfg.URL, "user=postgres", "user="+role, 1)})
		want := "by the slot"
		if !step.can {
			want = "has no REPLICATION right"
		}
		if !said(n, want) || triggers(n) != step.triggers {
			t.Errorf("%v, %s triggers", n.Notices(), triggers(n))
		}
		numbered(t, n)
		at := here(t, n)
		if at.Epoch <= from.Epoch {
			t.Errorf("the epoch is %d after %d", at.Epoch, from.Epoch)
		}
		from = at
		if err := exec(context.Background(), n, &db.Owner, "insert into f select count(*) from f"); err != nil {
			t.Fatal(explain(err))
		}
		if c := next(t, n, at, 1)[0]; c.Table.Name != "f" {
			t.Errorf("%+v", c)
		}
		n.Close()
	}
	if n := ask(t, openSlot(t, Config{URL: d.cfg.URL, Triggers: true}), "select count(*) from pg_replication_slots where slot_name = $1", d.slot); n != "0" {
		t.Errorf("%s slots are left", n)
	}
	admin(t, "alter database "+name+" owner to postgres")
}

// owned gives all that was made in a database to a role.
func owned(t *testing.T, d *Driver, role string) {
	c := openDirect(t, d)
	if _, err := c.pg.Exec(context.Background(), "do $$ declare r record; begin"+
		" for r in select nspname from pg_namespace where nspname in ('plinth', 'auth', 'storage', 'realtime', 'extensions') loop execute format('alter schema %I owner to "+role+"', r.nspname); end loop;"+
		" for r in select oid::regclass as t from pg_class where relkind in ('r', 'v') and relnamespace in ('public'::regnamespace, 'plinth'::regnamespace) loop execute format('alter table %s owner to "+role+"', r.t); end loop;"+
		" for r in select oid::regprocedure as f from pg_proc where pronamespace = 'plinth'::regnamespace loop execute format('alter function %s owner to "+role+"', r.f); end loop;"+
		" for r in select pubname from pg_publication loop execute format('alter publication %I owner to "+role+"', r.pubname); end loop;"+
		" end $$").ReadAll(); err != nil {
		t.Fatal(err)
	}
}

func TestFallbackWithoutLogicalLog(t *testing.T) {
	t.Parallel()
	srv, err := pgserver.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Stop()
	d := openSlot(t, Config{URL: srv.URL})
	if !said(d, "wal_level is replica, not logical") {
		t.Errorf("%v", d.Notices())
	}
	script(t, d, `create table f (id int primary key)`)
	from := here(t, d)
	if err := exec(context.Background(), d, &db.Owner, "insert into f values (1)"); err != nil {
		t.Fatal(explain(err))
	}
	next(t, d, from, 1)
}

// A node that finds no walsender free takes over all the same when the leader ends.
func TestTheOnlyWalsender(t *testing.T) {
	t.Parallel()
	srv, err := pgserver.Start(t.Context(), "wal_level=logical", "max_wal_senders=1", "synchronous_commit=on")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Stop()
	a := openSlot(t, Config{URL: srv.URL})
	script(t, a, `create table w (id int primary key)`)
	b := openSlot(t, Config{URL: srv.URL})
	if !said(b, "no connection for replication just now") {
		t.Errorf("%v", b.Notices())
	}
	from := here(t, b)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := exec(context.Background(), b, &db.Owner, "insert into w values (1)"); err != nil {
		t.Fatal(explain(err))
	}
	next(t, b, from, 1)
}
