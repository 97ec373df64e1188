// Package updatable decides which views can be written to, and turns a write to such
// a view into one to the table below it, as Postgres does with views over a single
// table. It works on the typed tree alone.
package updatable

import (
	"github.com/plinth-dev/plinth/internal/bind/tree"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
)

// Base is the table under a view. Targets are the view's columns, and Where its
// condition, over Rel.
type Base struct {
	Rel     *tree.Rel
	Targets []tree.Expr
	Where   tree.Expr
	Barrier bool
	Checks  []tree.Target // conditions of WITH CHECK OPTION, by the view's name
}

// Of finds the table under a view's entry; the fault says why there is none. verb is
// insert, update or delete.
func Of(face *tree.Rel, verb string) (*Base, error) {
	if why := refusal(face.Query); why != "" {
		return nil, refused(face.Table, verb, why)
	}
	inner, ok := face.Query.From[0].(*tree.Rel)
	if !ok || inner.Table == nil || inner.Kind != tree.RelTable && inner.Kind != tree.RelQuery {
		return nil, refused(face.Table, verb, "Views that do not select from a single table or view are not automatically updatable.")
	}
	b := &Base{Rel: inner, Barrier: face.Barrier}
	up := func(x tree.Expr) tree.Expr { return x }
	if inner.Kind == tree.RelQuery {
		below, err := Of(inner, verb)
		if err != nil {
			return nil, err
		}
		*b = *below
		b.Barrier = b.Barrier || face.Barrier
		up = below.mover(inner, below.Targets)
	}
	for _, t := range face.Query.Targets {
		b.Targets = append(b.Targets, tree.Rewrite(t.X, up))
	}
	if face.Query.Where != nil {
		own := tree.Rewrite(face.Query.Where, up)
		b.Where = and(b.Where, own)
	}
	if opt := face.Table.ViewDef.CheckOption; opt != "" {
		b.check(face, opt)
	}
	return b, nil
}

// check makes new rows satisfy the view: its own condition and, where it cascades,
// those of the views below.
func (b *Base) check(face *tree.Rel, option string) {
	if b.Where != nil && option != "local" {
		b.Checks = []tree.Target{{Name: face.Table.Name, X: b.Where}}
	} else if face.Query.Where != nil {
		b.Checks = append(b.Checks, tree.Target{Name: face.Table.Name, X: b.Where})
	}
}

// refusal says what keeps a query from being written to.
func refusal(q *tree.Query) string {
	has := func(what string) string { return "Views containing " + what + " are not automatically updatable." }
	switch {
	case q.Distinct || len(q.DistinctOn) > 0:
		return has("DISTINCT")
	case len(q.GroupBy) > 0:
		return has("GROUP BY")
	case q.Having != nil:
		return has("HAVING")
	case q.Op != "":
		return has("UNION, INTERSECT, or EXCEPT")
	case len(q.With) > 0:
		return has("WITH")
	case q.Limit != nil || q.Offset != nil:
		return has("LIMIT or OFFSET")
	case len(q.From) != 1 || q.Targets == nil:
		return "Views that do not select from a single table or view are not automatically updatable."
	}
	for _, t := range q.Targets {
		switch {
		case tree.HasAgg(t.X):
			return "Views that return aggregate functions are not automatically updatable."
		case tree.HasWindow(t.X):
			return "Views that return window functions are not automatically updatable."
		}
	}
	return ""
}

func refused(v *catalog.Table, verb, why string) error {
	say := map[string][2]string{
		"insert": {"insert into", "inserting into"}, "update": {"update", "updating"}, "delete": {"delete from", "deleting from"},
	}[verb]
	event := map[string]string{"insert": "INSERT", "update": "UPDATE", "delete": "DELETE"}[verb]
	return fault.SQL("55000", "cannot %s view \"%s\"", say[0], v.Name).WithDetail(why).
		WithHint("To enable " + say[1] + " the view, provide an INSTEAD OF " + event +
			" trigger or an unconditional ON " + event + " DO INSTEAD rule.")
}

