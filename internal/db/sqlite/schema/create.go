package schema

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// createTable is CREATE TABLE under a name, which differs while a table is rebuilt.
func createTable(t *catalog.Table, name string) (string, error) {
	key := rowKey(t)
	var parts []string
	for _, c := range t.Columns {
		if c.Name == key {
			parts = append(parts, Quote(c.Name)+" integer primary key")
			continue
		}
		def, err := setDefault(t, c)
		if err != nil {
			return "", err
		}
		parts = append(parts, declared(c)+def)
	}
	for _, f := range t.Foreign {
		parts = append(parts, foreign(f, true))
	}
	if len(parts) == 0 {
		parts = append(parts, `"~" INTEGER`) // SQLite has no table without columns
	}
	return "create table " + Quote(name) + " (\n  " + strings.Join(parts, ",\n  ") + "\n)", nil
}

// foreign is a foreign key as a table constraint (whole) or on a column's definition.
func foreign(f *catalog.Foreign, whole bool) string {
	var b strings.Builder
	if whole {
		b.WriteString("constraint " + Quote(f.Name) + " foreign key (" + quoteAll(f.Cols) + ") ")
	}
	b.WriteString("references " + Quote(Name(f.RefSchema, f.RefTable)) + " (" + quoteAll(f.RefCols) + ")")
	if f.OnDelete != "no action" && len(f.SetCols) == 0 {
		b.WriteString(" on delete " + f.OnDelete)
	}
	if f.OnUpdate != "no action" {
		b.WriteString(" on update " + f.OnUpdate)
	}
	b.WriteString(" deferrable initially deferred")
	return b.String()
}

// setDefault is the column's default, declared only where a foreign key's action sets
// it: SQLite's own default serves nothing else here.
func setDefault(t *catalog.Table, c *catalog.Column) (string, error) {
	needed := false
	for _, f := range t.Foreign {
		if f.OnDelete != "set default" && f.OnUpdate != "set default" {
			continue
		}
		for _, col := range f.Cols {
			needed = needed || col == c.Name
		}
	}
	if !needed || c.Default == nil {
		return "", nil
	}
	lit, ok := literal(c.Type, c.Default)
	if !ok {
		return "", fault.SQL("0A000", "set default of column \"%s\" is supported for a constant default only", c.Name).
			WithHint("Give the column a literal default, or use ON DELETE SET NULL.")
	}
	return " default " + lit, nil
}

// literal prints a constant whose storage form is as it is written.
func literal(t *value.Type, x pgsql.Expr) (string, bool) {
	switch x := x.(type) {
	case *pgsql.Cast:
		return literal(t, x.X)
	case *pgsql.Num:
		switch Affinity(t) {
		case "INTEGER", "REAL":
			return x.Text, true
		}
		return text(x.Text), true
	case *pgsql.Str:
		switch t.Base().Kind {
		case value.Text, value.Varchar, value.Enum:
			return text(x.Val), true
		case value.UUID:
			return text(strings.ToLower(x.Val)), true
		case value.Int2, value.Int4, value.Int8:
			return text(x.Val), true // the column's affinity makes it an integer
		}
	case *pgsql.BoolLit:
		if x.Val {
			return "1", true
		}
		return "0", true
	case *pgsql.NullLit:
		return "null", true
	}
	return "", false
}
