package bind

import (
	"github.com/plinth-dev/plinth/internal/bind/tree"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// like lowers LIKE, ILIKE and SIMILAR TO to their operators.
func (s *scope) like(x *pgsql.Like) (Expr, error) {
	b := s.b
	l, err := s.expr(x.X)
	if err != nil {
		return nil, err
	}
	p, err := s.expr(x.Pattern)
	if err != nil {
		return nil, err
	}
	name := "~~"
	switch x.Op {
	case "ilike":
		name = "~~*"
	case "similar":
		name = "~"
	}
	if x.Op == "similar" || x.Escape != nil {
		if p, err = s.escaped(x, p); err != nil {
			return nil, err
		}
	}
	if x.Not {
		name = "!" + name
	}
	return b.apply(name, l, p, x)
}

// escaped wraps the pattern in the function that applies ESCAPE, or that turns a
// SIMILAR pattern into a regular expression.
func (s *scope) escaped(x *pgsql.Like, p Expr) (Expr, error) {
	args := []Expr{p}
	if x.Escape != nil {
		e, err := s.expr(x.Escape)
		if err != nil {
			return nil, err
		}
		args = append(args, e)
	}
	name := "like_escape"
	if x.Op == "similar" {
		name = "similar_to_escape"
	}
	return s.builtin(name, args, x)
}

// in binds x in (…): a list of one type, a row list, or a subquery.
func (s *scope) in(x *pgsql.In) (Expr, error) {
	if x.Query != nil {
		return s.anyQuery(x.X, x.Query, quantified{op: "=", not: x.Not, n: x})
	}
	if isRow(x.X) {
		return s.inRows(x)
	}
	e, err := s.expr(x.X)
	if err != nil {
		return nil, err
	}
	list, err := s.list(x.List)
	if err != nil {
		return nil, err
	}
	all, t, err := s.b.unify(append([]Expr{e}, list...), "IN")
	if err != nil {
		return s.inEach(x, e, list, err)
	}
	o, ferr := s.b.operator("=", []*value.Type{t, t})
	if ferr != nil {
		return nil, s.b.at(ferr, x)
	}
	for i := range all {
		if all[i], err = s.b.coerce(all[i], o.args[0], value.Implicit); err != nil {
			return nil, err
		}
	}
	return s.b.mark(&In{X: all[0], List: all[1:], Eq: o.fn, Not: x.Not}, x), nil
}

// inEach is x in (…) whose items have no common type: x = a or x = b ….
func (s *scope) inEach(x *pgsql.In, e Expr, list []Expr, cause error) (Expr, error) {
	if code := fault.CodeOf(cause); code != "42804" && code != "42846" {
		return nil, cause
	}
	name := "="
	if x.Not {
		name = "<>"
	}
	alts := make([]Expr, len(list))
	for i, item := range list {
		var err error
		if alts[i], err = s.b.apply(name, e, item, x); err != nil {
			return nil, err
		}
	}
	return s.b.mark(joinLogic(!x.Not, alts), x), nil
}

// inRows lowers (a, b) in ((1, 2), …) to comparisons.
func (s *scope) inRows(x *pgsql.In) (Expr, error) {
	var alts []Expr
	for _, item := range x.List {
		r, ok := item.(*pgsql.Row)
		if !ok {
			return nil, s.b.at(errUnsupported("a row can only be compared with rows"), item)
		}
		c, err := s.rowCompare(&pgsql.Binary{At: x.At, Op: "=", L: x.X, R: r})
		if err != nil {
			return nil, err
		}
		alts = append(alts, c)
	}
	out := joinLogic(true, alts)
	if x.Not {
		out = &Not{X: out}
	}
	return s.b.mark(out, x), nil
}

// anyAll binds x op any|all (array or query).
func (s *scope) anyAll(x *pgsql.AnyAll) (Expr, error) {
	b := s.b
	if x.Query != nil {
		return s.anyQuery(x.X, x.Query, quantified{op: x.Op, all: x.All, n: x})
	}
	e, err := s.expr(x.X)
	if err != nil {
		return nil, err
	}
	arr, err := s.expr(x.Array)
	if err != nil {
		return nil, err
	}
	at := arr.Type().Base()
	elem := value.TUnknown
	switch {
	case at.Kind == value.Array:
		elem = at.Elem
	case !isUnknown(at):
		return nil, b.at(fault.SQL("42809", "op ANY/ALL (array) requires array on right side"), x)
	}
	o, ferr := b.operator(likeOp(x.Op), []*value.Type{e.Type(), elem})
	if ferr != nil {
		return nil, b.at(ferr, x)
	}
	if o.ret.Kind != value.Bool {
		return nil, b.at(fault.SQL("42809", "op ANY/ALL (array) requires operator to yield boolean"), x)
	}
	if e, err = b.coerce(e, o.args[0], value.Implicit); err != nil {
		return nil, err
	}
	if arr, err = b.coerce(arr, value.ArrayOf(o.args[1]), value.Implicit); err != nil {
		return nil, err
	}
	return b.mark(&AnyAll{X: e, Op: o.fn, Arr: arr, All: x.All}, x), nil
}

// likeOp is the operator for x like any (…).
func likeOp(name string) string {
	switch name {
	case "like":
		return "~~"
	case "ilike":
		return "~~*"
	case "not like":
		return "!~~"
	case "not ilike":
		return "!~~*"
	}
	return name
}

// quantified is a comparison with the rows of a subquery.
type quantified struct {
	op  string
	all bool
	not bool
	n   pgsql.Node
}

// anyQuery binds x op any|all (query) and x in (query); x may be a row.
func (s *scope) anyQuery(x pgsql.Expr, sel *pgsql.Select, k quantified) (Expr, error) {
	b := s.b
	left := []pgsql.Expr{x}
	if r, ok := x.(*pgsql.Row); ok {
		left = r.Elems
		if k.all && k.op == "<>" { // differs from all: is none of them
			k.op, k.all, k.not = "=", false, !k.not
		}
	}
	ls, err := s.list(left)
	if err != nil {
		return nil, err
	}
	q, err := b.query(s, sel, true)
	if err != nil {
		return nil, err
	}
	if len(q.Cols) != len(ls) {
		which := "few"
		if len(q.Cols) > len(ls) {
			which = "many"
		}
		return nil, b.at(fault.SQL("42601", "subquery has too %s columns", which), k.n)
	}
	out := &Sub{Kind: "any", Query: q, Not: k.not, T: value.TBool}
	if k.all {
		out.Kind = "all"
	}
	types := make([]*value.Type, len(ls))
	for i, l := range ls {
		o, ferr := b.operator(likeOp(k.op), []*value.Type{l.Type(), q.Cols[i].Type})
		if ferr != nil {
			return nil, b.at(ferr, k.n)
		}
		if l, err = b.coerce(l, o.args[0], value.Implicit); err != nil {
			return nil, err
		}
		types[i] = o.args[1]
		out.X = append(out.X, l)
		out.Op = append(out.Op, o.fn)
	}
	if out.Query, err = b.coerceQuery(q, types, value.Implicit); err != nil {
		return nil, err
	}
	return b.mark(out, k.n), nil
}

// subquery binds (select …), exists (…) and array(…).
func (s *scope) subquery(x *pgsql.Subquery) (Expr, error) {
	b := s.b
	q, err := b.query(s, x.Query, false)
	if err != nil {
		return nil, err
	}
	out := &Sub{Kind: x.Kind, Query: q, T: value.TBool}
	if x.Kind == "exists" {
		return b.mark(out, x), nil
	}
	if len(q.Cols) != 1 {
		return nil, b.at(fault.SQL("42601", "subquery must return only one column"), x)
	}
	out.T = q.Cols[0].Type
	if x.Kind == "array" {
		if out.T.Base().Kind == value.Array {
			return nil, b.at(errDimensions(), x)
		}
		out.T = value.ArrayOf(out.T)
		return b.mark(out, x), nil
	}
	// A query without FROM is its one value: what depends on the request alone stays
	// visible as such.
	if q.Bare() && !tree.Volatile(q.Targets[0].X) {
		return q.Targets[0].X, nil
	}
	out.Kind = "scalar"
	return b.mark(out, x), nil
}
