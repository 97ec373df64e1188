package schema

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// Step is one thing to do. Table is the SQLite table that it concerns. SQL, where
// set, is run first.
type Step struct {
	SQL   string
	Table string
	// Rebuild marks the steps of a table that is made anew.
	Rebuild bool
	// Unique names the unique index that SQL creates: a uniqueness failure is 23505 for it.
	Unique string
	// Backfill is the ID of a new column whose value existing rows have yet to get:
	// its default, generated or sequence value, or NULL.
	Backfill int
	// Convert asks to convert a column's values to its new type.
	Convert *Convert
	// Probe is a query that must return no row; otherwise the statement fails with Fault.
	Probe string
	Fault error
	// Check names a new check constraint that existing rows must satisfy (23514).
	Check string
	// Notice is a remark for the user about something left out.
	Notice *catalog.Notice
}

// Convert says how a column's stored values change their type. The caller reads each
// row of From, computes the value (by USING, or by an assignment cast), and stores it
// in Column of the row with the same rowid in To, which is From itself unless the
// table is being rebuilt.
type Convert struct {
	TableID, ColumnID int
	From, To          string
	Column            string // its name in To
	OldColumn         string // its name in From
	OldType, NewType  *value.Type
	// Same says that without USING the stored values may stay as they are.
	Same bool
}

// Printer prints an expression over a table's columns as SQLite SQL. Columns must be
// printed as bare quoted names.
type Printer func(t *catalog.Table, x pgsql.Expr) (string, error)

// Rebuilds reports whether a table is rebuilt, which needs foreign keys switched off.
func Rebuilds(steps []Step) bool {
	return slices.ContainsFunc(steps, func(s Step) bool { return s.Rebuild })
}
