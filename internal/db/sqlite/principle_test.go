package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/fault"
)

// world is an engine with a schema; the tests here are the acceptance list of what
// Postgres does and this engine must do too.
type world struct {
	t *testing.T
	d *db.DB
}

func open(t *testing.T, schema string) *world {
	t.Helper()
	drv, err := sqlite.Open(context.Background(), sqlite.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t, db.New(drv)}
	t.Cleanup(func() {
		if err := w.d.Close(); err != nil {
			t.Error(err)
		}
	})
	w.script(schema)
	return w
}

func (w *world) script(sql string) {
	w.t.Helper()
	if err := w.try(sql); err != nil {
		w.t.Fatalf("script: %v: %s", err, fault.From(err).Detail)
	}
}

func (w *world) try(sql string) error {
	_, err := w.d.Script(context.Background(), db.Script{File: "test.sql", SQL: sql})
	return err
}

// user is a signed-in session whose id ends in n.
func user(n int) db.Session {
	return db.Session{Role: "authenticated", Claims: fmt.Sprintf(`{"sub":"%s","role":"authenticated"}`, uid(n))}
}

func uid(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// run writes or reads as s; the answer is rows of JSON values, or "ERR <code>".
func (w *world) run(s db.Session, sql string, args ...any) string {
	w.t.Helper()
	var out string
	_, err := w.d.Write(context.Background(), s, func(tx *db.Tx) error {
		rows, err := tx.Query(context.Background(), sql, args...)
		if err != nil {
			return err
		}
		out, err = render(rows)
		return err
	})
	if err != nil {
		return "ERR " + fault.CodeOf(err)
	}
	return out
}

func render(rows *db.Rows) (string, error) {
	var b []byte
	for n := 0; rows.Next(); n++ {
		if n > 0 {
			b = append(b, ' ')
		}
		b = append(b, '(')
		for i := range rows.Columns() {
			if i > 0 {
				b = append(b, ',')
			}
			b = rows.AppendJSON(b, i)
		}
		b = append(b, ')')
	}
	err := rows.Err()
	return string(b), errors.Join(err, rows.Close())
}

// fails runs a statement that must fail and returns its fault.
func (w *world) fails(s db.Session, sql string, args ...any) *fault.Error {
	w.t.Helper()
	_, err := w.d.Write(context.Background(), s, func(tx *db.Tx) error {
		_, err := tx.Exec(context.Background(), sql, args...)
		return err
	})
	if err == nil {
		w.t.Fatalf("%s succeeded", sql)
	}
	return fault.From(err)
}

type step struct {
	as   db.Session
	sql  string
	want string
}

func (w *world) steps(steps []step) {
	w.t.Helper()
	for _, s := range steps {
		if got := w.run(s.as, s.sql); got != s.want {
			w.t.Errorf("%s: %s\n got %s\nwant %s", s.as.Role, s.sql, got, s.want)
		}
	}
}

const membership = `
create table rooms (id int primary key, name text);
create table members (room_id int not null, user_id uuid not null, primary key (room_id, user_id));
create function is_member(room int) returns boolean language sql stable security definer set search_path = '' as
  $$ select exists (select 1 from public.members m where m.room_id = room and m.user_id = auth.uid()) $$;
alter table members enable row level security;
create policy s on members for select using (is_member(room_id));
create policy i on members for insert with check (is_member(room_id));
create policy u on members for update using (is_member(room_id)) with check (is_member(room_id));
insert into rooms values (1, 'one'), (2, 'two');
`

// Item 1: a row that somebody adds to the membership table can't vouch for itself.
func TestAStrangerCannotVouchForHimself(t *testing.T) {
	t.Parallel()
	w := open(t, membership+fmt.Sprintf("insert into members values (1, '%s');", uid(1)))
	me, other := user(2), user(1)
	w.steps([]step{
		{me, fmt.Sprintf("insert into members values (1, '%s')", uid(2)), "ERR 42501"},
		{me, fmt.Sprintf("insert into members values (1, '%s'), (1, '%s')", uid(2), uid(3)), "ERR 42501"},
		{me, fmt.Sprintf("insert into members select 1, '%s'", uid(2)), "ERR 42501"},
		{me, fmt.Sprintf("insert into members values (1, '%s') on conflict do nothing", uid(2)), "ERR 42501"},
		{me, fmt.Sprintf("insert into members values (1, '%s') on conflict (room_id, user_id) do update set user_id = excluded.user_id", uid(2)), "ERR 42501"},
		{me, fmt.Sprintf("with x as (insert into members values (1, '%s') returning *) select * from x", uid(2)), "ERR 42501"},
		{me, "select count(*) from members", "(0)"},
		{other, fmt.Sprintf("insert into members values (1, '%s') returning room_id", uid(3)), "(1)"},
		{other, fmt.Sprintf("insert into members values (2, '%s')", uid(1)), "ERR 42501"},
		{other, "update members set room_id = 2", "ERR 42501"},
		{db.Owner, "select count(*) from members", "(2)"},
	})
}

// Item 1: the order of a write, seen by what each stage leaves behind.
func TestTheOrderOfAWrite(t *testing.T) {
	t.Parallel()
	w := open(t, `
create table log (n bigint generated always as identity, what text);
create table items (id int primary key, a int not null, twice int generated always as (a * 2) stored, note text,
  constraint positive check (a > 0));
alter table items enable row level security;
create policy p on items for all using (true) with check (twice < 100 and note = 'set by trigger');
grant all on log to public;
create function b() returns trigger language plpgsql as $$ begin
  new.note := 'set by trigger';
  insert into log (what) values ('before ' || tg_op || ' ' || coalesce(new.twice::text, 'null'));
  return new;
end $$;
create function a() returns trigger language plpgsql as $$ begin
  insert into log (what) values (tg_name || ' ' || (select count(*) from items));
  return null;
end $$;
create trigger one before insert or update on items for each row execute function b();
create trigger z_last after insert on items for each row execute function a();
create trigger a_first after insert on items for each row execute function a();
`)
	me := user(1)
	w.steps([]step{
		{me, "insert into items (id, a) values (1, 5), (2, 6) returning id, twice, note", `(1,10,"set by trigger") (2,12,"set by trigger")`},
		{db.Owner, "select what from log order by n", `("before INSERT null") ("before INSERT null") ("a_first 2") ("z_last 2") ("a_first 2") ("z_last 2")`},
		{me, "insert into items (id, a) values (3, 60)", "ERR 42501"},   // the policy sees the generated column
		{me, "insert into items (id, a) values (3, -60)", "ERR 23514"},  // the policy holds, then the check
		{me, "insert into items (id, a) values (3, null)", "ERR 42501"}, // the policy comes before NOT NULL
		{me, "insert into items (id, a) values (1, 7)", "ERR 23505"},
		{db.Owner, "select count(*) from log", "(6)"}, // what failed left nothing
	})
}

// Item 2: commands × returning × policies.
func TestPoliciesOnWrites(t *testing.T) {
	t.Parallel()
	w := open(t, `
create table notes (id int primary key, owner uuid default auth.uid(), hidden boolean default false, body text);
alter table notes enable row level security;
create policy sel on notes for select using (not hidden);
create policy ins on notes for insert with check (owner = auth.uid());
create policy upd on notes for update using (owner = auth.uid()) with check (owner = auth.uid());
create policy del on notes for delete using (owner = auth.uid());
`)
	me, other := user(1), user(2)
	w.steps([]step{
		{me, "insert into notes (id) values (1)", ""},
		{me, "insert into notes (id, hidden) values (2, true)", ""},                       // not read back: allowed
		{me, "insert into notes (id, hidden) values (3, true) returning id", "ERR 42501"}, // read back: hidden
		{me, "insert into notes (id) values (4) returning id", "(4)"},
		{me, "update notes set body = 'x' where id = 1 returning id", "(1)"},
		{me, "update notes set hidden = true where id = 1", "ERR 42501"}, // would become invisible
		{me, "update notes set body = 'all'", ""},                        // reads nothing
		{me, fmt.Sprintf("update notes set owner = '%s' where id = 1", uid(2)), "ERR 42501"},
		{other, "update notes set body = 'theirs' returning id", ""}, // using: none
		{other, "delete from notes returning id", ""},
		{other, "insert into notes (id) values (1) on conflict (id) do update set body = 'mine'", "ERR 42501"},
		{other, "insert into notes (id) values (1) on conflict (id) do nothing", ""},
		{other, "insert into notes (id) values (1) on conflict do nothing", ""},
		{me, "insert into notes (id, body) values (1, 'again') on conflict (id) do update set body = excluded.body returning body", `("again")`},
		{me, "insert into notes (id, body) values (9, 'a'), (9, 'b') on conflict (id) do update set body = excluded.body", "ERR 21000"},
		{me, "delete from notes where id = 2 returning id", ""}, // the where reads: hidden rows stay
		{me, "delete from notes", ""},
		{db.Owner, "select id from notes order by id", ""}, // a bare delete reads nothing, so row 2 went too
	})
}

// Item 3: an expression that can raise sees permitted rows only.
func TestNothingLeaksThroughErrors(t *testing.T) {
	t.Parallel()
	w := open(t, `
create table secrets (id int primary key, owner uuid, code text unique, n int);
alter table secrets enable row level security;
create policy p on secrets using (owner = auth.uid());
`+fmt.Sprintf("insert into secrets values (1, '%s', '12', 0), (2, '%s', 'not a number', 1);", uid(2), uid(1)))
	me := user(1)
	w.steps([]step{
		{user(3), "select id from secrets where code::int > 0", ""},
		{user(3), "select id from secrets where 1 / n > 0", ""},
		{me, "select id from secrets where code::int > 0", "ERR 22P02"}, // his own row
		{me, "select id from secrets where 10 / n > 0", "(2)"},
		{user(2), "select id from secrets where code::int > 0", "(1)"},
	})
	f := w.fails(me, fmt.Sprintf("insert into secrets values (7, '%s', '12', 0)", uid(1)))
	if f.Code != "23505" || f.Constraint != "secrets_code_key" || f.Detail != "" {
		t.Errorf("duplicate under policies = %q detail %q constraint %q, want no key values", f.Code, f.Detail, f.Constraint)
	}
	f = w.fails(db.Owner, "insert into secrets values (7, null, '12', 0)")
	if want := "Key (code)=(12) already exists."; f.Detail != want {
		t.Errorf("duplicate for the owner: detail %q, want %q", f.Detail, want)
	}
}

// Item 4: policies apply inside policies and views; definer functions are their owner.
func TestPoliciesInsidePolicies(t *testing.T) {
	t.Parallel()
	w := open(t, `
create table teams (id int primary key, owner uuid);
create table docs (id int primary key, team int);
alter table teams enable row level security;
alter table docs enable row level security;
create policy t on teams for select using (owner = auth.uid());
create policy d on docs for select using (exists (select 1 from teams where teams.id = docs.team));
create view open_docs as select * from docs;
create view my_docs with (security_invoker = true) as select * from docs;
create function all_docs() returns setof docs language sql stable security definer as $$ select * from docs $$;
create function some_docs() returns setof docs language sql stable as $$ select * from docs $$;
create table loop_a (id int primary key);
create table loop_b (id int primary key);
alter table loop_a enable row level security;
alter table loop_b enable row level security;
create policy a on loop_a using (id in (select id from loop_b));
create policy b on loop_b using (id in (select id from loop_a));
`+fmt.Sprintf("insert into teams values (1, '%s'), (2, '%s'); insert into docs values (10, 1), (20, 2);", uid(1), uid(2)))
	w.steps([]step{
		{user(1), "select id from docs", "(10)"},
		{user(2), "select id from docs", "(20)"},
		{user(3), "select id from docs", ""},
		{user(1), "select id from my_docs", "(10)"},
		{user(3), "select id from open_docs order by id", "(10) (20)"},
		{user(3), "select id from all_docs() order by id", "(10) (20)"},
		{user(1), "select id from some_docs()", "(10)"},
		{user(1), "select id from loop_a", "ERR 42P17"},
		{db.Owner, "select id from loop_a", ""},
	})
}

// Item 5: an unresolved deferred key fails its own request alone.
func TestDeferredKeysFailTheirOwnRequest(t *testing.T) {
	t.Parallel()
	w := open(t, `
create table parents (id int primary key);
create table children (id int primary key, parent int references parents deferrable initially deferred);
create table strict (id int primary key, parent int references parents);
`)
	ctx := context.Background()
	_, err := w.d.Write(ctx, db.Owner, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "insert into children values (1, 7)"); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "insert into parents values (7)")
		return err
	})
	if err != nil {
		t.Errorf("a deferred key that is resolved before the end: %v", err)
	}
	f := w.fails(db.Owner, "insert into children values (2, 8)")
	if f.Code != "23503" || f.Constraint != "children_parent_fkey" {
		t.Errorf("deferred key = %v, constraint %q", f, f.Constraint)
	}
	f = w.fails(db.Owner, "insert into strict values (2, 8)")
	if want := `insert or update on table "strict" violates foreign key constraint "strict_parent_fkey"`; f.Message != want || f.Detail != `Key (parent)=(8) is not present in table "parents".` {
		t.Errorf("immediate key = %q, %q", f.Message, f.Detail)
	}
	f = w.fails(db.Owner, "delete from parents")
	if want := `update or delete on table "parents" violates foreign key constraint "children_parent_fkey" on table "children"`; f.Message != want && f.Code != "23503" {
		t.Errorf("parent's key = %q", f.Message)
	}
	w.steps([]step{{db.Owner, "select id from children", "(1)"}, {db.Owner, "select id from parents", "(7)"}})
}

