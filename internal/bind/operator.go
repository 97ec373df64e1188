package bind

import (
	"strconv"

	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/builtin/absent"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// op is a resolved operator: the function, what its arguments become, its result.
type op struct {
	fn   *builtin.Func
	args []*value.Type
	ret  *value.Type
}

// operator resolves an operator for argument types: one for a prefix operator.
func (b *binder) operator(name string, args []*value.Type) (op, *fault.Error) {
	cands := make([]candidate, 0, len(builtin.Operators(name, len(args))))
	for _, f := range builtin.Operators(name, len(args)) {
		if anyArray(f.Args, args) {
			continue
		}
		cands = append(cands, candidate{Args: f.Args, Fn: f})
	}
	c, v := b.chooseOperator(cands, args)
	switch v {
	case notFound:
		return op{}, noOperator(name, args)
	case ambiguous:
		return op{}, fault.SQL("42725", "operator is not unique: %s", opText(name, args)).WithHint(hintBestOp)
	}
	p, _ := c.Polymorph(args)
	o := op{fn: c.Fn, ret: p.Actual(c.Fn.Ret)}
	for i, t := range c.Args {
		if t.Kind == value.Any {
			o.args = append(o.args, args[i])
			continue
		}
		o.args = append(o.args, p.Actual(t))
	}
	return o, nil
}

// chooseOperator first takes an unknown side to be of the other side's type.
func (b *binder) chooseOperator(cands []candidate, args []*value.Type) (candidate, verdict) {
	if len(args) == 2 && isUnknown(args[0]) != isUnknown(args[1]) {
		known := args[0]
		if isUnknown(known) {
			known = args[1]
		}
		for _, t := range []*value.Type{known, known.Base()} {
			for _, c := range cands {
				if exact(c.Args, []*value.Type{t, t}) {
					return c, found
				}
			}
		}
	}
	return choose(cands, args)
}

// anyArray reports whether an array stands where an operator takes "any": there it
// means any type but arrays.
func anyArray(sig, args []*value.Type) bool {
	for i, t := range sig {
		if t.Kind == value.Any && args[i].Base().Kind == value.Array {
			return true
		}
	}
	return false
}

func opText(name string, args []*value.Type) string {
	if len(args) == 1 {
		return name + " " + typeName(args[0])
	}
	return typeName(args[0]) + " " + name + " " + typeName(args[1])
}

func noOperator(name string, args []*value.Type) *fault.Error {
	if wayOut, ok := absent.Operator(opText(name, args)); ok {
		return errUnsupported("operator %s is not supported", opText(name, args)).WithHint(wayOut)
	}
	hint := hintOperator
	if len(args) == 1 {
		hint = hintUnary
	}
	return fault.SQL("42883", "operator does not exist: %s", opText(name, args)).WithHint(hint)
}

// apply makes the call of a binary operator on bound operands.
func (b *binder) apply(name string, l, r Expr, n pgsql.Node) (Expr, error) {
	o, ferr := b.operator(name, []*value.Type{l.Type(), r.Type()})
	if ferr != nil {
		return nil, b.at(ferr, n)
	}
	args, err := b.fill([]Expr{l, r}, o.args)
	if err != nil {
		return nil, err
	}
	return b.mark(&Call{Fn: o.fn, Args: args, T: o.ret}, n), nil
}

// fill coerces arguments to their parameters' types.
func (b *binder) fill(args []Expr, types []*value.Type) ([]Expr, error) {
	out := make([]Expr, len(args))
	for i, x := range args {
		var err error
		if out[i], err = b.coerce(x, types[i], value.Implicit); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *scope) binary(x *pgsql.Binary) (Expr, error) {
	switch x.Op {
	case "and", "or":
		return s.logic(x)
	}
	switch {
	case isRow(x.L) && isRow(x.R):
		return s.rowCompare(x)
	case isRow(x.L) && scalarOf(x.R) != nil:
		return s.rowOfQuery(x)
	}
	l, err := s.expr(x.L)
	if err != nil {
		return nil, err
	}
	r, err := s.expr(x.R)
	if err != nil {
		return nil, err
	}
	return s.b.apply(x.Op, l, r, x)
}

// logic flattens a chain of one connective.
func (s *scope) logic(x *pgsql.Binary) (Expr, error) {
	word := "AND"
	if x.Op == "or" {
		word = "OR"
	}
	var parts []pgsql.Expr
	todo := []pgsql.Expr{x}
	for len(todo) > 0 {
		e := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if k, ok := e.(*pgsql.Binary); ok && k.Op == x.Op {
			todo = append(todo, k.R, k.L)
			continue
		}
		parts = append(parts, e)
	}
	out := &Logic{Or: x.Op == "or"}
	for _, p := range parts {
		e, err := s.expr(p)
		if err != nil {
			return nil, err
		}
		if e, err = s.b.must(e, value.TBool, word, p); err != nil {
			return nil, err
		}
		out.Args = append(out.Args, e)
	}
	return s.b.mark(out, x), nil
}

func (s *scope) unary(x *pgsql.Unary) (Expr, error) {
	b := s.b
	if x.Op == "not" {
		e, err := s.expr(x.X)
		if err != nil {
			return nil, err
		}
		if e, err = b.must(e, value.TBool, "NOT", x.X); err != nil {
			return nil, err
		}
		return b.mark(&Not{X: e}, x), nil
	}
	if n, ok := x.X.(*pgsql.Num); ok && (x.Op == "-" || x.Op == "+") {
		text := n.Text
		if x.Op == "-" {
			text = "-" + text
		}
		return b.number(text, x)
	}
	e, err := s.expr(x.X)
	if err != nil {
		return nil, err
	}
	if x.Op == "+" && category(e.Type()) == 'N' {
		return e, nil
	}
	o, ferr := b.operator(x.Op, []*value.Type{e.Type()})
	if ferr != nil {
		return nil, b.at(ferr, x)
	}
	args, err := b.fill([]Expr{e}, o.args)
	if err != nil {
		return nil, err
	}
	return b.mark(&Call{Fn: o.fn, Args: args, T: o.ret}, x), nil
}

func isRow(x pgsql.Expr) bool { _, ok := x.(*pgsql.Row); return ok }

func scalarOf(x pgsql.Expr) *pgsql.Select {
	if q, ok := x.(*pgsql.Subquery); ok && q.Kind == "scalar" {
		return q.Query
	}
	return nil
}

// rowOfQuery lowers (a, b) op (select x, y …) to (select (a, b) op (q.x, q.y) from (…) q),
// whose names nobody can write.
func (s *scope) rowOfQuery(x *pgsql.Binary) (Expr, error) {
	from := &pgsql.QueryRef{At: x.At, Alias: "row to compare", Query: scalarOf(x.R)}
	n := len(x.L.(*pgsql.Row).Elems)
	if got, known := width(from.Query); known && got != n {
		return nil, s.b.at(fault.SQL("42601", "subquery has too %s columns", map[bool]string{true: "many", false: "few"}[got > n]), x)
	}
	row := &pgsql.Row{At: x.At}
	for c := range n {
		name := "column " + strconv.Itoa(c+1)
		from.Cols = append(from.Cols, name)
		row.Elems = append(row.Elems, &pgsql.Column{At: x.At, Parts: []string{from.Alias, name}})
	}
	compared := &pgsql.Binary{At: x.At, Op: x.Op, L: x.L, R: row}
	sel := &pgsql.Select{At: x.At, Targets: []pgsql.Target{{X: compared}}, From: []pgsql.TableExpr{from}}
	return s.expr(&pgsql.Subquery{At: x.At, Kind: "scalar", Query: sel})
}

// width is how many columns a query has, where no * hides it.
func width(q *pgsql.Select) (n int, known bool) {
	for q.Op != "" {
		q = q.Left
	}
	if len(q.Values) > 0 {
		return len(q.Values[0]), true
	}
	for _, t := range q.Targets {
		if c, ok := t.X.(*pgsql.Column); ok && c.Star {
			return 0, false
		}
		if f, ok := t.X.(*pgsql.Field); ok && f.Star {
			return 0, false
		}
	}
	return len(q.Targets), true
}

// rowCompare lowers (a, b) op (c, d) to comparisons of the elements.
func (s *scope) rowCompare(x *pgsql.Binary) (Expr, error) {
	l, r := x.L.(*pgsql.Row).Elems, x.R.(*pgsql.Row).Elems
	ls, err := s.list(l)
	if err != nil {
		return nil, err
	}
	rs, err := s.list(r)
	if err != nil {
		return nil, err
	}
	if len(l) != len(r) {
		return nil, s.b.at(fault.SQL("42601", "unequal number of entries in row expressions"), x)
	}
	return s.b.compareRows(x.Op, ls, rs, x)
}

func (b *binder) compareRows(name string, l, r []Expr, n pgsql.Node) (Expr, error) {
	if len(l) == 0 {
		return nil, b.at(fault.SQL("0A000", "cannot compare rows of zero length"), n)
	}
	each := make([]Expr, len(l))
	switch name {
	case "=", "<>":
		for i := range l {
			c, err := b.apply(name, l[i], r[i], n)
			if err != nil {
				return nil, err
			}
			each[i] = c
		}
		return b.mark(joinLogic(name == "<>", each), n), nil
	case "<", "<=", ">", ">=":
		return b.lexical(name, l, r, n)
	}
	return nil, b.at(fault.SQL("0A000", "could not determine interpretation of row comparison operator %s", name).
		WithHint("Row comparison operators must be associated with btree operator families."), n)
}

// lexical is (a, b) < (c, d) as a < c or (a = c and b < d).
func (b *binder) lexical(name string, l, r []Expr, n pgsql.Node) (Expr, error) {
	if len(l) == 1 {
		return b.apply(name, l[0], r[0], n)
	}
	first, err := b.apply(name[:1], l[0], r[0], n)
	if err != nil {
		return nil, err
	}
	eq, err := b.apply("=", l[0], r[0], n)
	if err != nil {
		return nil, err
	}
	rest, err := b.lexical(name, l[1:], r[1:], n)
	if err != nil {
		return nil, err
	}
	return b.mark(&Logic{Or: true, Args: []Expr{first, &Logic{Args: []Expr{eq, rest}}}}, n), nil
}

// joinLogic is the conjunction or disjunction of xs.
func joinLogic(or bool, xs []Expr) Expr {
	if len(xs) == 1 {
		return xs[0]
	}
	return &Logic{Or: or, Args: xs}
}
