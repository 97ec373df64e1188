package sight

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/value"
)

// positive rewrites membership tests as EXISTS where only true counts: in a condition,
// below its ANDs and ORs, and in the conditions of its subqueries. There x in (select
// y …) is exists (select … where x = y), whose rows can be looked up.
func positive(x bind.Expr) bind.Expr {
	x = lift(x)
	bind.Walk(x, func(n any) bool {
		switch n := n.(type) {
		case *bind.Query:
			if n.Where != nil {
				n.Where = lift(n.Where)
			}
		case *bind.Rel:
			if n.Filter != nil {
				n.Filter = lift(n.Filter)
			}
		}
		return true
	})
	return x
}

func lift(x bind.Expr) bind.Expr {
	switch x := x.(type) {
	case *bind.Logic:
		out := &bind.Logic{Or: x.Or}
		for _, a := range x.Args {
			out.Args = append(out.Args, lift(a))
		}
		return out
	case *bind.Sub:
		return liftIn(x)
	case *bind.Call:
		if l, r, ok := equality(x); ok {
			for _, side := range [2][2]bind.Expr{{l, r}, {r, l}} {
				if s, ok := side[1].(*bind.Sub); ok && single(s) {
					return asExists(s.Query, &bind.Call{Fn: x.Fn, Args: reorder(x.Args, s), T: x.T})
				}
			}
		}
	}
	return x
}

// reorder puts the subquery's own value in its place.
func reorder(args []bind.Expr, s *bind.Sub) []bind.Expr {
	out := make([]bind.Expr, len(args))
	for i, a := range args {
		if out[i] = a; a == bind.Expr(s) {
			out[i] = s.Query.Targets[0].X
		}
	}
	return out
}

func liftIn(s *bind.Sub) bind.Expr {
	q := s.Query
	if s.Kind != "any" || s.Not || !selection(q) || len(s.X) != len(q.Targets) {
		return s
	}
	conds := make([]bind.Expr, len(s.X))
	for i, x := range s.X {
		if s.Op[i].Name != "=" || aggregated(q.Targets[i]) {
			return s
		}
		conds[i] = &bind.Call{Fn: s.Op[i], Args: []bind.Expr{x, q.Targets[i].X}, T: value.TBool}
	}
	return asExists(q, conds...)
}

// selection reports whether q is some rows of its tables, each once for each.
func selection(q *bind.Query) bool {
	return q.Op == "" && q.Values == nil && len(q.From) > 0 && len(q.With) == 0 && len(q.GroupBy) == 0 && q.Having == nil &&
		len(q.DistinctOn) == 0 && q.Limit == nil && q.Offset == nil
}

func asExists(q *bind.Query, conds ...bind.Expr) bind.Expr {
	n := *q
	n.Targets, n.Distinct, n.OrderBy, n.Limit = []bind.Target{}, false, nil, nil
	if n.Where != nil {
		conds = append(conjuncts(n.Where), conds...)
	}
	n.Where = conds[0]
	if len(conds) > 1 {
		n.Where = &bind.Logic{Args: conds}
	}
	return &bind.Sub{Kind: "exists", Query: &n, T: value.TBool}
}

// single reports whether a scalar subquery reads one table by a unique key: it can't
// have a second row.
func single(s *bind.Sub) bool {
	if s.Kind != "scalar" || len(s.Query.Targets) != 1 || len(s.Query.From) != 1 || aggregated(s.Query.Targets[0]) {
		return false
	}
	q := *s.Query
	if c, ok := q.Limit.(*bind.Const); ok && c.Val.I == 1 {
		q.Limit = nil
	}
	rel, ok := q.From[0].(*bind.Rel)
	if !ok || rel.Kind != bind.RelTable || !selection(&q) || q.Where == nil {
		return false
	}
	fixed := map[string]bool{}
	for _, x := range conjuncts(q.Where) {
		if col, _, ok := lookupOf(x, rel, nil); ok {
			fixed[rel.Table.Columns[col].Name] = true
		}
	}
	for _, k := range rel.Table.Keys {
		all := !k.NullsNotDistinct || k.Primary
		for _, name := range k.Cols {
			all = all && fixed[name]
		}
		if all {
			return true
		}
	}
	return false
}

func conjuncts(x bind.Expr) []bind.Expr {
	if l, ok := x.(*bind.Logic); ok && !l.Or {
		var out []bind.Expr
		for _, a := range l.Args {
			out = append(out, conjuncts(a)...)
		}
		return out
	}
	return []bind.Expr{x}
}

// equality returns the sides of l = r.
func equality(x bind.Expr) (l, r bind.Expr, ok bool) {
	c, ok := x.(*bind.Call)
	if !ok || c.Fn.Name != "=" || len(c.Args) != 2 {
		return nil, nil, false
	}
	return c.Args[0], c.Args[1], true
}
