package ddl_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/ddl"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

func TestPrivilegesAreThoseOfPostgres(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/privileges.sql")
	if err != nil {
		t.Fatal(err)
	}
	script, want, _ := strings.Cut(string(data), "=== privileges\n")
	c, s := catalog.New(), session()
	for loc, err := range pgsql.Script(script) {
		if err != nil {
			t.Fatal(err)
		}
		if set, ok := loc.Stmt.(*pgsql.Set); ok {
			if s.Role = set.Val; set.Reset {
				s.Role = "postgres"
			}
			continue
		}
		if c, _, err = ddl.Apply(c, s, loc.Stmt, loc.SQL); err != nil {
			t.Fatalf("%s: %v", loc.SQL, err)
		}
	}
	got := held(c)
	for _, l := range strings.Fields(strings.ReplaceAll(strings.ReplaceAll(want, " ", "_"), "(int)", "()")) {
		l = strings.ReplaceAll(l, "_", " ")
		if !slices.Contains(got, l) {
			t.Errorf("missing: %s", l)
		}
		got = slices.DeleteFunc(got, func(g string) bool { return g == l })
	}
	for _, l := range got {
		t.Errorf("too much: %s", l)
	}
}

func held(c *catalog.Catalog) []string {
	var out []string
	sc := c.Schemas["s"]
	for _, role := range []string{"r1", "r2", "r3", "own", "postgres"} {
		for _, t := range sc.Tables {
			for _, p := range []string{"select", "insert", "update", "delete", "truncate"} {
				if c.HasPrivilege(role, t, p, "") {
					out = append(out, "table "+role+" "+t.Name+" "+p)
				}
			}
			for _, col := range t.Columns {
				for _, p := range []string{"select", "insert", "update"} {
					if role[0] == 'r' && c.HasPrivilege(role, t, p, col.Name) {
						out = append(out, "column "+role+" "+t.Name+"."+col.Name+" "+p)
					}
				}
			}
		}
		if role == "postgres" {
			continue
		}
		for _, fs := range sc.Funcs {
			if c.CanExecute(role, fs[0]) {
				out = append(out, "execute "+role+" "+fs[0].Name+"()")
			}
		}
		if c.CanUseSchema(role, "s") {
			out = append(out, "usage "+role)
		}
	}
	return out
}
