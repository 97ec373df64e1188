package plan

import (
	"reflect"
	"slices"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/policy"
	"github.com/plinth-dev/plinth/internal/value"
)

// slotKind says how a slot's value is bound.
type slotKind uint8

const (
	slotValue  slotKind = iota // in its storage form
	slotLimit                  // a row count: NULL is -1, negative is an error
	slotOffset                 // likewise, NULL is 0
	slotRows                   // the rows of a set-returning function, as JSON
	slotPrefix                 // whether a LIKE pattern has a fixed beginning
	slotLow                    // the least text that a LIKE pattern can match
	slotHigh                   // a text above all that it can match
)

// slot is a part of the query that the request alone decides.
type slot struct {
	kind slotKind
	x    bind.Expr
	prog eval.Program // of x
	t    *value.Type
	set  *bind.FuncCall // slotRows
	cols []value.Field
	// lazy: its value may change from request to request, so an error is raised only
	// where a row reaches it, as Postgres does; others raise while planning.
	lazy bool
	// logical is the slot's place in the variant key, -1 for none.
	logical int
}

// slotExpr stands for a slot in the tree.
type slotExpr struct {
	n int
	t *value.Type
}

// Type returns the slot's type.
func (e *slotExpr) Type() *value.Type { return e.t }

// maxLogical bounds the boolean slots that are folded.
const maxLogical = 24

// slotter replaces request-constant parts of a tree by slots, in place.
type slotter struct {
	slots   []slot
	logical int
	likes   map[*bind.Call]bounds
	branch  int // depth of CASE and COALESCE, whose parts may not be reached
	seen    map[any]bool
}

func newSlotter() *slotter { return &slotter{seen: map[any]bool{}} }

func (s *slotter) add(n slot) bind.Expr {
	n.logical = -1
	n.lazy = n.lazy || s.branch > 0
	for i, o := range s.slots {
		if o.kind == n.kind && n.x != nil && reflect.DeepEqual(o.x, n.x) {
			return &slotExpr{i, n.t}
		}
	}
	s.slots = append(s.slots, n)
	return &slotExpr{len(s.slots) - 1, n.t}
}

func (s *slotter) query(q *bind.Query) {
	if s.seen[q] {
		return
	}
	s.seen[q] = true
	q.Limit = s.count(q.Limit, slotLimit)
	q.Offset = s.count(q.Offset, slotOffset)
	q.Where = s.cond(q.Where)
	q.Having = s.cond(q.Having)
	for _, f := range q.From {
		s.from(f)
	}
	policy.EachPart(q, policy.Part{
		Expr: s.expr, Query: s.query, Rel: func(*bind.Rel) {},
		Write: func(*bind.Write) {},
	})
}

func (s *slotter) count(x bind.Expr, kind slotKind) bind.Expr {
	if x == nil || !constant(x) {
		return x
	}
	if c, ok := x.(*bind.Const); ok && !c.Val.IsNull() && c.Val.I >= 0 {
		return x
	}
	return s.add(slot{kind: kind, x: x, t: x.Type(), lazy: lazy(x)})
}

func (s *slotter) from(f bind.From) {
	switch f := f.(type) {
	case *bind.Rel:
		s.rel(f)
	case *bind.Join:
		s.from(f.L)
		s.from(f.R)
		f.On = s.cond(f.On)
	}
}

func (s *slotter) rel(r *bind.Rel) {
	if s.seen[r] {
		return
	}
	s.seen[r] = true
	r.Filter = s.cond(r.Filter)
	if r.Query != nil {
		s.query(r.Query)
	}
	if r.Func != nil && r.Func.Set != nil && constants(r.Func.Args) && r.Func.Set.Volatility != builtin.Volatile {
		n := slot{kind: slotRows, set: r.Func, cols: r.Cols, t: value.TText, lazy: anyLazy(r.Func.Args)}
		x := s.add(n).(*slotExpr)
		// The call stands in the slot; what is printed is the slot alone.
		call := *r.Func
		s.slots[x.n].set = &call
		r.Func = &bind.FuncCall{Set: call.Set, Args: []bind.Expr{x}, Ordinality: call.Ordinality, Defs: call.Defs}
	}
}

// cond visits a condition: constant booleans there are folded by their value.
func (s *slotter) cond(x bind.Expr) bind.Expr {
	switch y := x.(type) {
	case nil, *bind.Const, *slotExpr:
		return x
	case *bind.Logic:
		if !constant(y) {
			s.logic(y)
			return y
		}
	case *bind.Not:
		if !constant(y) {
			y.X = s.cond(y.X)
			return y
		}
	}
	if !constant(x) {
		return s.expr(x)
	}
	e := s.add(slot{x: x, t: x.Type(), lazy: lazy(x)}).(*slotExpr)
	s.fold(e)
	return e
}

// logic visits an and/or; its constant arguments become one slot.
func (s *slotter) logic(x *bind.Logic) {
	var fixed, rest []bind.Expr
	for _, a := range x.Args {
		if _, lit := a.(*bind.Const); !lit && constant(a) {
			fixed = append(fixed, a)
		} else {
			rest = append(rest, s.cond(a))
		}
	}
	switch len(fixed) {
	case 0:
	case 1:
		rest = append([]bind.Expr{s.cond(fixed[0])}, rest...)
	default:
		rest = append([]bind.Expr{s.cond(&bind.Logic{Or: x.Or, Args: fixed})}, rest...)
	}
	x.Args = rest
}

