package tree

import "reflect"

// Rewrite returns e with f applied to every expression in it, children first,
// subqueries included. Expressions and queries are copied where something below them
// changed, and kept otherwise. Rels keep their identity: what stands inside a Rel
// (a subquery in FROM, function arguments, Filter) is replaced in place.
func Rewrite(e Expr, f func(Expr) Expr) Expr {
	if e == nil {
		return nil
	}
	r := rewriter{f}
	return r.expr(e)
}

// RewriteQuery is Rewrite for a query.
func RewriteQuery(q *Query, f func(Expr) Expr) *Query {
	r := rewriter{f}
	return r.query(q)
}

// RewriteWrite is Rewrite for a write.
func RewriteWrite(w *Write, f func(Expr) Expr) *Write {
	if w == nil {
		return nil
	}
	r := rewriter{f}
	c := *w
	for _, cte := range c.With {
		r.cte(cte)
	}
	c.Source = r.query(w.Source)
	if w.Conflict != nil {
		k := *w.Conflict
		k.Set, _ = r.assigns(k.Set)
		k.Where = r.opt(k.Where)
		c.Conflict = &k
	}
	c.Set, _ = r.assigns(w.Set)
	c.From, _ = r.from(w.From)
	c.Where, c.Within = r.opt(w.Where), r.opt(w.Within)
	c.Checks, _ = r.targets(w.Checks)
	c.Returning, _ = r.targets(w.Returning)
	return &c
}

type rewriter struct{ f func(Expr) Expr }

func (r rewriter) opt(e Expr) Expr {
	if e == nil {
		return nil
	}
	return r.expr(e)
}

// mapped applies fn to every item; the slice is copied on the first change.
func mapped[T any](in []T, fn func(T) (T, bool)) ([]T, bool) {
	out, changed := in, false
	for i, x := range in {
		y, diff := fn(x)
		if !diff {
			continue
		}
		if !changed {
			out, changed = append([]T(nil), in...), true
		}
		out[i] = y
	}
	return out, changed
}

func (r rewriter) one(e Expr) (Expr, bool) {
	n := r.opt(e)
	return n, n != e
}

func (r rewriter) list(l []Expr) ([]Expr, bool) { return mapped(l, r.one) }

func (r rewriter) sorts(l []Sort) ([]Sort, bool) {
	return mapped(l, func(s Sort) (Sort, bool) {
		x, ch := r.one(s.X)
		s.X = x
		return s, ch
	})
}

func (r rewriter) targets(l []Target) ([]Target, bool) {
	return mapped(l, func(t Target) (Target, bool) {
		x, ch := r.one(t.X)
		t.X = x
		return t, ch
	})
}

func (r rewriter) assigns(l []Assign) ([]Assign, bool) {
	return mapped(l, func(a Assign) (Assign, bool) {
		x, ch := r.one(a.X)
		a.X = x
		return a, ch
	})
}

func (r rewriter) expr(e Expr) Expr {
	switch x := e.(type) {
	case *Agg:
		e = r.agg(x)
	case *Sub:
		l, ch := r.list(x.X)
		q := r.query(x.Query)
		if ch || q != x.Query {
			c := *x
			c.X, c.Query = l, q
			e = &c
		}
	case *Case:
		e = r.cases(x)
	case *In:
		v, ch1 := r.one(x.X)
		l, ch2 := r.list(x.List)
		if ch1 || ch2 {
			c := *x
			c.X, c.List = v, l
			e = &c
		}
	default:
		old := children(e)
		if kids, changed := r.list(old); changed {
			e = withChildren(e, kids)
		}
	}
	return r.f(e)
}

func (r rewriter) cases(x *Case) Expr {
	whens, ch1 := mapped(x.Whens, func(w When) (When, bool) {
		c, a := r.one(w.Cond)
		t, b := r.one(w.Then)
		return When{c, t}, a || b
	})
	els, ch2 := r.one(x.Else)
	if !ch1 && !ch2 {
		return x
	}
	return &Case{Whens: whens, Else: els, T: x.T}
}

