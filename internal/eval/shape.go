package eval

import (
	"strconv"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

func list(xs []bind.Expr) Program {
	elems := compileAll(xs)
	return func(c *Ctx) (value.Value, error) {
		vs, err := runAll(c, elems)
		if err != nil {
			return value.Value{}, err
		}
		return value.List(vs), nil
	}
}

// array is array[…]; nested arrays must be of one length.
func array(e *bind.Array) Program {
	nested := len(e.Elems) > 0 && e.Elems[0].Type().Base().Kind == value.Array
	p := list(e.Elems)
	if !nested {
		return p
	}
	return func(c *Ctx) (value.Value, error) {
		v, err := p(c)
		if err != nil {
			return v, err
		}
		for _, r := range v.L {
			if len(r.L) != len(v.L[0].L) {
				return value.Value{}, fault.SQL("2202E", "multidimensional arrays must have array expressions with matching dimensions")
			}
		}
		return v, nil
	}
}

// index is a[i], 1-based, NULL outside; or a jsonb subscript.
func index(e *bind.Index) Program {
	x, i := Compile(e.X), Compile(e.I)
	byKey := e.I.Type().Base().Kind == value.Text
	isJSON := e.X.Type().Base().Kind == value.JSONB
	return func(c *Ctx) (value.Value, error) {
		v, err := x(c)
		if err != nil {
			return v, err
		}
		k, err := i(c)
		if err != nil || v.IsNull() || k.IsNull() {
			return value.Value{}, err
		}
		if isJSON {
			return jsonAt(v.S, k, byKey), nil
		}
		if k.I < 1 || k.I > int64(len(v.L)) {
			return value.Value{}, nil
		}
		return v.L[k.I-1], nil
	}
}

func jsonAt(j string, k value.Value, byKey bool) value.Value {
	key := k.S
	if !byKey {
		key = strconv.FormatInt(k.I, 10)
	}
	if s, ok := value.JPath(j, []string{key}); ok {
		return value.Str(s)
	}
	return value.Value{}
}

func slice(e *bind.Slice) Program {
	x, lo, hi := Compile(e.X), Compile(e.Lo), Compile(e.Hi)
	hasLo, hasHi := e.Lo != nil, e.Hi != nil
	return func(c *Ctx) (value.Value, error) {
		v, err := x(c)
		if err != nil || v.IsNull() {
			return v, err
		}
		from, to := int64(1), int64(len(v.L))
		if from, err = bound(c, lo, hasLo, from); err != nil || from < 0 {
			return value.Value{}, err
		}
		if to, err = bound(c, hi, hasHi, to); err != nil || to < 0 {
			return value.Value{}, err
		}
		from, to = max(from, 1), min(to, int64(len(v.L)))
		if from > to {
			return value.List(nil), nil
		}
		return value.List(v.L[from-1 : to]), nil
	}
}

// bound is a slice's end; -1 says that it is NULL.
func bound(c *Ctx, p Program, given bool, def int64) (int64, error) {
	if !given {
		return def, nil
	}
	v, err := p(c)
	if err != nil || v.IsNull() {
		return -1, err
	}
	return max(v.I, 0), nil
}

func field(e *bind.Field) Program {
	x, i := Compile(e.X), e.Idx
	return func(c *Ctx) (value.Value, error) {
		v, err := x(c)
		if err != nil || v.IsNull() || i >= len(v.L) {
			return value.Value{}, err
		}
		return v.L[i], nil
	}
}