func (s *slotter) expr(x bind.Expr) bind.Expr {
	switch y := x.(type) {
	case *bind.Const:
		if literal(y) {
			return x
		}
	case *slotExpr:
		return x
	}
	if constant(x) {
		return s.add(slot{x: x, t: x.Type(), lazy: lazy(x)})
	}
	if s.seen[x] {
		return x
	}
	s.seen[x] = true
	s.inner(x)
	return x
}

func (s *slotter) inner(x bind.Expr) {
	switch y := x.(type) {
	case *bind.Logic:
		s.logic(y)
		return
	case *bind.Not:
		y.X = s.cond(y.X)
		return
	case *bind.Case:
		for i := range y.Whens {
			y.Whens[i].Cond = s.cond(y.Whens[i].Cond)
		}
		s.branch++
		defer func() { s.branch-- }()
	case *bind.Coalesce:
		s.branch++
		defer func() { s.branch-- }()
	case *bind.Agg:
		y.Filter = s.cond(y.Filter)
	case *bind.In:
		s.list(y)
	case *bind.Call:
		s.like(y)
	case *bind.Sub:
		s.query(y.Query)
	}
	policy.EachExpr(x, s.expr)
}

// bounds are the slots of what a LIKE pattern's beginning tells.
type bounds struct{ known, low, high *slotExpr }

// like adds the bounds of a pattern that the request gives.
func (s *slotter) like(x *bind.Call) {
	if !x.Fn.Operator || x.Fn.Name != "~~" || !plainText(x.Args[0].Type()) || !constant(x.Args[1]) || s.logical >= maxLogical {
		return
	}
	if _, lit := x.Args[1].(*bind.Const); lit {
		return
	}
	add := func(kind slotKind, t *value.Type) *slotExpr {
		return s.add(slot{kind: kind, x: x.Args[1], t: t, lazy: true}).(*slotExpr)
	}
	b := bounds{add(slotPrefix, value.TBool), add(slotLow, value.TText), add(slotHigh, value.TText)}
	s.fold(b.known)
	if s.likes == nil {
		s.likes = map[*bind.Call]bounds{}
	}
	s.likes[x] = b
}

// fold makes a boolean slot part of the variant key.
func (s *slotter) fold(e *slotExpr) {
	if n := &s.slots[e.n]; n.logical < 0 && s.logical < maxLogical {
		n.logical = s.logical
		s.logical++
	}
}

// list makes a constant IN list one array slot, unless it is short and literal.
func (s *slotter) list(x *bind.In) {
	if len(x.List) < 2 || !constants(x.List) || x.X.Type().Base().Kind == value.Array {
		return
	}
	plain := len(x.List) <= 8
	for _, e := range x.List {
		c, ok := e.(*bind.Const)
		plain = plain && ok && literal(c)
	}
	if plain {
		return
	}
	t := value.ArrayOf(x.X.Type())
	if x.X.Type().Base().Kind == value.Float4 {
		t = value.ArrayOf(value.TFloat8) // as SQLite compares: 0.1 as real is not 0.1
	}
	arr := s.add(slot{x: &bind.Array{Elems: x.List, T: t}, t: t, lazy: anyLazy(x.List)})
	x.List = []bind.Expr{arr}
}

func anyLazy(xs []bind.Expr) bool {
	return slices.ContainsFunc(xs, lazy)
}

func constants(xs []bind.Expr) bool {
	for _, x := range xs {
		if !constant(x) {
			return false
		}
	}
	return true
}

// constant reports whether the request alone decides x. The columns of a row that is
// given from outside count as part of the request.
func constant(x bind.Expr) bool {
	switch y := x.(type) {
	case nil:
		return true
	case *bind.Col:
		return y.Rel.Kind == bind.RelRow
	case *bind.WholeRow:
		return y.Rel.Kind == bind.RelRow
	case *bind.Sub:
		return once(y)
	case *bind.UserCall:
		if y.Fn.Volatility != "stable" && y.Fn.Volatility != "immutable" {
			return false
		}
	case *bind.Agg, *bind.Out, *bind.Default, *slotExpr:
		return false
	case *bind.Call:
		if y.Fn.Volatility == builtin.Volatile {
			return false
		}
	}
	ok := true
	policy.EachExpr(x, func(c bind.Expr) bind.Expr {
		ok = ok && constant(c)
		return c
	})
	return ok
}

// once reports whether x is (select f()): a volatile call that is made once for all
// rows.
func once(x *bind.Sub) bool {
	q := x.Query
	if x.Kind != "scalar" || len(q.Targets) != 1 || len(q.From) > 0 || q.Where != nil || q.Op != "" || q.Values != nil ||
		len(q.With) > 0 || q.Having != nil || q.Limit != nil || q.Offset != nil {
		return false
	}
	switch y := q.Targets[0].X.(type) {
	case *bind.Call:
		return constants(y.Args)
	case *bind.UserCall:
		return constants(y.Args)
	}
	return false
}

// lazy reports whether x calls a stable function, which Postgres does not fold.
func lazy(x bind.Expr) bool {
	switch y := x.(type) {
	case *bind.Call:
		if y.Fn.Volatility != builtin.Immutable {
			return true
		}
	case *bind.UserCall, *bind.Sub:
		return true
	}
	found := false
	policy.EachExpr(x, func(c bind.Expr) bind.Expr {
		found = found || lazy(c)
		return c
	})
	return found
}
