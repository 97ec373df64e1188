package console

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// system are the schemas that \d leaves out.
var system = []string{"pg_catalog", "information_schema", "plinth", "supabase_migrations", "extensions", "vault"}

func (c *Console) describe(name string) error {
	cat := c.DB.Catalog()
	if name == "" {
		for _, t := range cat.AllTables() {
			if !slices.Contains(system, t.Schema) {
				rls := ""
				if t.RLS {
					rls = fmt.Sprintf(", row-level security with %d policies", len(t.Policies))
				}
				fmt.Fprintf(c.Out, "%s (%s%s)\n", full(t), t.KindName(), rls)
			}
		}
		return nil
	}
	id := pgsql.Ident{Name: name}
	if schema, table, ok := strings.Cut(name, "."); ok {
		id = pgsql.Ident{Schema: schema, Name: table}
	}
	t, ok := cat.Table([]string{"public", "auth", "storage"}, id)
	if !ok {
		return fmt.Errorf("there is no table or view %s", name)
	}
	c.table(t)
	return nil
}

func full(t *catalog.Table) string { return pgsql.Ident{Schema: t.Schema, Name: t.Name}.String() }

func (c *Console) table(t *catalog.Table) {
	fmt.Fprintf(c.Out, "%s %s\n", t.KindName(), full(t))
	for _, col := range t.Columns {
		line := "  " + pgsql.QuoteIdent(col.Name) + " " + col.Type.String()
		if col.NotNull {
			line += " not null"
		}
		switch {
		case col.Generated != nil:
			line += " generated as (" + pgsql.Print(col.Generated) + ")"
		case col.Identity != "":
			line += " generated " + col.Identity + " as identity"
		case col.Default != nil:
			line += " default " + pgsql.Print(col.Default)
		}
		fmt.Fprintln(c.Out, line)
	}
	for _, k := range t.Keys {
		kind := "unique"
		if k.Primary {
			kind = "primary key"
		}
		fmt.Fprintf(c.Out, "  %s (%s)\n", kind, strings.Join(k.Cols, ", "))
	}
	for _, f := range t.Foreign {
		fmt.Fprintf(c.Out, "  (%s) refers to %s.%s (%s)\n", strings.Join(f.Cols, ", "), f.RefSchema, f.RefTable, strings.Join(f.RefCols, ", "))
	}
	for _, ix := range t.Indexes {
		fmt.Fprintf(c.Out, "  index %s\n", ix.Name)
	}
	for _, p := range t.Policies {
		fmt.Fprintf(c.Out, "  policy %q for %s to %s\n", p.Name, p.Command, strings.Join(p.Roles, ", "))
	}
	for _, tr := range t.Triggers {
		fmt.Fprintf(c.Out, "  trigger %s %s %s\n", tr.Name, tr.Timing, strings.Join(tr.Events, " or "))
	}
}
