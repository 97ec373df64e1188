package bind

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/bind/tree"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// maxInline bounds how deep SQL functions are expanded into each other.
const maxInline = 16

// inlinable returns the one SELECT that is the body of an SQL function.
func (b *binder) inlinable(f *catalog.Function, args []Expr) (*pgsql.Select, bool) {
	if b.cfg.NoInline || f.Language != "sql" || len(f.Stmts) != 1 || len(b.stack) >= maxInline {
		return nil, false
	}
	sel, ok := f.Stmts[0].(*pgsql.Select)
	if !ok || sel.Lock != "" || writes(sel) || slices.Contains(b.stack, any(f)) {
		return nil, false
	}
	if f.Returns != nil && f.Returns.Kind == value.Void {
		return nil, false
	}
	return sel, !slices.ContainsFunc(args, tree.Volatile)
}

// writes reports whether a WITH clause of the query changes data.
func writes(sel *pgsql.Select) bool {
	if sel == nil {
		return false
	}
	if sel.With != nil {
		for _, c := range sel.With.CTEs {
			s, ok := c.Stmt.(*pgsql.Select)
			if !ok || writes(s) {
				return true
			}
		}
	}
	return writes(sel.Left) || writes(sel.Right)
}

// body binds the function's SELECT with args in the place of its parameters. It is nil
// where a definer's body calls functions that run as who calls them: then the function
// is called, and they see its owner.
func (b *binder) body(f *catalog.Function, sel *pgsql.Select, args []Expr) (*Query, error) {
	calls := len(b.calls)
	q, err := b.expand(f, sel, args)
	if err != nil || !f.Definer || !callsInvoker(q) {
		return q, err
	}
	b.calls = b.calls[:calls]
	return nil, nil
}

// callsInvoker reports whether q calls a function that is not its owner's.
func callsInvoker(q *Query) bool {
	hit := false
	Walk(q, func(n any) bool {
		switch n := n.(type) {
		case *UserCall:
			hit = hit || !n.Fn.Definer
		case *Rel:
			hit = hit || n.Kind == RelFunc && n.Func.User != nil && !n.Func.User.Definer
		}
		return !hit
	})
	return hit
}

func (b *binder) expand(f *catalog.Function, sel *pgsql.Select, args []Expr) (*Query, error) {
	b.stack = append(b.stack, f)
	defer func() { b.stack = b.stack[:len(b.stack)-1] }()
	p := place{path: f.SearchPath, actor: b.place.actor, user: b.place.user, foreign: true, fn: f, args: args}
	if f.Definer {
		p.actor, p.user = f.Owner, f.Owner
	}
	var q *Query
	err := b.in(p, func() (err error) {
		q, err = b.query(nil, sel, true)
		return err
	})
	return q, err
}

// inline replaces a call of an SQL function by its body: the expression itself where
// the body is a SELECT without FROM, else a scalar subquery of the first row.
func (b *binder) inline(f *catalog.Function, args []Expr) (Expr, bool, error) {
	sel, ok := b.inlinable(f, args)
	if !ok || f.SetOf {
		return nil, false, nil
	}
	q, err := b.body(f, sel, args)
	if err != nil || q == nil {
		return nil, false, err
	}
	t := resultType(f, args)
	var out Expr
	if q.Bare() {
		out, err = b.resultOf(f, q, t)
	} else {
		out, err = b.resultQuery(f, q, t)
	}
	if err != nil {
		return nil, false, err
	}
	if f.Strict {
		out = strictly(args, out)
	}
	return out, true, nil
}

