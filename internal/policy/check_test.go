package policy_test

import (
	"testing"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/ddl"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/policy"
	"github.com/plinth-dev/plinth/internal/value"
)

func apply(t *testing.T, schema string) *catalog.Catalog {
	t.Helper()
	cat := catalog.New()
	s := &catalog.Session{Role: "postgres", SearchPath: []string{"public"}}
	for loc, err := range pgsql.Script(schema) {
		if err != nil {
			t.Fatal(err)
		}
		if cat, _, err = ddl.Apply(cat, s, loc.Stmt, schema); err != nil {
			t.Fatalf("%s: %v", loc.SQL, err)
		}
	}
	return cat
}

const table = `
create table t (id int primary key, owner text, hidden boolean);
alter table t enable row level security;
create policy sel on t for select using (not hidden);
create policy ins on t for insert with check (owner = 'a');
create policy ins2 on t for insert with check (owner = 'b');
create policy upd on t for update using (owner = 'a') with check (id < 10);
create policy del on t for delete using (owner = 'a');
create policy all_res on t as restrictive using (id > 0) with check (id > -5);
create table n (id int); alter table n enable row level security;
create table f (id int); alter table f enable row level security; alter table f force row level security;
create role boss; alter table f owner to boss;
`

// rel is t's row given from outside.
func rel(t *catalog.Table) *bind.Rel {
	r := &bind.Rel{Kind: bind.RelRow, Alias: t.Name, Table: t}
	for _, c := range t.Columns {
		r.Cols = append(r.Cols, value.Field{Name: c.Name, Type: c.Type})
	}
	return r
}

type row struct {
	id     int64
	owner  string
	hidden bool
}

// first returns the error of the first check that the row fails.
func first(t *testing.T, checks []policy.Check, r *bind.Rel, w row) string {
	t.Helper()
	vals := []value.Value{value.Int(w.id), value.Str(w.owner), value.Truth(w.hidden)}
	ec := &eval.Ctx{Env: &builtin.Env{}, Row: func(*bind.Rel) []value.Value { return vals }}
	for _, c := range checks {
		v, err := eval.Expr(ec, c.X)
		if err != nil {
			t.Fatal(err)
		}
		if !v.True() {
			if fault.CodeOf(c.Violated()) != "42501" {
				t.Errorf("code of %v", c.Violated())
			}
			return fault.From(c.Violated()).Message
		}
	}
	return ""
}

const (
	violated  = `new row violates row-level security policy for table "t"`
	violatedR = `new row violates row-level security policy "all_res" for table "t"`
	usingU    = `new row violates row-level security policy (USING expression) for table "t"`
	usingR    = `new row violates row-level security policy "all_res" (USING expression) for table "t"`
)

// Which policies a command asks, with and without reading the table: the table of
// PostgreSQL's CREATE POLICY page.
func TestChecks(t *testing.T) {
	t.Parallel()
	cat := apply(t, table)
	tab := cat.Schemas["public"].Tables["t"]
	for _, c := range []struct {
		name, cmd     string
		upsert, reads bool
		side          string
		row           row
		want          string
	}{
		{"insert", "insert", false, false, "insert", row{1, "a", true}, ""},
		{"insert, the other permissive policy", "insert", false, false, "insert", row{1, "b", true}, ""},
		{"insert refused", "insert", false, false, "insert", row{1, "c", false}, violated},
		{"insert, restrictive with check", "insert", false, false, "insert", row{-9, "a", false}, violatedR},
		{"insert returning a hidden row", "insert", false, true, "insert", row{1, "a", true}, violated},
		{"insert returning, restrictive using", "insert", false, true, "insert", row{-1, "a", false}, violatedR},
		{"insert returning", "insert", false, true, "insert", row{1, "a", false}, ""},
		{"update", "update", false, false, "update", row{1, "z", true}, ""},
		{"update refused", "update", false, false, "update", row{11, "a", false}, violated},
		{"update that makes a row invisible", "update", false, true, "update", row{1, "a", true}, violated},
		{"upsert onto a row that is not mine", "insert", true, false, "conflict", row{1, "c", false}, usingU},
		{"upsert onto a hidden row", "insert", true, true, "conflict", row{1, "a", true}, usingU},
		{"upsert, restrictive using", "insert", true, false, "conflict", row{-1, "a", false}, usingR},
		{"upsert's new row", "insert", true, false, "update", row{12, "a", false}, violated},
		{"upsert's proposed row", "insert", true, false, "insert", row{1, "c", false}, violated},
	} {
		newRow, existing, scan := rel(tab), rel(tab), rel(tab)
		rules, err := policy.Checks(policy.Config{Bind: &bind.Config{Catalog: cat}, Role: "authenticated"}, policy.Target{
			Table: tab, Command: c.cmd, Upsert: c.upsert, Reads: c.reads, Rel: scan, New: newRow, Existing: existing,
		})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		list, r := rules.Insert, newRow
		switch c.side {
		case "update":
			list = rules.Update
		case "conflict":
			list, r = rules.Conflict, existing
		}
		if got := first(t, list, r, c.row); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// Which rows update and delete may touch.
func TestTargets(t *testing.T) {
	t.Parallel()
	cat := apply(t, table)
	tab := cat.Schemas["public"].Tables["t"]
	for _, c := range []struct {
		cmd   string
		reads bool
		row   row
		want  bool
	}{
		{"update", false, row{1, "a", true}, true},
		{"update", true, row{1, "a", true}, false},
		{"delete", true, row{1, "a", false}, true},
		{"delete", false, row{1, "b", false}, false},
		{"delete", false, row{0, "a", false}, false},
	} {
		scan := rel(tab)
		rules, err := policy.Checks(policy.Config{Bind: &bind.Config{Catalog: cat}, Role: "anon"}, policy.Target{
			Table: tab, Command: c.cmd, Reads: c.reads, Rel: scan, New: rel(tab),
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := first(t, []policy.Check{{X: rules.Using}}, scan, c.row) == ""; got != c.want {
			t.Errorf("%s %v of %v: %v", c.cmd, c.reads, c.row, got)
		}
	}
}

// Who is not concerned, and what a table without policies shows.
func TestBypass(t *testing.T) {
	t.Parallel()
	cat := apply(t, table)
	for _, c := range []struct {
		role, table string
		want        bool
	}{
		{"postgres", "t", true}, {"service_role", "t", true}, {"anon", "t", false}, {"authenticated", "n", false},
		{"boss", "f", false}, {"boss", "t", false},
	} {
		if got := policy.Bypasses(cat, c.role, cat.Schemas["public"].Tables[c.table]); got != c.want {
			t.Errorf("Bypasses(%s, %s) = %v", c.role, c.table, got)
		}
	}
	n := cat.Schemas["public"].Tables["n"]
	rules, err := policy.Checks(policy.Config{Bind: &bind.Config{Catalog: cat}, Role: "anon"},
		policy.Target{Table: n, Command: "insert", New: rel(n)})
	if err != nil || len(rules.Insert) != 1 {
		t.Fatalf("%v %v", rules, err)
	}
	if c, ok := rules.Insert[0].X.(*bind.Const); !ok || c.Val.True() {
		t.Errorf("a table without policies takes rows: %v", rules.Insert[0])
	}
}