func (r rewriter) agg(x *Agg) Expr {
	args, ch1 := r.list(x.Args)
	order, ch2 := r.sorts(x.OrderBy)
	filter, ch3 := r.one(x.Filter)
	over, ch4 := x.Over, false
	if over != nil {
		part, a := r.list(over.Partition)
		sorts, b := r.sorts(over.OrderBy)
		if a || b {
			over, ch4 = &Window{Partition: part, OrderBy: sorts, Frame: over.Frame}, true
		}
	}
	if !ch1 && !ch2 && !ch3 && !ch4 {
		return x
	}
	c := *x
	c.Args, c.OrderBy, c.Filter, c.Over = args, order, filter, over
	return &c
}

// withChildren copies e with other parts, in the order that children gives them.
func withChildren(e Expr, k []Expr) Expr {
	switch x := e.(type) {
	case *Call:
		return &Call{Fn: x.Fn, Args: k, T: x.T}
	case *UserCall:
		return &UserCall{Fn: x.Fn, Args: k, T: x.T}
	case *Logic:
		return &Logic{Or: x.Or, Args: k}
	case *Not:
		return &Not{X: k[0]}
	case *Is:
		return &Is{X: k[0], What: x.What, Not: x.Not}
	case *IsDistinct:
		return &IsDistinct{L: k[0], R: k[1], Eq: x.Eq, Not: x.Not}
	case *Coalesce:
		return &Coalesce{Args: k, T: x.T}
	case *MinMax:
		return &MinMax{Max: x.Max, Args: k, T: x.T}
	case *Cast:
		return &Cast{X: k[0], T: x.T, Ctx: x.Ctx}
	case *Array:
		return &Array{Elems: k, T: x.T}
	case *RowExpr:
		return &RowExpr{Elems: k, T: x.T}
	case *Index:
		return &Index{X: k[0], I: k[1], T: x.T}
	case *Slice:
		return &Slice{X: k[0], Lo: k[1], Hi: k[2], T: x.T}
	case *Field:
		return &Field{X: k[0], Idx: x.Idx, T: x.T}
	case *AnyAll:
		return &AnyAll{X: k[0], Op: x.Op, Arr: k[1], All: x.All}
	}
	return e
}

func (r rewriter) cte(c *CTE) {
	c.Query = r.query(c.Query)
	c.Write = RewriteWrite(c.Write, r.f)
}

func (r rewriter) rel(x *Rel) {
	x.Query = r.query(x.Query)
	x.Filter = r.opt(x.Filter)
	if fc := x.Func; fc != nil {
		fc.Scalar = r.opt(fc.Scalar)
		fc.Args, _ = r.list(fc.Args)
	}
}

func (r rewriter) fromItem(x From) (From, bool) {
	j, ok := x.(*Join)
	if !ok {
		r.rel(x.(*Rel))
		return x, false
	}
	left, ch1 := r.fromItem(j.L)
	right, ch2 := r.fromItem(j.R)
	on, ch3 := r.one(j.On)
	if !ch1 && !ch2 && !ch3 {
		return j, false
	}
	return &Join{Kind: j.Kind, L: left, R: right, On: on}, true
}

func (r rewriter) from(l []From) ([]From, bool) { return mapped(l, r.fromItem) }

func (r rewriter) query(q *Query) *Query {
	if q == nil {
		return nil
	}
	for _, c := range q.With {
		r.cte(c)
	}
	n := *q
	var ch [10]bool
	n.DistinctOn, ch[0] = r.list(q.DistinctOn)
	n.Targets, ch[1] = r.targets(q.Targets)
	n.From, ch[2] = r.from(q.From)
	n.Where, ch[3] = r.one(q.Where)
	n.GroupBy, ch[4] = r.list(q.GroupBy)
	n.Having, ch[5] = r.one(q.Having)
	n.Values, ch[6] = mapped(q.Values, r.list)
	n.OrderBy, ch[7] = r.sorts(q.OrderBy)
	n.Limit, ch[8] = r.one(q.Limit)
	n.Offset, ch[9] = r.one(q.Offset)
	n.Left, n.Right = r.query(q.Left), r.query(q.Right)
	if ch == ([10]bool{}) && n.Left == q.Left && n.Right == q.Right {
		return q
	}
	return &n
}

// Same reports whether two expressions of one query are the same expression.
func Same(a, b Expr) bool {
	if a == b {
		return true
	}
	if x, ok := a.(*Col); ok {
		y, ok := b.(*Col)
		return ok && x.Rel == y.Rel && x.Idx == y.Idx
	}
	return reflect.DeepEqual(a, b)
}
