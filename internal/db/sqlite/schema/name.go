package schema

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/value"
)

// Quote quotes an identifier.
func Quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// TableName is the name of a table's SQLite table.
func TableName(t *catalog.Table) string { return Name(t.Schema, t.Name) }

// Name is the SQLite name of an object in a schema. SQLite's names do not tell letters
// by case, so capitals carry a mark.
func Name(schema, name string) string { return marked(schema) + "." + marked(name) }

func marked(s string) string {
	if strings.IndexFunc(s, capital) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if capital(r) {
			b.WriteByte('^')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Parse is the opposite of Name.
func Parse(stored string) (schema, name string) {
	var b strings.Builder
	for i := 0; i < len(stored); i++ {
		if stored[i] == '^' {
			i++
		}
		if i < len(stored) {
			b.WriteByte(stored[i])
		}
	}
	schema, name, _ = strings.Cut(b.String(), ".")
	return schema, name
}

// capital reports whether a letter carries a mark; the mark itself does too.
func capital(r rune) bool { return r >= 'A' && r <= 'Z' || r == '^' }

// IndexName is the name of the SQLite index of an index or key of t.
func IndexName(t *catalog.Table, name string) string { return Name(t.Schema, name) }

// text quotes a string literal.
func text(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func quoteAll(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = Quote(n)
	}
	return strings.Join(out, ", ")
}

// Affinity is the declared type of a column: INTEGER, REAL, TEXT or BLOB, by the
// storage form of its type.
func Affinity(t *value.Type) string {
	switch t.Base().Kind {
	case value.Bool, value.Int2, value.Int4, value.Int8, value.OID, value.Timestamptz, value.Timestamp,
		value.Date, value.Time:
		return "INTEGER"
	case value.Float4, value.Float8:
		return "REAL"
	case value.Bytea:
		return "BLOB"
	}
	return "TEXT"
}

// collation is the collation of a type whose text does not order as it does, or "".
func collation(t *value.Type) string {
	switch t.Base().Kind {
	case value.Numeric:
		return " collate pg_numeric"
	case value.Citext:
		return " collate pg_citext"
	}
	return ""
}

// declared is a column's definition without its constraints.
func declared(c *catalog.Column) string {
	return Quote(c.Name) + " " + Affinity(c.Type) + collation(c.Type)
}

// stored reports whether t has a table of its own in SQLite.
func stored(t *catalog.Table) bool { return t.Kind != catalog.View }

// RowKey returns the column that is the rowid: a primary key of one integer column.
func RowKey(t *catalog.Table) string {
	pk := t.PrimaryKey()
	if t.Kind != catalog.Base || pk == nil || pk.Deferrable || len(pk.Cols) != 1 {
		return ""
	}
	c := t.ColumnNamed(pk.Cols[0])
	if c == nil {
		return ""
	}
	switch c.Type.Base().Kind {
	case value.Int2, value.Int4, value.Int8:
		return c.Name
	}
	return ""
}

// RowID returns a name by which the table's rowid can be reached: the first of
// SQLite's three that no column takes.
func RowID(t *catalog.Table) string {
	for _, n := range []string{"rowid", "_rowid_", "oid"} {
		taken := false
		for _, c := range t.Columns {
			taken = taken || strings.EqualFold(c.Name, n)
		}
		if !taken {
			return n
		}
	}
	return "rowid"
}
