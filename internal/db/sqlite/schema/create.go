package schema

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
)

// createTable is CREATE TABLE under a name, which differs while a table is rebuilt.
func createTable(t *catalog.Table, name string) string {
	key := RowKey(t)
	var parts []string
	for _, c := range t.Columns {
		if c.Name == key {
			parts = append(parts, Quote(c.Name)+" integer primary key")
			continue
		}
		parts = append(parts, declared(c))
	}
	for _, f := range t.Foreign {
		parts = append(parts, foreign(f, true))
	}
	if len(parts) == 0 {
		parts = append(parts, `"~" INTEGER`) // SQLite has no table without columns
	}
	return "create table " + Quote(name) + " (\n  " + strings.Join(parts, ",\n  ") + "\n)"
}

// foreign is a foreign key as a table constraint (whole) or on a column's definition.
// What it does when its parent goes is not SQLite's to do: package exec does that, in
// Postgres' order.
func foreign(f *catalog.Foreign, whole bool) string {
	var b strings.Builder
	if whole {
		b.WriteString("constraint " + Quote(f.Name) + " foreign key (" + quoteAll(f.Cols) + ") ")
	}
	b.WriteString("references " + Quote(Name(f.RefSchema, f.RefTable)) + " (" + quoteAll(f.RefCols) + ")")
	b.WriteString(" deferrable initially deferred")
	return b.String()
}
