package pgsql

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/fault"
)

// TestScript reads migrations as people and pg_dump write them; every statement
// must print as SQL that reads the same.
func TestScript(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/migrations.sql")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for loc, err := range Script(string(text)) {
		if err != nil {
			line, col := LineCol(string(text), int(loc.Pos)+fault.From(err).Pos-1)
			t.Fatalf("%d:%d: %v", line, col, err)
		}
		n++
		if got := string(text[loc.Pos : int(loc.Pos)+len(loc.SQL)]); got != loc.SQL {
			t.Errorf("SQL = %q, but the script has %q there", loc.SQL, got)
		}
		roundTrip(t, loc.SQL)
	}
	if n < 160 {
		t.Errorf("read %d statements", n)
	}
}

func roundTrip(t *testing.T, in string) {
	t.Helper()
	a, err := ParseOne(in)
	if err != nil {
		t.Errorf("ParseOne(%q): %v", in, err)
		return
	}
	text := Print(a)
	b, err := ParseOne(text)
	if err != nil || !Equal(a, b) {
		t.Errorf("ParseOne(%q) prints %q, which reads differently (%v)", in, text, err)
	}
}

func TestPrintStmt(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"select", "select"},
		{"SELECT a x, b AS \"Y\" FROM t u WHERE c", "select a as x, b as \"Y\" from t as u where c"},
		{"select * from ((select 1) union (select 2)) x", "select * from (select 1 union select 2) as x"},
		{"select * from ((a join b on true) join c on true)", "select * from a join b on true join c on true"},
		{"select * from a join (b join c on x) on y", "select * from a join (b join c on x) on y"},
		{"select * from a join b join c on x on y", "select * from a join (b join c on x) on y"},
		{"select * from a, lateral f(a.x) g", "select * from a, lateral f(a.x) as g"},
		{"select 1 union select 2 intersect select 3", "select 1 union select 2 intersect select 3"},
		{"(select 1 union select 2) intersect select 3", "(select 1 union select 2) intersect select 3"},
		{"select 1 union (select 2 union select 3)", "select 1 union (select 2 union select 3)"},
		{"select 1 union select 2 union all select 3 order by 1", "select 1 union select 2 union all select 3 order by 1"},
		{"(select 1 order by 1) limit 2", "select 1 order by 1 limit 2"},
		{"select 1 offset 2 rows fetch first 3 rows only", "select 1 limit 3 offset 2"},
		{"select a from t for update of t nowait for share", "select a from t for update of t nowait for share"},
		{"insert into t (a) (select 1)", "insert into t (a) select 1"},
		{"update t set (a, b) = (select 1, 2)", "update t set (a, b) = (select 1, 2)"},
		{"update t set (a) = (1), b = row(2)", "update t set a = 1, b = row(2)"},
		{"create table t (a int primary key, b varchar(3) unique not null)", "create table t (a int4 primary key, b varchar(3) not null unique)"},
		{"create table t (a bigserial, b int default 1 + 2 check (b > 0))", "create table t (a bigserial, b int4 default 1 + 2 check (b > 0))"},
		{"create table t (a timestamptz default (now() at time zone 'utc'))", "create table t (a timestamptz default timezone('utc', now()))"},
		{"create table t (a bool default (b is null))", "create table t (a bool default (b is null))"},
		{"create table t (a geo not null, exclude using gist (a with &&))", "create table t (a geo not null, exclude using gist (a with &&))"},
		{"alter table t enable row level security, force row level security", "alter table t enable row level security, force row level security"},
		{"alter table t alter a set default 1, alter a drop default", "alter table t alter column a set default 1, alter column a drop default"},
		{"create policy p on t to public, current_user", "create policy p on t for all to public, current_user"},
		{"create index on t (a, lower(b), (c + 1) desc)", "create index on t (a, lower(b), (c + 1) desc)"},
		{"create function f() returns trigger language plpgsql as 'begin return new; end'", "create function f() returns trigger language plpgsql as $$begin return new; end$$"},
		{"create function f() returns text as $a$ $$x$$ $a$ language SQL", "create function f() returns text language sql as $q$ $$x$$ $q$"},
		{"create function f() returns int return 1", "create function f() returns int4 language sql begin atomic select 1; end"},
		{"create function f() returns void language sql set search_path = '' as ''", "create function f() returns void language sql set search_path to '' as $$$$"},
		{"create function f() returns void language sql set search_path to public, \"Ab\" as ''", "create function f() returns void language sql set search_path to public, 'Ab' as $$$$"},
		{"set local x.y = 'it''s', 5, on", "set local x.y to 'it''s', 5, on"},
		{"set session characteristics as transaction read only", "set session characteristics as transaction read only"},
		{"show all", "show all"},
		{"reset role", "reset role"},
		{"drop view if exists a.b restrict", "drop view if exists a.b"},
		{"revoke grant option for select on t from a cascade", "revoke grant option for select on table t from a cascade"},
		{"comment on column a.b.c is 'x'", "comment on column a.b.c is 'x'"},
		{"alter sequence s increment by -1 no maxvalue cycle", "alter sequence s increment -1 no maxvalue cycle"},
	}
	for _, tt := range tests {
		s, err := ParseOne(tt.in)
		if err != nil {
			t.Errorf("ParseOne(%q): %v", tt.in, err)
			continue
		}
		if got := Print(s); got != tt.want {
			t.Errorf("Print(%q) = %q, want %q", tt.in, got, tt.want)
		}
		roundTrip(t, tt.in)
	}
}

