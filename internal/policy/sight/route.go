package sight

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/value"
)

// routes returns the alternatives of which one must hold where x is true, nil where
// any row may make it true.
func (c *compiler) routes(x bind.Expr) []*Route {
	switch x := x.(type) {
	case *bind.Logic:
		if x.Or {
			return c.anyOf(x.Args)
		}
		return c.bestOf(x.Args)
	case *bind.Const:
		if !x.Val.True() {
			return []*Route{} // nobody
		}
	case *bind.Param:
		return []*Route{{Col: -1, Slot: x.N - 1}}
	case *bind.Call:
		if r := c.equal(x); r != nil {
			return []*Route{r}
		}
	case *bind.Sub:
		if r := c.through(x); r != nil {
			return []*Route{r}
		}
	}
	return nil
}

func (c *compiler) anyOf(args []bind.Expr) []*Route {
	out := []*Route{}
	for _, a := range args {
		r := c.routes(a)
		if r == nil {
			return nil
		}
		out = append(out, r...)
	}
	return out
}

// bestOf takes the conjunct that leads to the fewest people: nobody, an equality of a
// column, a table, and last what only the person decides.
func (c *compiler) bestOf(args []bind.Expr) []*Route {
	var best []*Route
	for _, a := range args {
		r := c.routes(a)
		if r != nil && (best == nil || rank(r) < rank(best)) {
			best = r
		}
	}
	return best
}

func rank(rs []*Route) int {
	worst := 0
	for _, r := range rs {
		switch {
		case r.Col < 0:
			worst = max(worst, 4)
		case r.Via != nil:
			worst = max(worst, 2)
		case r.Slot < 0:
			worst = max(worst, 3)
		default:
			worst = max(worst, 1)
		}
	}
	return worst
}

// equal is column = slot or column = constant.
func (c *compiler) equal(x *bind.Call) *Route {
	l, r, ok := equality(x)
	if !ok {
		return nil
	}
	for _, s := range [2][2]bind.Expr{{l, r}, {r, l}} {
		col, isCol := s[0].(*bind.Col)
		if !isCol || col.Rel != c.plan.rel || !keyed(col.T, s[1].Type()) {
			continue
		}
		switch o := s[1].(type) {
		case *bind.Param:
			return &Route{Col: col.Idx, Slot: o.N - 1}
		case *bind.Const:
			return &Route{Col: col.Idx, Slot: -1, Const: o.Val}
		}
	}
	return nil
}

// through is exists (select from a table where key = column and other = slot).
func (c *compiler) through(s *bind.Sub) *Route {
	q := s.Query
	if s.Kind != "exists" || s.Not || len(q.From) != 1 || q.Where == nil {
		return nil
	}
	rel, _ := q.From[0].(*bind.Rel)
	i := slices.IndexFunc(c.looks, func(l *look) bool { return l.rel == rel })
	if i < 0 || len(c.looks[i].exprs) != 1 {
		return nil
	}
	l := c.looks[i]
	from, ok := l.exprs[0].(*bind.Col)
	if !ok || from.Rel != c.plan.rel {
		return nil
	}
	for _, x := range conjuncts(q.Where) {
		a, b, _ := equality(x)
		for _, s := range [2][2]bind.Expr{{a, b}, {b, a}} {
			col, isCol := s[0].(*bind.Col)
			p, isSlot := s[1].(*bind.Param)
			if isCol && isSlot && col.Rel == rel && keyed(col.T, p.T) {
				return &Route{Col: from.Idx, Slot: p.N - 1, Via: &Via{Read: l.read, Col: col.Idx}}
			}
		}
	}
	return nil
}

// Value is what a column must equal for a person: the row's own, or with a Via the other
// table's. ok is false where no row leads there.
func (r *Route) Value(slots []value.Value) (v value.Value, ok bool) {
	if v = r.Const; r.Slot >= 0 {
		v = slots[r.Slot]
	}
	return v, !v.IsNull()
}

// Type returns the type of the table's column.
func (v *Via) Type() *value.Type { return v.Read.Table.Columns[v.Read.Cols[v.Col]].Type }
