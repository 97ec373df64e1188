package tree

// Walk calls f for e and everything below it, parents first; where f returns false
// it does not go deeper. e is an Expr, *Query, *Write, *CTE, *Rel, *Join, *FuncCall
// or *Window, and f sees those. A CTE is visited at its WITH, not where it is used;
// a Col does not lead to its Rel.
func Walk(e any, f func(any) bool) {
	if isNil(e) || !f(e) {
		return
	}
	switch x := e.(type) {
	case Expr:
		walkExpr(x, f)
	case *Query:
		walkQuery(x, f)
	case *Write:
		walkWrite(x, f)
	case *CTE:
		Walk(x.Query, f)
		Walk(x.Write, f)
	case *Rel:
		Walk(x.Query, f)
		Walk(x.Func, f)
		Walk(x.Filter, f)
	case *Join:
		Walk(x.L, f)
		Walk(x.R, f)
		Walk(x.On, f)
	case *FuncCall:
		Walk(x.Scalar, f)
		walkList(x.Args, f)
	case *Window:
		walkList(x.Partition, f)
		walkSorts(x.OrderBy, f)
	}
}

// isNil reports a nil interface or a nil pointer of the kinds that Walk is given.
func isNil(e any) bool {
	switch x := e.(type) {
	case nil:
		return true
	case *Query:
		return x == nil
	case *Write:
		return x == nil
	case *FuncCall:
		return x == nil
	case *Window:
		return x == nil
	case *Rel:
		return x == nil
	}
	return false
}

func walkList(l []Expr, f func(any) bool) {
	for _, x := range l {
		Walk(x, f)
	}
}

func walkSorts(l []Sort, f func(any) bool) {
	for _, s := range l {
		Walk(s.X, f)
	}
}

func walkTargets(l []Target, f func(any) bool) {
	for _, t := range l {
		Walk(t.X, f)
	}
}

func walkFrom(l []From, f func(any) bool) {
	for _, x := range l {
		Walk(x, f)
	}
}

func walkAssigns(l []Assign, f func(any) bool) {
	for _, a := range l {
		Walk(a.X, f)
	}
}

func walkExpr(e Expr, f func(any) bool) {
	switch x := e.(type) {
	case *Agg:
		walkList(x.Args, f)
		walkSorts(x.OrderBy, f)
		Walk(x.Filter, f)
		Walk(x.Over, f)
	case *Sub:
		walkList(x.X, f)
		Walk(x.Query, f)
	default:
		for _, c := range children(e) {
			Walk(c, f)
		}
	}
}

// children returns the direct parts of the plain expressions; some may be nil.
func children(e Expr) []Expr {
	switch x := e.(type) {
	case *Call:
		return x.Args
	case *UserCall:
		return x.Args
	case *Logic:
		return x.Args
	case *Not:
		return []Expr{x.X}
	case *Is:
		return []Expr{x.X}
	case *IsDistinct:
		return []Expr{x.L, x.R}
	case *In:
		return append([]Expr{x.X}, x.List...)
	case *Case:
		out := make([]Expr, 0, 2*len(x.Whens)+1)
		for _, w := range x.Whens {
			out = append(out, w.Cond, w.Then)
		}
		return append(out, x.Else)
	case *Coalesce:
		return x.Args
	case *MinMax:
		return x.Args
	case *Cast:
		return []Expr{x.X}
	case *Array:
		return x.Elems
	case *RowExpr:
		return x.Elems
	case *Index:
		return []Expr{x.X, x.I}
	case *Slice:
		return []Expr{x.X, x.Lo, x.Hi}
	case *Field:
		return []Expr{x.X}
	case *AnyAll:
		return []Expr{x.X, x.Arr}
	}
	return nil
}

func walkQuery(q *Query, f func(any) bool) {
	for _, c := range q.With {
		Walk(c, f)
	}
	walkList(q.DistinctOn, f)
	walkTargets(q.Targets, f)
	walkFrom(q.From, f)
	Walk(q.Where, f)
	walkList(q.GroupBy, f)
	Walk(q.Having, f)
	for _, row := range q.Values {
		walkList(row, f)
	}
	Walk(q.Left, f)
	Walk(q.Right, f)
	walkSorts(q.OrderBy, f)
	Walk(q.Limit, f)
	Walk(q.Offset, f)
}

func walkWrite(w *Write, f func(any) bool) {
	for _, c := range w.With {
		Walk(c, f)
	}
	Walk(w.Target, f)
	Walk(w.Source, f)
	if c := w.Conflict; c != nil {
		walkAssigns(c.Set, f)
		Walk(c.Where, f)
	}
	walkAssigns(w.Set, f)
	walkFrom(w.From, f)
	Walk(w.Where, f)
	Walk(w.Within, f)
	walkTargets(w.Checks, f)
	walkTargets(w.Returning, f)
}