// The messages and positions are PostgreSQL 15's, but for hints and 0A000.
func TestErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in, code, message string
		pos               int
	}{
		{"selec 1", "42601", "syntax error at or near \"selec\"", 1},
		{"select 1 +", "42601", "syntax error at end of input", 11},
		{"select 1 2", "42601", "syntax error at or near \"2\"", 10},
		{"select * from", "42601", "syntax error at end of input", 14},
		{"select * from t where", "42601", "syntax error at end of input", 22},
		{"select a < b < c", "42601", "syntax error at or near \"<\"", 14},
		{"select a = b = c", "42601", "syntax error at or near \"=\"", 14},
		{"select a like b like c", "42601", "syntax error at or near \"like\"", 17},
		{"select a between 1 and 2 between 3 and 4", "42601", "syntax error at or near \"between\"", 26},
		{"select a is distinct from b is null", "42601", "syntax error at or near \"is\"", 29},
		{"select array[1][1]", "42601", "syntax error at or near \"[\"", 16},
		{"select now()[1]", "42601", "syntax error at or near \"[\"", 13},
		{"select 'a' 'b'", "42601", "syntax error at or near \"'b'\"", 12},
		{"select 'abc", "42601", "unterminated quoted string at or near \"'abc\"", 8},
		{"select \"abc", "42601", "unterminated quoted identifier at or near \"\"abc\"", 8},
		{"select \"\"", "42601", "zero-length delimited identifier at or near \"\"\"\"", 8},
		{"select $$abc", "42601", "unterminated dollar-quoted string at or near \"$$abc\"", 8},
		{"select 1 /* x", "42601", "unterminated /* comment at or near \"/* x\"", 10},
		{"select 123abc", "42601", "trailing junk after numeric literal at or near \"123abc\"", 8},
		{"select $1a", "42601", "trailing junk after parameter at or near \"$1a\"", 8},
		{"select \x00", "22021", "invalid byte sequence for encoding \"UTF8\": 0x00", 8},
		{"select '\xff'", "22021", "invalid byte sequence for encoding \"UTF8\": 0xff", 9},
		{"select '\xe3('", "22021", "invalid byte sequence for encoding \"UTF8\": 0xe3 0x28 0x27", 9},
		{"select e'\\xff'", "22021", "invalid byte sequence for encoding \"UTF8\": 0xff", 8},
		{"select e'\\u12'", "22025", "invalid Unicode escape", 10},
		{"create table t (a)", "42601", "syntax error at end of input", 19},
		{"create table user (a int)", "42601", "syntax error at or near \"user\"", 14},
		{"create table t (a int,)", "42601", "syntax error at or near \")\"", 23},
		{"create table t (a int auto_increment)", "42601", "syntax error at or near \"auto_increment\"", 23},
		{"create policy if not exists p on t", "42601", "syntax error at or near \"not\"", 18},
		{"create policy p on t as foo", "42601", "unrecognized row security option \"foo\"", 25},
		{"insert into t values (1", "42601", "syntax error at end of input", 24},
		{"select (select 1, 2", "42601", "syntax error at end of input", 20},
		{"select 1; select 2", "42601", "syntax error at or near \"select\"", 11},
		{"", "42601", "syntax error at end of input", 1},
		{"select a.b.c.d.e", "42601", "improper qualified name (too many dotted names): a.b.c.d.e", 8},
		{"select * from a.b.c", "0A000", "cross-database references are not implemented", 15},
		{"copy t from stdin", "0A000", "COPY … FROM stdin is not supported", 1},
		{"merge into t using s on true when matched then delete", "", "", 0},
		{"\\set x", "42601", "syntax error at or near \"\\\"", 1},
		{"select default", "42601", "DEFAULT is not allowed in this context", 8},
		{"select 1 limit 1 limit 2", "42601", "syntax error at or near \"limit\"", 18},
	}
	for _, tt := range tests {
		_, err := ParseOne(tt.in)
		f := fault.From(err)
		switch {
		case tt.code == "" && f != nil:
			t.Errorf("ParseOne(%q) = %v", tt.in, f)
		case tt.code != "" && (f == nil || f.Code != tt.code || f.Message != tt.message || f.Pos != tt.pos):
			t.Errorf("ParseOne(%q) = %+v, want %s: %s at %d", tt.in, f, tt.code, tt.message, tt.pos)
		}
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"parentheses": "select " + strings.Repeat("(", 100000) + "1",
		"not":         "select " + strings.Repeat("not ", 100000) + "true",
		"minus":       "select " + strings.Repeat("- ", 100000) + "1",
		"chain":       "select 1" + strings.Repeat(" + 1", 100000),
		"casts":       "select 1" + strings.Repeat("::int", 100000),
		"fields":      "select (a)" + strings.Repeat(".b", 100000),
		"from":        "select * from " + strings.Repeat("(", 100000),
		"unions":      "select 1" + strings.Repeat(" union select 1", 100000),
		"joins":       "select * from a" + strings.Repeat(" cross join a", 100000),
		"open joins":  "select * from a" + strings.Repeat(" join a", 100000),
		"arrays":      "select array" + strings.Repeat("[", 100000),
		"case":        "select " + strings.Repeat("case when ", 100000),
		"calls":       "select " + strings.Repeat("f(", 100000),
		"queries":     strings.Repeat("(", 100000) + "select",
		"with":        strings.Repeat("with a as (", 100000) + "select",
		"atomic":      strings.Repeat("create function f() returns int begin atomic ", 1000),
	} {
		if _, err := ParseOne(sql); err == nil {
			t.Errorf("%s: no fault", name)
		}
	}
	if _, err := Parse(strings.Repeat(" ", 16<<20+1)); fault.CodeOf(err) != "54000" {
		t.Errorf("a script of 16 MB and one byte: %v", err)
	}
}

