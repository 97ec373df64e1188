package ddl

import (
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// addColumn adds a column and returns the constraints written with it.
func (e *editor) addColumn(t *catalog.Table, d *pgsql.ColumnDef) ([]pgsql.Constraint, error) {
	typ, err := e.columnTypeOf(d)
	if err != nil {
		return nil, err
	}
	col := &catalog.Column{
		ID: e.nextID(), Name: d.Name, Type: typ, Collation: d.Collation,
		NotNull: d.NotNull || d.Identity != "" || d.Serial,
	}
	t.Columns = append(t.Columns, col)
	if err := conflicting(t, d); err != nil {
		return nil, at(err, d)
	}
	switch {
	case d.Serial:
		if err := e.ownSequence(t, col, d.IdentityOpt); err != nil {
			return nil, err
		}
		col.Default = nextvalOf(col.Sequence)
	case d.Identity != "":
		if k := typ.Kind; k != value.Int2 && k != value.Int4 && k != value.Int8 {
			return nil, at(fault.SQL("22023", "identity column type must be smallint, integer, or bigint"), d)
		}
		col.Identity = d.Identity
		if err := e.ownSequence(t, col, d.IdentityOpt); err != nil {
			return nil, err
		}
	case d.Default != nil:
		if err := noColumns(d.Default); err != nil {
			return nil, err
		}
		col.Default = e.qualified(d.Default)
	}
	out := make([]pgsql.Constraint, 0, len(d.Constraints))
	for _, c := range d.Constraints {
		if c.Kind != "check" && len(c.Cols) == 0 {
			c.Cols = []string{d.Name}
		}
		if c.Kind == "primary key" {
			col.NotNull = true
		}
		out = append(out, c)
	}
	if d.Generated != nil {
		// The expression may name later columns of the statement.
		col.Generated = d.Generated
	}
	return out, nil
}

func conflicting(t *catalog.Table, d *pgsql.ColumnDef) *fault.Error {
	switch {
	case d.Default != nil && d.Identity != "" && !d.Serial:
		return fault.SQL("42601", "both default and identity specified for column \"%s\" of table \"%s\"", d.Name, t.Name)
	case d.Default != nil && d.Generated != nil:
		return fault.SQL("42601", "both default and generation expression specified for column \"%s\" of table \"%s\"", d.Name, t.Name)
	case d.Default != nil && d.Serial:
		return fault.SQL("42601", "multiple default values specified for column \"%s\" of table \"%s\"", d.Name, t.Name)
	case d.Null && (d.NotNull || d.Identity != "" || d.Serial):
		return fault.SQL("42601", "conflicting NULL/NOT NULL declarations for column \"%s\" of table \"%s\"", d.Name, t.Name)
	}
	return nil
}

func (e *editor) columnTypeOf(d *pgsql.ColumnDef) (*value.Type, error) {
	if d.Type.SetOf {
		return nil, at(fault.SQL("42P16", "column \"%s\" cannot be declared SETOF", d.Name), d.Type)
	}
	typ, err := e.c.Type(e.s.SearchPath, d.Type)
	if err != nil {
		return nil, positioned(err, d.Type)
	}
	switch typ.Kind {
	case value.Void, value.Trigger, value.Any, value.AnyElement, value.AnyArray, value.AnyEnum, value.Unknown:
		return nil, at(fault.SQL("42P16", "column \"%s\" has pseudo-type %s", d.Name, typ), d.Type)
	case value.Record:
		if typ.Name == "" {
			return nil, at(fault.SQL("42P16", "column \"%s\" has pseudo-type record", d.Name), d.Type)
		}
	}
	return typ, nil
}

// positioned gives err the node's position where it has none.
func positioned(err error, n pgsql.Node) error {
	f := fault.From(err)
	if f.Pos == 0 {
		return at(f, n)
	}
	return f
}

// noColumns refuses a default that names a column.
func noColumns(x pgsql.Expr) error {
	var bad pgsql.Node
	w := &scope.Scan{C: &catalog.Catalog{}}
	visitColumns(w, x, func(n *pgsql.Column) {
		if bad == nil {
			bad = n
		}
	})
	if bad == nil {
		return nil
	}
	return at(fault.SQL("0A000", "cannot use column reference in DEFAULT expression"), bad)
}

// visitColumns calls f for the column nodes of x that no subquery explains.
func visitColumns(w *scope.Scan, x pgsql.Expr, f func(n *pgsql.Column)) {
	w.Stray = f
	w.Expr(x)
}

// finishGenerated qualifies the generation expressions, once all columns are there.
func (e *editor) finishGenerated(t *catalog.Table, cols []*catalog.Column) error {
	for _, col := range cols {
		if col.Generated == nil {
			continue
		}
		col.Generated = e.qualified(col.Generated, scope.Rel{Name: t.Name, T: t})
		var err error
		w := &scope.Scan{C: e.c, Path: e.s.SearchPath}
		w.Column = func(o *catalog.Table, name string, n *pgsql.Column) {
			if o.ID == t.ID && err == nil {
				err = generatedFrom(t, col, name, n)
			}
		}
		w.Stray = func(n *pgsql.Column) {
			if err == nil {
				err = at(fault.SQL("42703", "column \"%s\" does not exist", n.Parts[len(n.Parts)-1]), n)
			}
		}
		w.Expr(col.Generated, scope.Rel{Name: t.Name, T: t})
		if err != nil {
			return err
		}
	}
	return nil
}

func generatedFrom(t *catalog.Table, col *catalog.Column, name string, n *pgsql.Column) error {
	if from := t.ColumnNamed(name); from != nil && from.Generated != nil {
		return at(fault.SQL("42P17", "cannot use generated column \"%s\" in column generation expression", name).
			WithDetail("A generated column cannot reference another generated column."), n)
	}
	return nil
}

// columnsOf returns the names of t's columns that x mentions, each once, in order of
// mention.
func (e *editor) columnsOf(t *catalog.Table, x pgsql.Expr) []string {
	var out []string
	w := &scope.Scan{C: e.c, Path: e.s.SearchPath}
	w.Column = func(o *catalog.Table, name string, _ *pgsql.Column) {
		if o.ID == t.ID && uniqueName(name, out) == name {
			out = append(out, name)
		}
	}
	w.Expr(x, scope.Rel{Name: t.Name, T: t})
	return out
}
