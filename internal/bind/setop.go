package bind

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// setOp binds UNION, INTERSECT and EXCEPT.
func (s *scope) setOp(q *Query, sel *pgsql.Select, keep bool) error {
	b := s.b
	l, err := b.query(s, sel.Left, true)
	if err != nil {
		return err
	}
	r, err := b.query(s, sel.Right, true)
	if err != nil {
		return err
	}
	op := strings.ToUpper(sel.Op)
	if len(l.Cols) != len(r.Cols) {
		return b.at(fault.SQL("42601", "each %s query must have the same number of columns", op), firstTarget(sel.Right))
	}
	types := make([]*value.Type, len(l.Cols))
	q.Cols = make([]value.Field, len(l.Cols))
	lx, rx := l.Outputs(), r.Outputs()
	for i := range types {
		pair := []Expr{lx[i], rx[i]}
		if types[i], err = b.common(pair, op); err != nil {
			return err
		}
		for _, x := range pair {
			if castClass(x.Type(), types[i]) > castImplicit {
				return b.atExpr(fault.SQL("42846", "%s could not convert type %s to %s", op, typeName(x.Type()), typeName(types[i])), x)
			}
		}
		if !sel.All && !countable(types[i]) {
			return b.at(fault.SQL("42883", "could not identify an equality operator for type %s", typeName(types[i])), sel)
		}
		q.Cols[i] = value.Field{Name: l.Cols[i].Name, Type: types[i]}
	}
	q.Op = sel.Op
	if q.Left, err = b.coerceQuery(l, types, value.Implicit); err != nil {
		return err
	}
	if q.Right, err = b.coerceQuery(r, types, value.Implicit); err != nil {
		return err
	}
	if !sel.All || sel.Op == "union" {
		return s.outputOrder(q, sel)
	}
	in := &Query{Op: sel.Op, Left: b.numbered(q.Left), Right: b.numbered(q.Right), Cols: q.Cols}
	in.Cols = append(in.Cols[:len(in.Cols):len(in.Cols)], in.Left.Cols[len(in.Cols)])
	out := b.wrap(in)
	q.Op, q.All, q.Left, q.Right = "", false, nil, nil
	q.From, q.Targets = out.From, out.Targets[:len(q.Cols)]
	if err := s.outputOrder(q, sel); err != nil {
		return err
	}
	for i, o := range q.OrderBy {
		q.OrderBy[i].X = q.Targets[o.X.(*Out).Idx].X
	}
	return nil
}

// firstTarget is where errors about a branch's columns point.
func firstTarget(sel *pgsql.Select) pgsql.Node {
	switch {
	case sel.Left != nil:
		return firstTarget(sel.Left)
	case len(sel.Targets) > 0:
		return sel.Targets[0].X
	case len(sel.Values) > 0 && len(sel.Values[0]) > 0:
		return sel.Values[0][0]
	}
	return sel
}

// coerceQuery gives q's output columns the types: in place where the casts can stand
// in the select list, else by a query around it.
func (b *binder) coerceQuery(q *Query, types []*value.Type, ctx value.CastContext) (*Query, error) {
	same := true
	for i, t := range types {
		from := q.Cols[i].Type
		same = same && value.Same(from, t) && (!modified(t) || mods(t) == mods(from))
	}
	if same {
		return q, nil
	}
	if q.Op != "" || q.Values != nil || q.Distinct && !onlyLiterals(q, types) {
		q = b.wrap(q)
	}
	for i, t := range types {
		x, err := b.coerce(q.Targets[i].X, t, ctx)
		if err != nil {
			return nil, err
		}
		q.Targets[i].X = x
	}
	q.SetCols()
	return q, nil
}

// onlyLiterals reports whether the columns whose type changes are untyped literals.
func onlyLiterals(q *Query, types []*value.Type) bool {
	for i, t := range types {
		if !isUnknown(q.Cols[i].Type) && !value.Same(q.Cols[i].Type, t) {
			return false
		}
	}
	return true
}

// wrap is select * from (q).
func (b *binder) wrap(q *Query) *Query {
	rel := &Rel{Kind: RelQuery, Alias: "q", Cols: q.Cols, Query: q}
	out := &Query{From: []From{rel}, Cols: q.Cols}
	for i, c := range q.Cols {
		out.Targets = append(out.Targets, Target{Name: c.Name, X: &Col{Rel: rel, Idx: i, T: c.Type}})
	}
	return out
}
