package schema_test

import (
	"slices"
	"testing"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/ddl"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// diff applies the statements and returns the steps of the last one, not carried out.
func diff(t *testing.T, print schema.Printer, src string) ([]schema.Step, error) {
	t.Helper()
	stmts, err := pgsql.Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	c := catalog.New()
	s := &catalog.Session{Role: "postgres", SearchPath: []string{"public"}}
	var steps []schema.Step
	for _, st := range stmts {
		next, _, err := ddl.Apply(c, s, st, src)
		if err != nil {
			t.Fatal(err)
		}
		if steps, err = schema.Diff(c, next, print); err != nil {
			return nil, err
		}
		c = next
	}
	return steps, nil
}

func sqlOf(steps []schema.Step) []string {
	var out []string
	for _, s := range steps {
		if s.SQL != "" {
			out = append(out, s.SQL)
		}
	}
	return out
}

func TestNewColumnsAskForTheirValues(t *testing.T) {
	t.Parallel()
	cases := []struct {
		column          string
		backfill, probe bool
	}{
		{"x int", false, false},
		{"x int default 3", true, false},
		{"x int not null", true, true},
		{"x serial", true, true},
		{"x int generated always as (id + 1) stored", true, false},
		{"x int references t(id)", false, true},
	}
	for _, c := range cases {
		steps, err := diff(t, nil, "create table t (id int primary key); alter table t add column "+c.column)
		if err != nil {
			t.Fatal(err)
		}
		backfill := slices.ContainsFunc(steps, func(s schema.Step) bool { return s.Backfill != 0 })
		probe := slices.ContainsFunc(steps, func(s schema.Step) bool { return s.Probe != "" })
		if backfill != c.backfill || probe != c.probe || schema.Rebuilds(steps) {
			t.Errorf("%s: backfill %v, probe %v, rebuild %v", c.column, backfill, probe, schema.Rebuilds(steps))
		}
	}
}

func TestTypeChanges(t *testing.T) {
	t.Parallel()
	cases := []struct {
		from, to      string
		rebuild, same bool
	}{
		{"int", "bigint", false, true},
		{"bigint", "int", false, false},
		{"varchar(10)", "varchar(20)", false, true},
		{"varchar(20)", "varchar(10)", false, false},
		{"varchar(20)", "text", false, true},
		{"int", "text", true, false},
		{"int", "numeric", true, false},
		{"timestamptz", "timestamp", false, false},
		{"numeric", "numeric(10,2)", false, false},
		{"text", "citext", true, false},
	}
	for _, c := range cases {
		steps, err := diff(t, nil, "create table t (id int primary key, x "+c.from+"); alter table t alter x type "+c.to+" using x::"+c.to)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(steps, func(s schema.Step) bool { return s.Convert != nil })
		if i < 0 {
			t.Errorf("%s to %s: no conversion", c.from, c.to)
			continue
		}
		cv := steps[i].Convert
		if schema.Rebuilds(steps) != c.rebuild || cv.Same != c.same || (cv.From == cv.To) == c.rebuild {
			t.Errorf("%s to %s: rebuild %v, same %v, %s to %s", c.from, c.to, schema.Rebuilds(steps), cv.Same, cv.From, cv.To)
		}
	}
}

func TestConversionSeesBothTables(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.ddl("create table t (k text primary key, x int); create table c (t text references t(k))")
	b.exec(`insert into "public.t" values ('a', 7), ('b', 8)`)
	b.exec(`insert into "public.c" values ('a')`)
	src := "alter table t alter x type text"
	stmts, _ := pgsql.Parse(src)
	next, _, err := ddl.Apply(b.cat, b.ses, stmts[0], src)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := schema.Diff(b.cat, next, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range steps {
		if s.Convert != nil {
			steps[i].SQL = `update "` + s.Convert.To + `" set x = (select 'n' || o.x from "` + s.Convert.From + `" o where o.rowid = "` + s.Convert.To + `".rowid)`
		}
	}
	b.cat = next
	b.run(steps)
	b.want(`select k, x, typeof(x) from "public.t" order by 1`, "a|n7|text b|n8|text")
	b.fails(`insert into "public.c" values ('z')`, "FOREIGN KEY")
	b.matches()
}

func TestNullsNotDistinct(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.ddl("create table t (a int, b bytea, m citext, unique nulls not distinct (a, b, m))")
	b.exec(`insert into "public.t" values (null, null, null), (1, x'', 'a'), (1, null, 'a')`)
	b.fails(`insert into "public.t" values (null, null, null)`, "UNIQUE")
	b.fails(`insert into "public.t" values (1, null, 'A')`, "UNIQUE")
	b.exec(`insert into "public.t" values (0, null, null), (null, x'30', '')`)
}

// What a key does is not in the file, whose keys only count; another action costs nothing.
func TestForeignKeyActionsAreNotSQLites(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.ddl(`create table p (id int primary key);
create table c (id int primary key, a int default random() references p on delete set default, b int references p on delete cascade)`)
	b.exec(`insert into "public.p" values (1), (2)`)
	b.exec(`insert into "public.c" values (1, 1, 2)`)
	b.fails(`delete from "public.p" where id = 2`, "FOREIGN KEY")
	steps, err := diff(t, nil, `create table p (id int primary key); create table c (id int primary key, b int references p on delete cascade);
		alter table c drop constraint c_b_fkey, add constraint c_b_fkey foreign key (b) references p on delete set null`)
	if err != nil || schema.Rebuilds(steps) {
		t.Errorf("%v %v", steps, err)
	}
}

func TestWithoutActions(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`references "p" ("id") on delete cascade on update set null deferrable initially deferred`: `references "p" ("id") deferrable initially deferred`,
		`"a on delete cascade" INTEGER default ' on update cascade'`:                               `"a on delete cascade" INTEGER default ' on update cascade'`,
		`"a"" on delete cascade" TEXT, x on delete set default`:                                    `"a"" on delete cascade" TEXT, x`,
		`no "end on delete cascade`:                                                                `no "end`,
	} {
		if got := schema.WithoutActions(in); got != want {
			t.Errorf("WithoutActions(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestDeferrableKeysHaveOrdinaryIndexes(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.ddl(`create table t (id int primary key, pos int unique deferrable, n int)`)
	b.exec(`insert into "public.t" values (1, 1, 1), (2, 1, 1)`)
	steps, err := diff(t, nil, `create table t (n int); alter table t add constraint u unique (n) deferrable initially deferred`)
	if err != nil || len(steps) == 0 || steps[len(steps)-1].Probe == "" {
		t.Errorf("%v %v", steps, err)
	}
}

func TestExpressionIndexesNeedAPrinter(t *testing.T) {
	t.Parallel()
	steps, err := diff(t, nil, "create table t (a text); create index on t (lower(a))")
	if err != nil || len(sqlOf(steps)) != 0 || steps[0].Notice == nil {
		t.Errorf("%v %v", steps, err)
	}
	if _, err = diff(t, nil, "create table t (a text); create unique index on t (lower(a))"); fault.CodeOf(err) != "0A000" {
		t.Errorf("a unique one: %v", err)
	}
	steps, err = diff(t, nil, "create table t (a text[]); create index on t using gin (a)")
	if err != nil || len(steps) != 0 {
		t.Errorf("gin: %v %v", steps, err)
	}
}

func TestSequencesKeepTheirState(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.ddl("create sequence s start 5; create table t (id serial, n bigint generated always as identity (start with 10))")
	b.want(`select name, last, called from _sequences order by 1`, "public.s|5|0 public.t_id_seq|1|0 public.t_n_seq|10|0")
	b.exec(`update _sequences set last = 9, called = 1`)
	b.ddl("alter sequence s rename to z; create schema app; alter table t set schema app")
	b.want(`select name, last, called from _sequences order by 1`, "app.t_id_seq|9|1 app.t_n_seq|9|1 public.z|9|1")
	b.ddl("alter sequence z restart with 3; alter table app.t drop column id")
	b.want(`select name, last, called from _sequences order by 1`, "app.t_n_seq|9|1 public.z|3|0")
	b.ddl("alter table app.t alter n restart")
	b.want(`select name, last, called from _sequences order by 1`, "app.t_n_seq|10|0 public.z|3|0")
}

func TestEnumLabelsAreRenamedInTheRows(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.ddl("create type mood as enum ('a', 'b', 'it''s'); create table t (m mood, ms mood[], unique (m))")
	b.exec(`insert into "public.t" values ('a', '["a","b",null]'), ('b', '[]'), (null, null)`)
	b.ddl("alter type mood rename value 'a' to 'x''y'")
	b.want(`select m, ms from "public.t" order by rowid`, `x'y|["x'y","b",null] b|[] <nil>|<nil>`)
	b.ddl("alter type mood add value 'c' before 'b'")
	b.want(`select m from "public.t" order by rowid`, `x'y b <nil>`)
}

func TestAffinities(t *testing.T) {
	t.Parallel()
	for typ, want := range map[*value.Type]string{
		value.TBool: "INTEGER", value.TInt8: "INTEGER", value.TTimestamptz: "INTEGER", value.TDate: "INTEGER", value.TTime: "INTEGER",
		value.TFloat4: "REAL", value.TNumeric: "TEXT", value.TUUID: "TEXT", value.TJSONB: "TEXT", value.TBytea: "BLOB",
		value.TInterval: "TEXT", value.TTimetz: "TEXT", value.ArrayOf(value.TInt4): "TEXT",
		{Kind: value.Domain, Elem: value.TFloat8}: "REAL",
	} {
		if got := schema.Affinity(typ); got != want {
			t.Errorf("Affinity(%s) = %s, want %s", typ, got, want)
		}
	}
}

func TestARebuiltParentKeepsItsChildren(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.ddl(`create table a (id uuid primary key, boss uuid references a on delete cascade, n int);
create table b (id int primary key, a uuid references a on delete cascade);
create table c (b int references b on delete cascade on update cascade, x text)`)
	b.exec(`insert into "public.a" values ('a1', null, 1), ('a2', 'a1', 2)`)
	b.exec(`insert into "public.b" values (1, 'a1'), (2, 'a2')`)
	b.exec(`insert into "public.c" values (1, 'x'), (2, 'y'), (2, 'z')`)
	for _, src := range []string{
		"alter table a drop constraint a_boss_fkey",
		"alter table a add constraint boss foreign key (boss) references a on delete set null",
		"alter table b drop constraint b_a_fkey; alter table b add foreign key (a) references a on delete cascade",
		"alter table a drop column boss",
		"alter table a rename to aa; alter table aa rename column id to key",
	} {
		b.ddl(src)
		b.want(`select count(*) from "public.b"`, "2")
		b.want(`select count(*) from "public.c"`, "3")
		b.matches()
	}
	b.fails(`delete from "public.aa" where key = 'a2'`, "FOREIGN KEY")
	b.fails(`update "public.b" set id = 9 where id = 1`, "FOREIGN KEY")
}

func TestATextKeyDoesNotBecomeTheRowID(t *testing.T) {
	t.Parallel()
	if _, err := diff(t, nil, "create table t (id text primary key); alter table t alter id type int using id::int"); fault.CodeOf(err) != "0A000" {
		t.Errorf("text to int: %v", err)
	}
	steps, err := diff(t, nil, "create table t (id int primary key); alter table t alter id type text")
	if err != nil || !schema.Rebuilds(steps) {
		t.Errorf("int to text: %v", err)
	}
}