func and(a, b tree.Expr) tree.Expr {
	if a == nil {
		return b
	}
	return &tree.Logic{Args: []tree.Expr{a, b}}
}

// mover replaces references to the row of face by what stands for its columns.
func (b *Base) mover(face *tree.Rel, columns []tree.Expr) func(tree.Expr) tree.Expr {
	return func(x tree.Expr) tree.Expr {
		switch x := x.(type) {
		case *tree.Col:
			if x.Rel == face {
				return columns[x.Idx]
			}
		case *tree.WholeRow:
			if x.Rel == face {
				return &tree.RowExpr{Elems: columns, T: x.T}
			}
		}
		return x
	}
}

// Column returns which column of the table the view's column i is.
func (b *Base) Column(view *catalog.Table, i int, verb string) (int, error) {
	if c, ok := b.Targets[i].(*tree.Col); ok && c.Rel == b.Rel {
		return c.Idx, nil
	}
	say := map[string]string{"insert": "insert into", "update": "update"}[verb]
	return 0, fault.SQL("0A000", "cannot %s column \"%s\" of view \"%s\"", say, view.Columns[i].Name, view.Name).
		WithDetail("View columns that are not columns of their base relation are not updatable.")
}

// Lower turns w, bound over the view's entry w.Target, into a write to the table.
func (b *Base) Lower(w *tree.Write) (*tree.Write, error) {
	face, view := w.Target, w.Table
	var err error
	if w.Cols, err = b.columns(view, w.Cols); err != nil {
		return nil, err
	}
	if w.Set, err = b.assigns(view, w.Set); err != nil {
		return nil, err
	}
	if k := w.Conflict; k != nil {
		if k.Set, err = b.assigns(view, k.Set); err != nil {
			return nil, err
		}
	}
	w = tree.RewriteWrite(w, b.mover(face, b.Targets))
	if k := w.Conflict; k != nil && k.Excluded != nil {
		w = b.excluded(w, k.Excluded)
	}
	w.Table, w.Target, w.Within, w.Barrier, w.Checks = b.Rel.Table, b.Rel, b.Where, b.Barrier, b.Checks
	return w, nil
}

// excluded gives an upsert the table's own proposed row.
func (b *Base) excluded(w *tree.Write, old *tree.Rel) *tree.Write {
	row := &tree.Rel{Kind: tree.RelRow, Alias: old.Alias, Cols: b.Rel.Cols, Table: b.Rel.Table}
	columns := make([]tree.Expr, len(b.Targets))
	for i, t := range b.Targets {
		columns[i] = tree.Rewrite(t, func(x tree.Expr) tree.Expr {
			if c, ok := x.(*tree.Col); ok && c.Rel == b.Rel {
				return &tree.Col{Rel: row, Idx: c.Idx, T: c.T}
			}
			return x
		})
	}
	w = tree.RewriteWrite(w, b.mover(old, columns))
	w.Conflict.Excluded = row
	return w
}

func (b *Base) columns(view *catalog.Table, in []int) ([]int, error) {
	out := make([]int, len(in))
	for i, c := range in {
		var err error
		if out[i], err = b.Column(view, c, "insert"); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (b *Base) assigns(view *catalog.Table, in []tree.Assign) ([]tree.Assign, error) {
	out := make([]tree.Assign, len(in))
	for i, a := range in {
		var err error
		out[i].X = a.X
		if out[i].Idx, err = b.Column(view, a.Idx, "update"); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Keys are expressions over the view's entry, as they are over the table.
func (b *Base) Keys(face *tree.Rel, in []tree.Expr) []tree.Expr {
	out := make([]tree.Expr, len(in))
	for i, x := range in {
		out[i] = tree.Rewrite(x, b.mover(face, b.Targets))
	}
	return out
}
