package bind

import (
	"github.com/plinth-dev/plinth/internal/bind/lower"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

func (b *binder) aggs(id pgsql.Ident) []*builtin.Agg {
	var out []*builtin.Agg
	for _, s := range b.schemas(id) {
		out = append(out, builtin.Aggs(s, id.Name)...)
	}
	return out
}

func (b *binder) isAgg(id pgsql.Ident) bool { return len(b.aggs(id)) > 0 }

// notAggregate is the error for DISTINCT, FILTER, * … on what is not an aggregate.
func (b *binder) notAggregate(x *pgsql.Call) *fault.Error {
	name := written(x.Name)
	known := false
	for _, s := range b.schemas(x.Name) {
		known = known || len(builtin.Funcs(s, x.Name.Name)) > 0
	}
	if wayOut, ok := b.absent(x.Name, nil); ok {
		return errAbsent(x.Name, wayOut)
	}
	if !known && len(b.cfg.Catalog.Functions(b.place.path, x.Name)) == 0 {
		return fault.SQL("42883", "function %s() does not exist", name).WithHint(hintFunction)
	}
	what := "DISTINCT"
	switch {
	case x.Star && !b.takesNone(x):
		return noFunction(&pgsql.Call{Name: x.Name}, nil)
	case x.Star:
		return fault.SQL("42809", "%s(*) specified, but %s is not an aggregate function", name, name)
	case x.Filter != nil:
		what = "FILTER"
	case x.Within != nil:
		what = "WITHIN GROUP"
	case x.OrderBy != nil:
		what = "ORDER BY"
	}
	return fault.SQL("42809", "%s specified, but %s is not an aggregate function", what, name)
}

// takesNone reports whether a function of the name can be called without arguments.
func (b *binder) takesNone(x *pgsql.Call) bool {
	c, err := b.candidates(&pgsql.Call{Name: x.Name}, 0)
	return err == nil && len(c) > 0
}

// noAggs are the clauses where aggregates and window functions have no place, with
// the words of the error.
var noAggs = map[string]string{
	"WHERE": "WHERE", "JOIN/ON": "JOIN conditions", "GROUP BY": "GROUP BY", "FROM": "functions in FROM",
	"RETURNING": "RETURNING", "VALUES": "VALUES", "UPDATE": "UPDATE", "LIMIT": "LIMIT", "OFFSET": "OFFSET",
	"POLICY": "policy expressions", "CHECK": "check constraints", "DEFAULT": "DEFAULT expressions",
	"GENERATED": "column generation expressions", "WHEN": "trigger WHEN conditions", "FILTER": "FILTER",
	"INDEX": "index expressions", "PREDICATE": "index predicates",
}

// aggregate binds an aggregate without OVER.
func (s *scope) aggregate(x *pgsql.Call) (Expr, error) {
	if words, no := noAggs[s.clause]; no {
		return nil, s.b.at(fault.SQL("42803", "aggregate functions are not allowed in %s", words), x)
	}
	if s.inAgg {
		return nil, s.b.at(fault.SQL("42803", "aggregate function calls cannot be nested"), x)
	}
	s.aggs = true
	s.inAgg = true
	a, err := s.aggCall(x)
	s.inAgg = false
	if err != nil {
		return nil, err
	}
	return s.b.mark(a, x), nil
}

// aggCall resolves an aggregate and binds its arguments, order and filter.
func (s *scope) aggCall(x *pgsql.Call) (*Agg, error) {
	b := s.b
	if x.Within != nil {
		return s.orderedSet(x)
	}
	args, err := s.list(x.Args)
	if err != nil {
		return nil, err
	}
	out, err := s.chooseAgg(x, args)
	if err != nil {
		return nil, err
	}
	out.Star, out.Distinct = x.Star, x.Distinct
	if out.OrderBy, err = s.sorts(x.OrderBy); err != nil {
		return nil, err
	}
	if x.Distinct {
		for i, o := range out.OrderBy {
			if !anySame(out.Args, o.X) {
				return nil, b.at(fault.SQL("42P10", "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list"), x.OrderBy[i].X)
			}
		}
	}
	out.Filter, err = s.boolean(x.Filter, "FILTER")
	return out, err
}

// orderedSet passes the WITHIN GROUP order's keys after the direct arguments.
func (s *scope) orderedSet(x *pgsql.Call) (*Agg, error) {
	args, err := s.list(x.Args)
	if err != nil {
		return nil, err
	}
	order, err := s.sorts(x.Within)
	if err != nil {
		return nil, err
	}
	for _, o := range order {
		args = append(args, o.X)
	}
	out, err := s.chooseAgg(x, args)
	if err != nil {
		return nil, err
	}
	out.OrderBy = order
	out.Filter, err = s.boolean(x.Filter, "FILTER")
	return out, err
}

// hypothetical binds rank(…) within group and its kin by the counts that they are.
func (s *scope) hypothetical(x *pgsql.Call) (Expr, error) {
	if len(x.Args) == len(x.Within) && x.OrderBy == nil && !x.Star {
		return s.expr(lower.Hypothetical(x))
	}
	args, err := s.list(x.Args)
	if err != nil {
		return nil, err
	}
	return nil, s.b.at(noFunction(x, exprTypes(args)).WithHint("Give it one argument for each column of its order."), x)
}

func (s *scope) chooseAgg(x *pgsql.Call, args []Expr) (*Agg, error) {
	b := s.b
	if x.Star && x.Name.Name != "count" {
		return nil, b.at(fault.SQL("42883", "function %s() does not exist", written(x.Name)).WithHint(hintFunction), x)
	}
	var cands []candidate
	for _, a := range b.aggs(x.Name) {
		if x.Star && len(a.Args) <= 1 {
			return &Agg{Fn: a, Name: x.Name.Name, T: a.Ret}, nil
		}
		if sig, ok := expand(a.Args, a.Variadic, 0, len(args)); ok {
			cands = append(cands, candidate{Args: sig, Agg: a})
		}
	}
	types := exprTypes(args)
	c, v := choose(cands, types)
	if v == ambiguous {
		return nil, b.at(fault.SQL("42725", "function %s(%s) is not unique", written(x.Name), typeList(types)).WithHint(hintBestFunc), x)
	}
	if v == notFound {
		if wayOut, ok := b.absent(x.Name, types); ok {
			return nil, b.at(errAbsent(x.Name, wayOut), x)
		}
		return nil, b.at(noFunction(x, types), x)
	}
	p, _ := polymorph(c.Args, types)
	if x.Name.Name == "array_agg" && types[0].Base().Kind == value.Array {
		return nil, b.at(errDimensions(), x)
	}
	filled, err := b.fill(args, actuals(p, c.Args, args))
	if err != nil {
		return nil, err
	}
	return &Agg{Fn: c.Agg, Name: x.Name.Name, Args: filled, T: p.Actual(c.Agg.Ret)}, nil
}

// window binds f(…) over (…): a pure window function or any aggregate.
func (s *scope) window(x *pgsql.Call) (Expr, error) {
	b := s.b
	if words, no := noAggs[s.clause]; no || s.clause == "HAVING" {
		if !no {
			words = "HAVING"
		}
		return nil, b.at(fault.SQL("42P20", "window functions are not allowed in %s", words), x)
	}
	if s.inAgg {
		return nil, b.at(fault.SQL("42803", "aggregate function calls cannot contain window function calls"), x)
	}
	s.windows = true
	var out *Agg
	var err error
	if w, ok := builtin.WindowByName(x.Name.Name); ok && !b.isAgg(x.Name) {
		out, err = s.pureWindow(x, w)
	} else if b.isAgg(x.Name) {
		out, err = s.aggCall(x)
	} else {
		return nil, b.at(fault.SQL("42809", "OVER specified, but %s is not a window function nor an aggregate function", written(x.Name)), x)
	}
	if err != nil {
		return nil, err
	}
	if out.Over, err = s.over(x.Over, x); err != nil {
		return nil, err
	}
	return b.mark(out, x), nil
}

func (s *scope) pureWindow(x *pgsql.Call, w builtin.Window) (*Agg, error) {
	b := s.b
	args, err := s.list(x.Args)
	if err != nil {
		return nil, err
	}
	types := exprTypes(args)
	if len(args) > 0 {
		if err := b.countGiven(args[len(args)-1], w.Name, x); err != nil {
			return nil, err
		}
	}
	sig, ok := expand(w.Args, false, w.Optional, len(args))
	if !ok || !(candidate{Args: sig}).Fits(types) {
		return nil, b.at(noFunction(x, types), x)
	}
	p, _ := polymorph(sig, types)
	if args, err = b.fill(args, actuals(p, sig, args)); err != nil {
		return nil, err
	}
	return &Agg{Name: w.Name, Args: args, T: p.Actual(w.Ret)}, nil
}

// countGiven refuses a NULL where ntile and nth_value want a number: SQLite has no
// answer for it.
func (b *binder) countGiven(x Expr, name string, n pgsql.Node) error {
	if c, ok := x.(*Cast); ok {
		x = c.X
	}
	if c, ok := x.(*Const); ok && c.Val.IsNull() && (name == "ntile" || name == "nth_value") {
		return b.at(errUnsupported("%s of NULL is not supported", name).WithHint("Give it a number."), n)
	}
	return nil
}

// over binds a window, with what it copies of those that the query names.
func (s *scope) over(w *pgsql.Window, n pgsql.Node) (*Window, error) {
	def, bad := lower.Over(*w, s.named)
	if bad != nil {
		return nil, s.b.at(bad, n)
	}
	out := &Window{Frame: def.Frame}
	for _, p := range def.Partition {
		e, err := s.expr(p)
		if err != nil {
			return nil, err
		}
		if e, err = s.b.known(e); err != nil {
			return nil, err
		}
		out.Partition = append(out.Partition, e)
	}
	var err error
	out.OrderBy, err = s.sorts(def.OrderBy)
	return out, err
}

// sorts binds an ORDER BY of expressions.
func (s *scope) sorts(in []pgsql.Sort) ([]Sort, error) {
	var out []Sort
	for _, o := range in {
		e, err := s.expr(o.X)
		if err != nil {
			return nil, err
		}
		if e, err = s.b.known(e); err != nil {
			return nil, err
		}
		out = append(out, sortOf(e, o))
	}
	return out, nil
}

// sortOf applies direction and the default place of NULLs.
func sortOf(e Expr, o pgsql.Sort) Sort {
	return Sort{X: e, Desc: o.Desc, NullsFirst: o.Nulls == "first" || o.Nulls == "" && o.Desc}
}

// countable reports whether a type can be grouped, sorted or made distinct.
func countable(t *value.Type) bool { return t.Base().Kind != value.JSON }
