package dbtest

import (
	"errors"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

var scripts = []contract{
	{"Script changes the schema and the catalogue", func(f *fixture) {
		f.script(`create table public.more (id int primary key); insert into more values (1), (2);
			alter table more add column name text default 'x'; update more set name = 'y' where id = 2;`)
		f.equal(f.rows(db.Owner, `select id, name from more order by id`), `1,"x";2,"y"`)
		if f.Catalog().Schemas["public"].Tables["more"].Column("name") != 1 {
			f.Error("the catalogue does not have the column")
		}
	}},
	{"A failing script leaves nothing", func(f *fixture) {
		before := f.Catalog()
		_, err := f.Script(f.ctx, db.Script{File: "bad.sql", SQL: "create table t1 (id int);\ninsert into parents (id) values (5);\n" +
			"create table t2 (\n  id nosuchtype);", Version: "20260101000000", Name: "bad"})
		e := fault.From(err)
		if e == nil {
			f.Fatal("it passed")
		}
		f.code(err, "42704")
		if !strings.Contains(e.Detail, "bad.sql:4:6") {
			f.Errorf("detail %q does not say bad.sql:4:6", e.Detail)
		}
		f.equal(f.rows(db.Owner, `select count(*) from parents`), `0`)
		_, err = f.Query(f.ctx, db.Owner, `select * from t1`)
		f.code(err, "42P01")
		if f.Catalog() != before {
			f.Error("the catalogue changed")
		}
		f.script(`create table t1 (id int)`)
	}},
	{"Scripts that follow each other are all in the catalogue behind the last, even a failing one", func(f *fixture) {
		run := func(name string, more bool) error {
			_, err := f.Script(f.ctx, db.Script{File: name, SQL: "create table " + name + " (id int)", More: more})
			return err
		}
		has := func(names ...string) {
			for _, name := range names {
				if f.Catalog().Schemas["public"].Tables[name] == nil {
					f.Errorf("the catalogue does not have %s", name)
				}
			}
		}
		f.ok(errors.Join(run("one", true), run("two", true), run("three", false)))
		has("one", "two", "three")
		f.ok(errors.Join(run("four", true), run("five", true)))
		f.code(run("five", false), "42P07")
		has("four", "five")
	}},
	{"A migration is recorded by its version", func(f *fixture) {
		_, err := f.Script(f.ctx, db.Script{File: "m.sql", SQL: "create table m (id int);\n-- done\ninsert into m values (1);",
			Version: "20260102030405", Name: "make_m"})
		f.ok(err)
		f.equal(f.rows(db.Owner, `select version, name, statements[1] from supabase_migrations.schema_migrations`),
			`"20260102030405","make_m","create table m (id int)"`)
		_, err = f.Script(f.ctx, db.Script{File: "m.sql", SQL: "select 1", Version: "20260102030405", Name: "again"})
		f.code(err, "23505")
	}},
	{"A table with children can be altered with its rows in it", func(f *fixture) {
		f.script(`create table k (id bigint primary key, p bigint references parents (id) on delete cascade)`)
		f.must(`insert into parents (id, name) values (1, '10'), (2, '20')`, `insert into k values (5, 1), (6, 2)`)
		f.script(`alter table parents alter column name type integer using name::integer; alter table parents add constraint name_key unique (name)`)
		f.equal(f.rows(db.Owner, `select name from parents order by id`), `10;20`)
		f.equal(f.rows(db.Owner, `select id from k order by id`), `5;6`)
		f.must(`delete from parents where id = 1`)
		f.equal(f.rows(db.Owner, `select id from k`), `6`)
		f.code(f.write(db.Owner, `insert into k values (7, 77)`), "23503")
	}},
	{"What is outside the subset is refused with its place", func(f *fixture) {
		_, err := f.Script(f.ctx, db.Script{File: "do.sql", SQL: "select 1;\n\n  create table p (id int) partition by range (id);"})
		e := fault.From(err)
		if e == nil {
			f.Fatal("it passed")
		}
		f.code(err, "0A000")
		if !strings.Contains(e.Detail, "do.sql:3:3") || e.Hint == "" {
			f.Errorf("detail %q, hint %q", e.Detail, e.Hint)
		}
	}},
	{"A script's role and search path are its own", func(f *fixture) {
		f.script(`create schema other; set search_path = other; create table q (id int); insert into q values (1);
			reset search_path; create table q (id int);`)
		f.equal(f.rows(db.Owner, `select count(*) from other.q`), `1`)
		f.equal(f.rows(db.Owner, `select count(*) from q`), `0`)
	}},
}