// Item 6: a table that is rebuilt keeps its rows, and those that hang on it.
func TestARebuiltTableKeepsItsChildren(t *testing.T) {
	t.Parallel()
	w := open(t, `
create table parents (id bigint generated always as identity primary key, name text, age text);
create table children (id int primary key, parent bigint not null references parents on delete cascade);
insert into parents (name, age) values ('a', '1'), ('b', '2');
insert into children values (1, 1), (2, 2), (3, 2);
`)
	w.script(`
create table owners (id int primary key);
insert into owners values (1);
alter table parents add column owner int;
alter table parents add constraint parents_owner_fkey foreign key (owner) references owners (id);
alter table parents alter column age type int using age::int;
alter table parents add constraint parents_name_key unique (name);
`)
	w.steps([]step{
		{db.Owner, "select id, name, age, owner from parents order by id", `(1,"a",1,null) (2,"b",2,null)`},
		{db.Owner, "select id, parent from children order by id", "(1,1) (2,2) (3,2)"},
		{db.Owner, "insert into parents (name, owner) values ('c', 5)", "ERR 23503"},
		{db.Owner, "insert into parents (name, owner) values ('c', 1) returning id", "(3)"},
		{db.Owner, "insert into parents (name) values ('c')", "ERR 23505"},
		{db.Owner, "delete from parents where id = 2", ""},
		{db.Owner, "select id from children", "(1)"},
	})
}

// Item 8: cascades bypass policies, and their changes are logged.
func TestCascadesAreLogged(t *testing.T) {
	t.Parallel()
	w := open(t, `
create table parents (id int primary key, owner uuid);
create table children (id int primary key, parent int references parents on delete cascade);
alter table parents enable row level security;
alter table children enable row level security;
create policy p on parents using (owner = auth.uid());
`+fmt.Sprintf("insert into parents values (1, '%s'); insert into children values (10, 1), (11, 1);", uid(1)))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	from, err := w.d.Position(ctx)
	if err != nil {
		t.Fatal(err)
	}
	w.steps([]step{{user(1), "delete from parents where id = 1 returning id", "(1)"}, {db.Owner, "select count(*) from children", "(0)"}})
	var seen []string
	for c, err := range w.d.Changes(ctx, from) {
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, fmt.Sprintf("%d %s", c.Op, c.Table.Name))
		if c.Last {
			break
		}
	}
	got := strings.Join(seen, ", ")
	if strings.Count(got, "3 children") != 2 || strings.Count(got, "3 parents") != 1 {
		t.Errorf("changes = %s, want the parent and both children", got)
	}
}
