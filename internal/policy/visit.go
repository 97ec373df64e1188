package policy

import "github.com/plinth-dev/plinth/internal/bind"

// EachExpr replaces every direct subexpression of x by what f returns for it. The
// queries of a Sub are not entered: see EachPart.
func EachExpr(x bind.Expr, f func(bind.Expr) bind.Expr) {
	switch x := x.(type) {
	case *bind.Call:
		each(x.Args, f)
	case *bind.UserCall:
		each(x.Args, f)
	case *bind.Agg:
		eachAgg(x, f)
	case *bind.Logic:
		each(x.Args, f)
	case *bind.Not:
		x.X = f(x.X)
	case *bind.Is:
		x.X = f(x.X)
	case *bind.IsDistinct:
		x.L, x.R = f(x.L), f(x.R)
	case *bind.In:
		x.X = f(x.X)
		each(x.List, f)
	case *bind.Case:
		for i := range x.Whens {
			x.Whens[i].Cond = f(x.Whens[i].Cond)
			x.Whens[i].Then = f(x.Whens[i].Then)
		}
		x.Else = opt(x.Else, f)
	case *bind.AnyAll:
		x.X, x.Arr = f(x.X), f(x.Arr)
	case *bind.Sub:
		each(x.X, f)
	default:
		eachValue(x, f)
	}
}

func eachValue(x bind.Expr, f func(bind.Expr) bind.Expr) {
	switch x := x.(type) {
	case *bind.Coalesce:
		each(x.Args, f)
	case *bind.MinMax:
		each(x.Args, f)
	case *bind.Cast:
		x.X = f(x.X)
	case *bind.Array:
		each(x.Elems, f)
	case *bind.RowExpr:
		each(x.Elems, f)
	case *bind.Index:
		x.X, x.I = f(x.X), f(x.I)
	case *bind.Slice:
		x.X, x.Lo, x.Hi = f(x.X), opt(x.Lo, f), opt(x.Hi, f)
	case *bind.Field:
		x.X = f(x.X)
	}
}

func eachAgg(x *bind.Agg, f func(bind.Expr) bind.Expr) {
	each(x.Args, f)
	eachSort(x.OrderBy, f)
	x.Filter = opt(x.Filter, f)
	if x.Over != nil {
		each(x.Over.Partition, f)
		eachSort(x.Over.OrderBy, f)
	}
}

func each(xs []bind.Expr, f func(bind.Expr) bind.Expr) {
	for i := range xs {
		xs[i] = f(xs[i])
	}
}

func eachSort(s []bind.Sort, f func(bind.Expr) bind.Expr) {
	for i := range s {
		s[i].X = f(s[i].X)
	}
}

func opt(x bind.Expr, f func(bind.Expr) bind.Expr) bind.Expr {
	if x == nil {
		return nil
	}
	return f(x)
}

// Part receives the parts of a query.
type Part struct {
	Expr  func(bind.Expr) bind.Expr
	Rel   func(*bind.Rel)
	Query func(*bind.Query) // operands of set operations and CTEs
	Write func(*bind.Write) // writing CTEs; may be nil
}

// EachPart hands the direct parts of q to p: CTEs first, then FROM, then the
// expressions. The query of a derived table belongs to its Rel.
func EachPart(q *bind.Query, p Part) {
	eachCTE(q.With, p)
	if q.Left != nil {
		p.Query(q.Left)
		p.Query(q.Right)
	}
	for _, f := range q.From {
		EachFrom(f, p)
	}
	for i := range q.Targets {
		q.Targets[i].X = p.Expr(q.Targets[i].X)
	}
	each(q.DistinctOn, p.Expr)
	q.Where = opt(q.Where, p.Expr)
	each(q.GroupBy, p.Expr)
	q.Having = opt(q.Having, p.Expr)
	for _, row := range q.Values {
		each(row, p.Expr)
	}
	eachSort(q.OrderBy, p.Expr)
	q.Limit, q.Offset = opt(q.Limit, p.Expr), opt(q.Offset, p.Expr)
}

func eachCTE(with []*bind.CTE, p Part) {
	for _, c := range with {
		switch {
		case c.Query != nil:
			p.Query(c.Query)
		case c.Write != nil && p.Write != nil:
			p.Write(c.Write)
		}
	}
}

// EachFrom visits a FROM item.
func EachFrom(f bind.From, p Part) {
	switch f := f.(type) {
	case *bind.Rel:
		p.Rel(f)
		if f.Func != nil {
			each(f.Func.Args, p.Expr)
			f.Func.Scalar = opt(f.Func.Scalar, p.Expr)
		}
		f.Filter = opt(f.Filter, p.Expr)
	case *bind.Join:
		EachFrom(f.L, p)
		EachFrom(f.R, p)
		f.On = opt(f.On, p.Expr)
	}
}

// EachWrite hands the direct parts of w to p; its Target is among the Rels where it is
// a view, whose rows an INSTEAD OF trigger takes.
func EachWrite(w *bind.Write, p Part) {
	eachCTE(w.With, p)
	if w.Source != nil {
		p.Query(w.Source)
	}
	for _, f := range w.From {
		EachFrom(f, p)
	}
	for i := range w.Set {
		w.Set[i].X = p.Expr(w.Set[i].X)
	}
	if c := w.Conflict; c != nil {
		for i := range c.Set {
			c.Set[i].X = p.Expr(c.Set[i].X)
		}
		c.Where = opt(c.Where, p.Expr)
	}
	if w.Target != nil && w.Target.Kind == bind.RelQuery {
		p.Rel(w.Target)
	}
	w.Where, w.Within = opt(w.Where, p.Expr), opt(w.Within, p.Expr)
	for i := range w.Checks {
		w.Checks[i].X = p.Expr(w.Checks[i].X)
	}
	for i := range w.Returning {
		w.Returning[i].X = p.Expr(w.Returning[i].X)
	}
}
