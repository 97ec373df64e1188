package tree

// Walk visits n and everything below it, parents first: expressions, queries, items
// of FROM, and the statements' expressions. It does not go below a node for which f
// returns false. Function bodies kept as text are not visited.
func Walk(n Node, f func(Node) bool) {
	switch n := n.(type) {
	case Expr:
		walker(f).expr(n)
	case *Select:
		walker(f).query(n)
	case Stmt:
		walker(f).stmt(n)
	case TableExpr:
		walker(f).table(n)
	}
}

// walker is the visiting function with the methods that find children.
type walker func(Node) bool

func (f walker) exprs(list []Expr) {
	for _, x := range list {
		f.expr(x)
	}
}

func (f walker) expr(x Expr) {
	if x == nil || !f(x) {
		return
	}
	switch x := x.(type) {
	case *Call:
		f.call(x)
	case *Binary:
		f.expr(x.L)
		f.expr(x.R)
	case *Unary:
		f.expr(x.X)
	case *Cast:
		f.expr(x.X)
	case *Is:
		f.expr(x.X)
	case *Subquery:
		f.query(x.Query)
	case *Row:
		f.exprs(x.Elems)
	case *ArrayLit:
		f.exprs(x.Elems)
	case *Field:
		f.expr(x.X)
	case *Collate:
		f.expr(x.X)
	default:
		f.rarer(x)
	}
}

func (f walker) rarer(x Expr) {
	switch x := x.(type) {
	case *Like:
		f.expr(x.X)
		f.expr(x.Pattern)
		f.expr(x.Escape)
	case *AnyAll:
		f.expr(x.X)
		f.expr(x.Array)
		f.query(x.Query)
	case *IsDistinct:
		f.expr(x.L)
		f.expr(x.R)
	case *In:
		f.expr(x.X)
		f.exprs(x.List)
		f.query(x.Query)
	case *Between:
		f.expr(x.X)
		f.expr(x.Lo)
		f.expr(x.Hi)
	case *Case:
		f.expr(x.Arg)
		for _, w := range x.Whens {
			f.expr(w.Cond)
			f.expr(w.Then)
		}
		f.expr(x.Else)
	case *Index:
		f.expr(x.X)
		f.expr(x.I)
		f.expr(x.Lo)
		f.expr(x.Hi)
	}
}

func (f walker) call(x *Call) {
	f.exprs(x.Args)
	f.sorts(x.OrderBy)
	f.expr(x.Filter)
	f.sorts(x.Within)
	if x.Over != nil {
		f.window(x.Over)
	}
}

func (f walker) sorts(list []Sort) {
	for _, s := range list {
		f.expr(s.X)
	}
}

func (f walker) window(w *Window) {
	f.exprs(w.Partition)
	f.sorts(w.OrderBy)
}

func (f walker) targets(list []Target) {
	for _, t := range list {
		f.expr(t.X)
	}
}

func (f walker) with(w *With) {
	if w == nil {
		return
	}
	for _, c := range w.CTEs {
		f.stmt(c.Stmt)
	}
}

func (f walker) query(s *Select) {
	if s == nil || !f(s) {
		return
	}
	f.with(s.With)
	f.exprs(s.DistinctOn)
	f.targets(s.Targets)
	f.tables(s.From)
	f.expr(s.Where)
	f.exprs(s.GroupBy)
	f.expr(s.Having)
	for i := range s.Windows {
		f.window(&s.Windows[i])
	}
	for _, row := range s.Values {
		f.exprs(row)
	}
	f.query(s.Left)
	f.query(s.Right)
	f.sorts(s.OrderBy)
	f.expr(s.Limit)
	f.expr(s.Offset)
}

func (f walker) tables(list []TableExpr) {
	for _, t := range list {
		f.table(t)
	}
}

func (f walker) table(t TableExpr) {
	if t == nil || !f(t) {
		return
	}
	switch t := t.(type) {
	case *QueryRef:
		f.query(t.Query)
	case *FuncRef:
		if len(t.Rows) == 0 {
			f.expr(t.Call)
		}
		for i := range t.Rows {
			f.table(&t.Rows[i])
		}
	case *Join:
		f.table(t.L)
		f.table(t.R)
		f.expr(t.On)
	}
}