// resultOf is the select list as one value of the function's type.
func (b *binder) resultOf(f *catalog.Function, q *Query, t *value.Type) (Expr, error) {
	base := t.Base()
	if base.Kind == value.Record && !(len(q.Cols) == 1 && q.Cols[0].Type.Base().Kind == value.Record) {
		row := &RowExpr{T: &value.Type{Kind: value.Record}}
		for _, c := range q.Targets {
			x, err := b.known(c.X)
			if err != nil {
				return nil, err
			}
			row.Elems = append(row.Elems, x)
			row.T.Fields = append(row.T.Fields, value.Field{Name: c.Name, Type: x.Type()})
		}
		if len(base.Fields) == 0 {
			return row, nil
		}
		for i := range min(len(base.Fields), len(row.Elems)) {
			row.T.Fields[i].Name = base.Fields[i].Name
		}
		if len(base.Fields) != len(row.Elems) {
			return nil, errReturns(f, t, "Final statement returns "+howMany(len(row.Elems), len(base.Fields))+" columns.")
		}
		return b.coerce(row, t, value.Assignment)
	}
	if len(q.Targets) != 1 {
		return nil, errReturns(f, t, "Final statement must return exactly one column.")
	}
	x := q.Targets[0].X
	if castClass(x.Type(), t) > castAssignment {
		return nil, errReturns(f, t, "Actual return type is "+typeName(x.Type())+".")
	}
	return b.coerce(x, t, value.Assignment)
}

func howMany(got, want int) string {
	if got > want {
		return "too many"
	}
	return "too few"
}

func errReturns(f *catalog.Function, t *value.Type, detail string) error {
	return fault.SQL("42P13", "return type mismatch in function declared to return %s", typeName(t)).WithDetail(detail)
}

// resultQuery is the first row of the body as one value.
func (b *binder) resultQuery(f *catalog.Function, q *Query, t *value.Type) (Expr, error) {
	if q.Targets == nil || q.Distinct || q.DistinctOn != nil || q.Limit != nil && !one(q.Limit) {
		q = b.wrap(q)
	}
	x, err := b.resultOf(f, q, t)
	if err != nil {
		return nil, err
	}
	n := *q
	n.Targets = []Target{{Name: f.Name, X: x}}
	n.SetCols()
	if n.Limit == nil {
		n.Limit = &Const{Val: value.Int(1), T: value.TInt8}
	}
	return &Sub{Kind: "scalar", Query: &n, T: x.Type()}, nil
}

func one(x Expr) bool {
	c, ok := x.(*Const)
	return ok && c.Val.Tag == value.IsInt && c.Val.I == 1
}

// strictly is NULL where an argument is NULL, else x.
func strictly(args []Expr, x Expr) Expr {
	var nulls []Expr
	for _, a := range args {
		if c, ok := a.(*Const); ok && !c.Val.IsNull() {
			continue
		}
		nulls = append(nulls, &Is{X: a, What: "null"})
	}
	if len(nulls) == 0 {
		return x
	}
	return &Case{Whens: []When{{Cond: joinLogic(true, nulls), Then: &Const{T: x.Type()}}}, Else: x, T: x.Type()}
}

// inlineSet replaces a set-returning SQL function in FROM by its body.
func (b *binder) inlineSet(f *catalog.Function, args []Expr, cols []value.Field) (*Rel, bool, error) {
	sel, ok := b.inlinable(f, args)
	if !ok || f.Strict {
		return nil, false, nil
	}
	q, err := b.body(f, sel, args)
	if err != nil || q == nil {
		return nil, false, err
	}
	if len(q.Cols) == 1 && len(cols) > 1 && q.Cols[0].Type.Base().Kind == value.Record {
		q = b.unpack(q)
	}
	if len(q.Cols) != len(cols) {
		return nil, false, errReturns(f, &value.Type{Kind: value.Record, Fields: cols},
			"Final statement returns "+howMany(len(q.Cols), len(cols))+" columns.")
	}
	types := make([]*value.Type, len(cols))
	for i, c := range cols {
		types[i] = c.Type
		if got := q.Cols[i].Type; castClass(got, c.Type) > castAssignment {
			return nil, false, errReturns(f, c.Type, "Final statement returns "+typeName(got)+" instead of "+typeName(c.Type)+".")
		}
	}
	if q, err = b.coerceQuery(q, types, value.Assignment); err != nil {
		return nil, false, err
	}
	return &Rel{Kind: RelQuery, Cols: cols, Query: q}, true, nil
}

// unpack is select (q.row).* from q.
func (b *binder) unpack(q *Query) *Query {
	q = b.wrap(q)
	row := q.Targets[0].X
	q.Targets = nil
	for i, f := range row.Type().Base().Fields {
		q.Targets = append(q.Targets, Target{Name: f.Name, X: &Field{X: row, Idx: i, T: f.Type}})
	}
	q.SetCols()
	return q
}
