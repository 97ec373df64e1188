package sqlite

import (
	"context"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// queryPlan runs a query and returns SQLite's plan of what it became.
func queryPlan(t *testing.T, d *Driver, s db.Session, sql string, args ...any) string {
	t.Helper()
	ctx := context.Background()
	rows, err := db.New(d).Query(ctx, s, sql, args...)
	if err != nil {
		t.Fatal(describe(err))
	}
	for rows.Next() {
	}
	if err := rows.Close(); err != nil || rows.Err() != nil {
		t.Fatal(err, describe(rows.Err()))
	}
	conn, err := d.pool.Get(ctx) // the one used last
	if err != nil {
		t.Fatal(err)
	}
	defer d.pool.Put(conn)
	text := conn.Cached()[0]
	st, err := conn.Prepare("explain query plan " + text)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Release()
	var plan []string
	for {
		row, err := st.Step()
		if err != nil {
			t.Fatal(err)
		}
		if !row {
			return strings.Join(plan, "\n")
		}
		plan = append(plan, st.ColumnString(3))
	}
}

func TestPoliciesUseIndexes(t *testing.T) {
	t.Parallel()
	d, base := openDir(t, t.TempDir())
	script(t, base, `create table rooms (id uuid primary key);
		create table members (room uuid references rooms (id), person uuid, primary key (room, person));
		create index members_person on members (person);
		create table notes (id uuid primary key, owner uuid, room uuid, at timestamptz default now(), mail text, gone timestamptz);
		create index notes_owner on notes (owner);
		create index notes_room on notes (room, at desc);
		create unique index notes_mail on notes (lower(mail)) where gone is null;
		alter table notes enable row level security;
		create policy own on notes for select to authenticated using ((select auth.uid()) = owner);
		create policy room on notes for select to anon using (room in (select m.room from members m where m.person = auth.uid()));
		create policy all_or_none on notes for select to service_role using (true)`)
	user := db.Session{Role: "authenticated", Claims: `{"sub":"` + benchUser + `"}`}
	guest := db.Session{Role: "anon", Claims: `{"sub":"` + benchUser + `"}`}
	for _, c := range []struct {
		s         db.Session
		sql, want string
	}{
		{user, `select * from notes`, `SEARCH t0 USING INDEX public.notes_owner (owner=?)`},
		{guest, `select * from notes`, `USING INDEX public.notes_room (room=?)`},
		{db.Owner, `select * from notes where room = '` + benchUser + `' order by at desc limit 3`, `USING INDEX public.notes_room (room=?)`},
		{db.Owner, `select id from notes where lower(mail) = 'x' and gone is null`, `USING INDEX public.notes_mail (<expr>=?)`},
		{db.Owner, `select * from notes where id = '` + benchUser + `'`, `USING INDEX public.notes_pkey (id=?)`},
	} {
		if plan := queryPlan(t, d, c.s, c.sql); !strings.Contains(plan, c.want) {
			t.Errorf("%s as %s:\n%s\nwant %s", c.sql, c.s.Role, plan, c.want)
		}
	}
}

func TestExpressionIndexesHoldAndOutliveARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, base := openDir(t, dir)
	script(t, base, `create table people (id int primary key, mail text, gone timestamptz, price numeric);
		insert into people values (1, 'A@x', null, 1.50), (2, 'a@X', now(), 2);
		create unique index people_mail on people (lower(mail)) where gone is null;
		create unique index people_price on people (price)`)
	refuse(t, base, `insert into people values (3, 'a@x', null, 3)`, "23505", "people_mail")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	_, base = openDir(t, dir)
	refuse(t, base, `insert into people values (3, 'a@x', null, 3)`, "23505", "people_mail")
	refuse(t, base, `insert into people values (3, 'b', null, 2.0)`, "23505", "people_price")
	exec1(t, base, `insert into people values (3, 'a@x', now(), 3)`)
	_, err := base.Script(context.Background(), db.Script{File: "u.sql", SQL: `create unique index again on people (upper(mail))`})
	if f := fault.From(err); f == nil || f.Code != "23505" || f.Constraint != "again" {
		t.Errorf("a unique index over doubles: %v", err)
	}
}

func refuse(t *testing.T, d *db.DB, sql, code, constraint string) {
	t.Helper()
	_, err := d.Write(context.Background(), db.Owner, func(tx *db.Tx) error {
		_, err := tx.Exec(context.Background(), sql)
		return err
	})
	if f := fault.From(err); f == nil || f.Code != code || f.Constraint != constraint {
		t.Errorf("%s: %v, want %s of %s", sql, err, code, constraint)
	}
}
