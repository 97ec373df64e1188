package eval

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// Compile turns an expression into a program. It never fails: what cannot be computed
// in memory fails when it runs.
func Compile(e bind.Expr) Program {
	switch e := e.(type) {
	case nil:
		return null
	case *bind.Const:
		v := e.Val
		return func(*Ctx) (value.Value, error) { return v, nil }
	case *bind.Param:
		return param(e)
	case *bind.Var:
		n := e.N
		return func(c *Ctx) (value.Value, error) {
			if c.Var == nil {
				return value.Value{}, errInternal("variable %d has no value here", n)
			}
			return c.Var(n), nil
		}
	case *bind.Col:
		return column(e)
	case *bind.WholeRow:
		return wholeRow(e)
	case *bind.Call:
		return call(e)
	case *bind.UserCall:
		return userCall(e)
	case *bind.Cast:
		return cast(e)
	}
	return compileLogic(e)
}

func compileLogic(e bind.Expr) Program {
	switch e := e.(type) {
	case *bind.Logic:
		return logic(e)
	case *bind.Not:
		return not(e)
	case *bind.Is:
		return is(e)
	case *bind.IsDistinct:
		return isDistinct(e)
	case *bind.In:
		return in(e)
	case *bind.Case:
		return cases(e)
	case *bind.Coalesce:
		return coalesce(e)
	case *bind.MinMax:
		return minMax(e)
	}
	return compileShape(e)
}

func compileShape(e bind.Expr) Program {
	switch e := e.(type) {
	case *bind.Array:
		return array(e)
	case *bind.RowExpr:
		return list(e.Elems)
	case *bind.Index:
		return index(e)
	case *bind.Slice:
		return slice(e)
	case *bind.Field:
		return field(e)
	case *bind.AnyAll:
		return anyAll(e)
	case *bind.Sub:
		return sub(e)
	}
	return func(*Ctx) (value.Value, error) {
		return value.Value{}, errInternal("cannot evaluate %T in memory", e)
	}
}

func null(*Ctx) (value.Value, error) { return value.Value{}, nil }

func compileAll(xs []bind.Expr) []Program {
	out := make([]Program, len(xs))
	for i, x := range xs {
		out[i] = Compile(x)
	}
	return out
}

func runAll(c *Ctx, ps []Program) ([]value.Value, error) {
	out := make([]value.Value, len(ps))
	for i, p := range ps {
		v, err := p(c)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func param(e *bind.Param) Program {
	n := e.N
	return func(c *Ctx) (value.Value, error) {
		if n < 1 || n > len(c.Params) {
			return value.Value{}, fault.SQL("08P01", "bind message supplies %d parameters, but prepared statement requires %d", len(c.Params), n)
		}
		return c.Params[n-1], nil
	}
}

func column(e *bind.Col) Program {
	rel, i := e.Rel, e.Idx
	return func(c *Ctx) (value.Value, error) {
		row, ok := c.row(rel)
		if !ok {
			if c.Row == nil {
				return value.Value{}, errInternal("no row of \"%s\" is given here", rel.Alias)
			}
			return value.Value{}, nil
		}
		if i >= len(row) {
			return value.Value{}, nil
		}
		return row[i], nil
	}
}

func wholeRow(e *bind.WholeRow) Program {
	rel := e.Rel
	return func(c *Ctx) (value.Value, error) {
		row, ok := c.row(rel)
		if !ok {
			return value.Value{}, nil
		}
		return value.List(row), nil
	}
}

func types(xs []bind.Expr) []*value.Type {
	out := make([]*value.Type, len(xs))
	for i, x := range xs {
		out[i] = x.Type()
	}
	return out
}

func call(e *bind.Call) Program {
	fn, args := e.Fn, compileAll(e.Args)
	proto := builtin.Call{Args: types(e.Args), Ret: e.T}
	if len(args) == 2 && !fn.NotStrict {
		return strict2(fn, args, proto)
	}
	return func(c *Ctx) (value.Value, error) {
		vs, err := runAll(c, args)
		if err != nil {
			return value.Value{}, err
		}
		bc := proto
		bc.Env = c.Env
		return fn.Call(&bc, vs)
	}
}

// strict2 is the common shape: a strict operator of two sides.
func strict2(fn *builtin.Func, args []Program, proto builtin.Call) Program {
	l, r := args[0], args[1]
	return func(c *Ctx) (value.Value, error) {
		a, err := l(c)
		if err != nil {
			return a, err
		}
		b, err := r(c)
		if err != nil || a.IsNull() || b.IsNull() {
			return value.Value{}, err
		}
		bc := proto
		bc.Env = c.Env
		return fn.Eval(&bc, []value.Value{a, b})
	}
}

func userCall(e *bind.UserCall) Program {
	f, args := e.Fn, compileAll(e.Args)
	return func(c *Ctx) (value.Value, error) {
		vs, err := runAll(c, args)
		if err != nil {
			return value.Value{}, err
		}
		if f.Strict {
			for _, v := range vs {
				if v.IsNull() {
					return value.Value{}, nil
				}
			}
		}
		if c.User == nil {
			return value.Value{}, ErrNeedsDB
		}
		return c.User(f, vs)
	}
}

func cast(e *bind.Cast) Program {
	x, from, to, how := Compile(e.X), e.X.Type(), e.T, e.Ctx
	return func(c *Ctx) (value.Value, error) {
		v, err := x(c)
		if err != nil || v.IsNull() && to.Kind != value.Domain {
			return v, err
		}
		return value.Cast(from, to, v, how, c.valueEnv())
	}
}

// binary prepares an operator for two datums of given types.
func binary(fn *builtin.Func, l, r *value.Type) func(c *Ctx, a, b value.Value) (value.Value, error) {
	proto := builtin.Call{Args: []*value.Type{l, r}, Ret: value.TBool}
	return func(c *Ctx, a, b value.Value) (value.Value, error) {
		if a.IsNull() || b.IsNull() {
			return value.Value{}, nil
		}
		bc := proto
		bc.Env = c.Env
		return fn.Eval(&bc, []value.Value{a, b})
	}
}
