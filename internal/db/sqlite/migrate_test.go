package sqlite

import (
	"context"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

func TestAlterTableKeepsAndConvertsRows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, setup, sql, query, want string }{
		{"a default fills existing rows", `create table t (id int primary key); insert into t values (1), (2)`,
			`alter table t add column n int not null default 2 + 3`, `select id, n from t order by id`, `1 5 2 5`},
		{"a volatile default differs by row", `create table t (id int primary key); insert into t values (1), (2)`,
			`alter table t add column u uuid default gen_random_uuid()`, `select count(distinct u), count(u) from t`, `2 2`},
		{"an identity numbers existing rows", `create table t (s text); insert into t values ('a'), ('b')`,
			`alter table t add column id bigint generated always as identity; insert into t (s) values ('c')`,
			`select s, id from t order by id`, `"a" 1 "b" 2 "c" 3`},
		{"a serial key numbers existing rows", `create table t (s text); insert into t values ('a'), ('b')`,
			`alter table t add column id serial primary key; insert into t (s) values ('c')`,
			`select s, id from t order by id`, `"a" 1 "b" 2 "c" 3`},
		{"a generated column is computed", `create table t (a int, b int); insert into t values (1, 2), (3, null)`,
			`alter table t add column c int generated always as (a + b) stored`, `select c from t order by a`, `3 null`},
		{"a type changes by its assignment cast", `create table t (id int primary key, n int); insert into t values (1, 7), (2, null)`,
			`alter table t alter column n type text`, `select n from t order by id`, `"7" null`},
		{"a type changes by USING", `create table t (id int primary key, s text, k int); insert into t values (1, '7', 1), (2, 'x', 2)`,
			`alter table t alter column s type bigint using case when s ~ '^\d+$' then s::bigint * 10 + k end`, `select s from t order by id`, `71 null`},
		{"a key's type changes under its children", `create table p (id int primary key); create table c (p int references p (id) on delete cascade);
			insert into p values (1), (2); insert into c values (1), (2), (2)`,
			`alter table c drop constraint c_p_fkey; alter table p alter column id type text; alter table c alter column p type text;
			alter table c add constraint c_p_fkey foreign key (p) references p (id) on delete cascade; `,
			`select count(*) from c join p on p.id = c.p`, `3`},
		{"columns are dropped, renamed and added at once", `create table t (a int, b text, c bool); insert into t values (1, 'x', true)`,
			`alter table t drop column a; alter table t rename column b to a; alter table t add column b int default 9`,
			`select a, b, c from t`, `"x" 9 true`},
		{"an enum grows", `create type e as enum ('a', 'c'); create table t (e e); insert into t values ('c')`,
			`alter type e add value 'b' before 'c'`, `select e from t where e > 'b'`, `"c"`},
		{"a table moves to another schema", `create schema s; create table t (id int primary key); create table c (t int references t (id)); insert into t values (1); insert into c values (1)`,
			`alter table t set schema s; alter table s.t rename to tt`, `select id, c.t from s.tt join c on c.t = tt.id`, `1 1`},
		{"a materialized view is computed and refreshed", `create table t (id int primary key); insert into t values (1); create materialized view m as select id * 2 as d from t`,
			`insert into t values (2); refresh materialized view m`, `select d from m order by d`, `2 4`},
		{"truncate restarts identities and cascades", `create table t (id int generated always as identity primary key, s text); create table c (t int references t (id));
			insert into t (s) values ('a'), ('b'); insert into c values (2)`,
			`truncate t restart identity cascade; insert into t (s) values ('n')`, `select id, s, (select count(*) from c) from t`, `1 "n" 0`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			d, base := openDir(t, dir)
			script(t, base, c.setup)
			script(t, base, c.sql)
			if got := all(t, base, c.query); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			_, base = openDir(t, dir)
			if got := all(t, base, c.query); got != c.want {
				t.Errorf("after a restart: got %s, want %s", got, c.want)
			}
		})
	}
}

func TestMigrationsThatRowsForbid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ setup, sql, code, msg string }{
		{`create table t (a int); insert into t values (1), (null)`, `alter table t alter column a set not null`,
			"23502", `column "a" of relation "t" contains null values`},
		{`create table t (a int); insert into t values (1), (-1)`, `alter table t add constraint pos check (a > 0)`,
			"23514", `check constraint "pos" of relation "t" is violated by some row`},
		{`create table t (a int); insert into t values (1), (1)`, `alter table t add constraint one unique (a)`,
			"23505", `could not create unique index "one"`},
		{`create table t (a int); insert into t values (1), (1)`, `alter table t add primary key (a)`,
			"23505", `could not create unique index "t_pkey"`},
		{`create table p (id int primary key); create table t (a int); insert into t values (1)`, `alter table t add constraint fk foreign key (a) references p (id)`,
			"23503", `insert or update on table "t" violates foreign key constraint "fk"`},
		{`create table t (a text); insert into t values ('x')`, `alter table t alter column a type int using a::int`,
			"22P02", `invalid input syntax for type integer: "x"`},
		{`create table t (a text); insert into t values ('1')`, `alter table t alter column a type int`,
			"42804", `column "a" cannot be cast automatically to type integer`},
		{`create table t (a int); insert into t values (1)`, `alter table t add column b int not null`,
			"23502", `column "b" of relation "t" contains null values`},
		{`create table t (a int)`, `alter table t alter column b type text`, "42703", `column "b" of relation "t" does not exist`},
	} {
		t.Run(c.sql, func(t *testing.T) {
			t.Parallel()
			_, base := openDir(t, t.TempDir())
			script(t, base, c.setup)
			before := all(t, base, `select * from t`)
			_, err := base.Script(context.Background(), db.Script{File: "m.sql", SQL: "\n" + c.sql})
			f := fault.From(err)
			if f == nil || f.Code != c.code || f.Message != c.msg {
				t.Fatalf("got %s, want %s: %s", describe(err), c.code, c.msg)
			}
			if !strings.Contains(f.Detail, "m.sql:2:") {
				t.Errorf("detail %q does not name the place", f.Detail)
			}
			if got := all(t, base, `select * from t`); got != before {
				t.Errorf("rows are %s, were %s", got, before)
			}
			exec1(t, base, `insert into t values (default)`)
		})
	}
}