func TestScriptPositions(t *testing.T) {
	t.Parallel()
	text := "select 1;\n\n  -- note\n  select a\n  from b c d;\nselect 2"
	var got []string
	for loc, err := range Script(text) {
		if err != nil {
			line, col := LineCol(text, int(loc.Pos)+fault.From(err).Pos-1)
			if line != 5 || col != 12 {
				t.Errorf("fault at %d:%d, want 5:12", line, col)
			}
			return
		}
		got = append(got, loc.SQL)
	}
	t.Errorf("no fault; read %q", got)
}

func TestQuote(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a": "a", "a1_": "a1_", "A": `"A"`, "1a": `"1a"`, "": `""`, "é": `"é"`, "select": `"select"`, "user": `"user"`,
		"name": "name", "left": `"left"`, "values": `"values"`, `a"b`: `"a""b"`, "a b": `"a b"`, "a$": `"a$"`,
	} {
		if got := QuoteIdent(in); got != want {
			t.Errorf("QuoteIdent(%q) = %s, want %s", in, got, want)
		}
	}
	if got := QuoteLiteral(`it's \n`); got != `'it''s \n'` {
		t.Errorf("QuoteLiteral = %s", got)
	}
}

func TestSettingValues(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"public, 'My Schema'": "public|My Schema", "''": "", "-5": "-5"} {
		if got := strings.Join(SettingValues(in), "|"); got != want {
			t.Errorf("SettingValues(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestParseType(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"int": "int4", "double precision": "float8", "timestamp(3) with time zone[]": "timestamptz(3)[]", "setof public.t": "setof public.t",
		"a.b%type": "a.b%type", "t%rowtype": "t%rowtype", "char(3)": "bpchar(3)", "dec": "numeric", "pg_catalog.\"char\"": `"char"`,
		"bit varying(5)": "varbit(5)", "\"Mood\"": `"Mood"`, "national character varying(3)": "varchar(3)", "int[][3]": "int4[][]",
	} {
		got, err := ParseType(in)
		if err != nil || got.String() != want {
			t.Errorf("ParseType(%q) = %s, %v, want %s", in, got, err, want)
		}
	}
}

func TestWalk(t *testing.T) {
	t.Parallel()
	s, err := ParseOne(`with c as (select a1 from t1) select f(a2, case when a3 then a4 end) over (partition by a5)
		from t2 join t3 on a6 = any(select a7 from t4), lateral g(a8) where a9 between a10 and a11
		and a12 in (a13) and exists(select from t5) group by a14 having a15 order by a16 limit (select a17)`)
	if err != nil {
		t.Fatal(err)
	}
	cols, tables := 0, 0
	Walk(s, func(n Node) bool {
		switch n.(type) {
		case *Column:
			cols++
		case *TableRef:
			tables++
		}
		return true
	})
	if cols != 17 || tables != 5 {
		t.Errorf("Walk met %d columns and %d tables, want 17 and 5", cols, tables)
	}
}

func FuzzParse(f *testing.F) {
	scripts, err := filepath.Glob("../../tests/differential/testdata/*/*.sql")
	if err != nil || len(scripts) == 0 {
		f.Fatal("no scripts", err)
	}
	for _, path := range append(scripts, "testdata/migrations.sql") {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for loc, err := range Script(string(text)) {
			if err != nil {
				break // a request among the SQL
			}
			f.Add(loc.SQL)
		}
	}
	f.Fuzz(func(t *testing.T, sql string) {
		list, err := Parse(sql)
		if err != nil {
			return
		}
		for _, s := range list {
			text := Print(s)
			again, err := ParseOne(text)
			if err != nil || !Equal(s, again) {
				t.Fatalf("Parse(%q) prints %q, which reads differently (%v)", sql, text, err)
			}
			Walk(s, func(Node) bool { return true })
		}
	})
}
