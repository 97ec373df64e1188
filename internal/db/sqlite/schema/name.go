package schema

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/value"
)

// Quote quotes an identifier.
func Quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// TableName is the name of a table's SQLite table.
func TableName(t *catalog.Table) string { return t.Schema + "." + t.Name }

// IndexName is the name of the SQLite index of an index or key of t.
func IndexName(t *catalog.Table, name string) string { return t.Schema + "." + name }

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

// rowKey returns the column that is the rowid: a primary key of one integer column.
func rowKey(t *catalog.Table) string {
	pk := t.PrimaryKey()
	if t.Kind != catalog.Base || pk == nil || len(pk.Cols) != 1 {
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
