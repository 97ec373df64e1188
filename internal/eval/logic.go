package eval

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/value"
)

// logic stops at the first argument that decides: false for AND, true for OR.
func logic(e *bind.Logic) Program {
	args, or := compileAll(e.Args), e.Or
	return func(c *Ctx) (value.Value, error) {
		unknown := false
		for _, p := range args {
			v, err := p(c)
			switch {
			case err != nil:
				return value.Value{}, err
			case v.IsNull():
				unknown = true
			case v.True() == or:
				return value.Truth(or), nil
			}
		}
		if unknown {
			return value.Value{}, nil
		}
		return value.Truth(!or), nil
	}
}

func not(e *bind.Not) Program {
	x := Compile(e.X)
	return func(c *Ctx) (value.Value, error) {
		v, err := x(c)
		if err != nil || v.IsNull() {
			return v, err
		}
		return value.Truth(!v.True()), nil
	}
}

// is tests for null, true, false or unknown. A row is null where all its fields are,
// and not null where none is.
func is(e *bind.Is) Program {
	x, negate := Compile(e.X), e.Not
	if e.What == "null" && e.X.Type().Base().Kind == value.Record {
		return rowIsNull(x, negate)
	}
	var test func(v value.Value) bool
	switch e.What {
	case "true":
		test = value.Value.True
	case "false":
		test = func(v value.Value) bool { return !v.IsNull() && !v.True() }
	default:
		test = value.Value.IsNull
	}
	return func(c *Ctx) (value.Value, error) {
		v, err := x(c)
		if err != nil {
			return v, err
		}
		return value.Truth(test(v) != negate), nil
	}
}

func rowIsNull(x Program, negate bool) Program {
	return func(c *Ctx) (value.Value, error) {
		v, err := x(c)
		if err != nil {
			return v, err
		}
		if v.IsNull() {
			return value.Truth(!negate), nil
		}
		for _, f := range v.L {
			if f.IsNull() == negate {
				return value.Truth(false), nil
			}
		}
		return value.Truth(true), nil
	}
}

func isDistinct(e *bind.IsDistinct) Program {
	l, r, negate := Compile(e.L), Compile(e.R), e.Not
	eq := binary(e.Eq, e.L.Type(), e.R.Type())
	return func(c *Ctx) (value.Value, error) {
		a, err := l(c)
		if err != nil {
			return a, err
		}
		b, err := r(c)
		if err != nil {
			return b, err
		}
		if a.IsNull() || b.IsNull() {
			return value.Truth((a.IsNull() != b.IsNull()) != negate), nil
		}
		same, err := eq(c, a, b)
		return value.Truth(same.True() == negate), err
	}
}

// in is true at the first match; without one a NULL in the list makes it unknown.
func in(e *bind.In) Program {
	x, list, negate := Compile(e.X), compileAll(e.List), e.Not
	eqs := make([]func(*Ctx, value.Value, value.Value) (value.Value, error), len(e.List))
	for i, item := range e.List {
		eqs[i] = binary(e.Eq, e.X.Type(), item.Type())
	}
	return func(c *Ctx) (value.Value, error) {
		v, err := x(c)
		if err != nil {
			return v, err
		}
		unknown := false
		for i, p := range list {
			item, err := p(c)
			if err != nil {
				return item, err
			}
			hit, err := eqs[i](c, v, item)
			switch {
			case err != nil:
				return hit, err
			case hit.IsNull():
				unknown = true
			case hit.True():
				return value.Truth(!negate), nil
			}
		}
		if unknown {
			return value.Value{}, nil
		}
		return value.Truth(negate), nil
	}
}

func cases(e *bind.Case) Program {
	conds, thens := make([]Program, len(e.Whens)), make([]Program, len(e.Whens))
	for i, w := range e.Whens {
		conds[i], thens[i] = Compile(w.Cond), Compile(w.Then)
	}
	els := Compile(e.Else)
	return func(c *Ctx) (value.Value, error) {
		for i, p := range conds {
			v, err := p(c)
			if err != nil {
				return v, err
			}
			if v.True() {
				return thens[i](c)
			}
		}
		return els(c)
	}
}

func coalesce(e *bind.Coalesce) Program {
	args := compileAll(e.Args)
	return func(c *Ctx) (value.Value, error) {
		for _, p := range args {
			v, err := p(c)
			if err != nil || !v.IsNull() {
				return v, err
			}
		}
		return value.Value{}, nil
	}
}

// minMax leaves NULLs out.
func minMax(e *bind.MinMax) Program {
	args, t, greatest := compileAll(e.Args), e.T, e.Max
	return func(c *Ctx) (value.Value, error) {
		var out value.Value
		for _, p := range args {
			v, err := p(c)
			if err != nil {
				return v, err
			}
			if v.IsNull() {
				continue
			}
			if out.IsNull() || (value.Compare(t, v, out) > 0) == greatest {
				out = v
			}
		}
		return out, nil
	}
}

// anyAll compares with every element of an array.
func anyAll(e *bind.AnyAll) Program {
	x, arr, all := Compile(e.X), Compile(e.Arr), e.All
	elem := value.TText
	if t := e.Arr.Type().Base(); t.Kind == value.Array {
		elem = t.Elem
	}
	op := binary(e.Op, e.X.Type(), elem)
	return func(c *Ctx) (value.Value, error) {
		v, err := x(c)
		if err != nil {
			return v, err
		}
		a, err := arr(c)
		if err != nil || a.IsNull() {
			return value.Value{}, err
		}
		t := tally{all: all}
		if err := t.list(c, v, a.L, op); err != nil {
			return value.Value{}, err
		}
		return t.result(), nil
	}
}

// tally collects the answers of op any|all.
type tally struct {
	all     bool
	unknown bool
	decided bool
}

type compareFunc = func(*Ctx, value.Value, value.Value) (value.Value, error)

func (t *tally) list(c *Ctx, x value.Value, l []value.Value, op compareFunc) error {
	for _, item := range l {
		if item.Tag == value.IsList && x.Tag != value.IsList {
			if err := t.list(c, x, item.L, op); err != nil {
				return err
			}
			continue
		}
		r, err := op(c, x, item)
		if err != nil {
			return err
		}
		t.add(r)
	}
	return nil
}

func (t *tally) add(r value.Value) {
	switch {
	case r.IsNull():
		t.unknown = true
	case r.True() != t.all:
		t.decided = true
	}
}

func (t *tally) result() value.Value {
	switch {
	case t.decided:
		return value.Truth(!t.all)
	case t.unknown:
		return value.Value{}
	}
	return value.Truth(t.all)
}
