package postgres

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/ddl"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// The catalogue read from the server says of a portable schema what the catalogue says
// that its statements make.
func TestCatalogOfAPortableSchema(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"../../rest/testdata/schema.sql", "../../rest/sqlgen/testdata/schema.sql", "testdata/schema.sql"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			d := open(t, Config{})
			script(t, d, string(text))
			want, got := describeAll(applied(t, string(text))), describeAll(d.Catalog())
			for _, name := range slices.Sorted(maps.Keys(want)) {
				if got[name] != want[name] {
					t.Errorf("%s\n got %s\nwant %s", name, got[name], want[name])
				}
			}
		})
	}
}

func applied(t *testing.T, text string) *catalog.Catalog {
	t.Helper()
	cat := catalog.New()
	s := catalog.Session{Role: "postgres", SearchPath: []string{"public", "extensions"}}
	for loc, err := range pgsql.Script(text) {
		if err != nil {
			t.Fatal(err)
		}
		if !ddl.IsDDL(loc.Stmt) {
			continue
		}
		if cat, _, err = ddl.Apply(cat, &s, loc.Stmt, loc.SQL); err != nil {
			t.Fatalf("%s: %v", loc.SQL, err)
		}
	}
	return cat
}

// describeAll says what a catalogue has in schemas that are a project's own.
func describeAll(c *catalog.Catalog) map[string]string {
	out := map[string]string{}
	for name, s := range c.Schemas {
		if slices.Contains([]string{"extensions", "auth", "storage", "realtime", "plinth", "supabase_migrations"}, name) {
			continue
		}
		for _, t := range s.Tables {
			describeTable(out, t)
		}
		for n, list := range s.Funcs {
			for _, f := range list {
				out["function "+name+"."+n+" "+types(f.InArgs())] = fmt.Sprintf("%s returns %s setof %v cols %s %s definer %v strict %v procedure %v",
					args(f.Args), f.Returns, f.SetOf, fields(f.OutCols), f.Volatility, f.Definer, f.Strict, f.Procedure)
			}
		}
		for n, u := range s.Types {
			out["type "+name+"."+n] = fmt.Sprintf("%d %v %s %s", u.Type.Kind, u.Type.Labels, fields(u.Type.Fields), base(u.Type))
		}
		for n, q := range s.Sequences {
			out["sequence "+name+"."+n] = fmt.Sprint(q.Start, q.Increment, q.Min, q.Max, q.Cycle, q.OwnedBy)
		}
	}
	for n, p := range c.Publications {
		out["publication "+n] = fmt.Sprint(p.AllTables, p.Tables)
	}
	return out
}

func base(t *value.Type) string {
	if t.Kind != value.Domain {
		return ""
	}
	return t.Elem.String()
}

func describeTable(out map[string]string, t *catalog.Table) {
	name := t.Schema + "." + t.Name
	out["table "+name] = fmt.Sprint(t.Kind, t.RLS, t.ForceRLS, t.Comment, t.Identity, t.Writes("insert"), t.Writes("update"), t.Writes("delete"))
	for i, c := range t.Columns {
		if t.Kind != catalog.Base { // without a binder the other catalogue does not know its type
			out[fmt.Sprintf("column %s.%s", name, c.Name)] = fmt.Sprint(i)
			continue
		}
		out[fmt.Sprintf("column %s.%s", name, c.Name)] = fmt.Sprintf("%d %s kind %d not null %v default %v generated %v identity %q sequence %v comment %q",
			i, c.Type, c.Type.Kind, c.NotNull, c.Default != nil, c.Generated != nil, c.Identity, c.Sequence != nil, c.Comment)
	}
	for _, k := range t.Keys {
		out["key "+name+"."+k.Name] = fmt.Sprint(k.Primary, k.Cols, k.NullsNotDistinct, k.Deferrable)
	}
	for _, f := range t.Foreign {
		out["foreign "+name+"."+f.Name] = fmt.Sprint(f.Cols, f.RefSchema, f.RefTable, f.RefCols, f.OnDelete, f.OnUpdate, f.Deferrable, f.InitiallyDeferred)
	}
	for _, c := range t.Checks {
		out["check "+name+"."+c.Name] = "yes"
	}
	for _, x := range t.Indexes {
		out["index "+name+"."+x.Name] = fmt.Sprint(x.Unique, x.Method, len(x.Items), x.Where != nil)
	}
	for _, p := range t.Policies {
		out["policy "+name+"."+p.Name] = fmt.Sprint(p.Permissive, p.Command, p.Roles, p.Using != nil, p.Check != nil)
	}
	for _, tr := range t.Triggers {
		events := slices.Clone(tr.Events)
		sort.Strings(events)
		out["trigger "+name+"."+tr.Name] = fmt.Sprint(tr.Timing, events, tr.ForEachRow, tr.Func)
	}
	for _, role := range []string{"anon", "authenticated", "service_role"} {
		c := &catalog.Catalog{Roles: map[string]*catalog.Role{}}
		var held []string
		for _, p := range []string{"select", "insert", "update", "delete"} {
			if c.HasPrivilege(role, t, p, "") {
				held = append(held, p)
			}
		}
		out["grants "+name+" "+role] = strings.Join(held, " ")
	}
}

func types(list []catalog.Arg) string {
	var b strings.Builder
	for _, a := range list {
		b.WriteString(a.Type.String() + ",")
	}
	return b.String()
}

func args(list []catalog.Arg) string {
	var b strings.Builder
	for _, a := range list {
		fmt.Fprintf(&b, "%s %s %s %v,", a.Mode, a.Name, a.Type, a.Default != nil)
	}
	return b.String()
}

func fields(list []value.Field) string {
	var b strings.Builder
	for _, f := range list {
		b.WriteString(f.Name + " " + f.Type.String() + ",")
	}
	return b.String()
}
