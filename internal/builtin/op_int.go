package builtin

import (
	"math"
	"math/bits"

	"github.com/plinth-dev/plinth/internal/value"
)

// opInt returns the operators of smallint, integer and bigint. A mixed pair gives the
// wider type, whose bounds decide what overflows.
func opInt() []*Func {
	arith := []struct {
		symbol string
		f      func(t *value.Type, x, y int64) (int64, error)
	}{
		{"+", addInts}, {"-", subInts}, {"*", mulInts}, {"/", divInts},
	}
	var out []*Func
	ints := sig(tInt2, tInt4, tInt8)
	for i, l := range ints {
		for j, r := range ints {
			for _, op := range arith {
				out = append(out, intOp(op.symbol, sig(l, r), ints[max(i, j)], op.f))
			}
		}
	}
	for _, t := range ints {
		out = append(out, intOp("%", sig(t, t), t, modInts))
		out = append(out, intBits(t)...)
		out = append(out, intUnary(t)...)
	}
	return out
}

func intOp(symbol string, args []*value.Type, ret *value.Type, f func(*value.Type, int64, int64) (int64, error)) *Func {
	return &Func{Name: symbol, Args: args, Ret: ret, Raises: true,
		Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			i, err := f(ret, a[0].I, a[1].I)
			if err != nil {
				return null, err
			}
			return value.CheckInt(ret, i)
		}}
}

func addInts(t *value.Type, x, y int64) (int64, error) {
	z := x + y
	if (z > x) != (y > 0) {
		return 0, value.OutOfRange(t)
	}
	return z, nil
}

func subInts(t *value.Type, x, y int64) (int64, error) {
	z := x - y
	if (z < x) != (y > 0) {
		return 0, value.OutOfRange(t)
	}
	return z, nil
}

func mulInts(t *value.Type, x, y int64) (int64, error) {
	hi, lo := bits.Mul64(absInt(x), absInt(y))
	neg := (x < 0) != (y < 0)
	if hi != 0 || lo > math.MaxInt64 && !(neg && lo == 1<<63) {
		return 0, value.OutOfRange(t)
	}
	return x * y, nil
}

func absInt(i int64) uint64 {
	if i < 0 {
		return -uint64(i)
	}
	return uint64(i)
}

func divInts(t *value.Type, x, y int64) (int64, error) {
	switch {
	case y == 0:
		return 0, value.ErrDivisionByZero()
	case x == math.MinInt64 && y == -1:
		return 0, value.OutOfRange(t)
	}
	return x / y, nil
}

func modInts(_ *value.Type, x, y int64) (int64, error) {
	switch y {
	case 0:
		return 0, value.ErrDivisionByZero()
	case -1:
		return 0, nil
	}
	return x % y, nil
}

// wrap cuts i to the width of t, as C does.
func wrap(t *value.Type, i int64) value.Value {
	switch t.Kind {
	case value.Int2:
		return value.Int(int64(int16(i)))
	case value.Int4:
		return value.Int(int64(int32(i)))
	}
	return value.Int(i)
}

func intBits(t *value.Type) []*Func {
	width := int64(31)
	if t.Kind == value.Int8 {
		width = 63
	}
	op := func(symbol string, r *value.Type, f func(x, y int64) int64) *Func {
		return &Func{Name: symbol, Args: sig(t, r), Ret: t,
			Eval: func(_ *Call, a []value.Value) (value.Value, error) {
				return wrap(t, f(a[0].I, a[1].I)), nil
			}}
	}
	return []*Func{
		op("&", t, func(x, y int64) int64 { return x & y }),
		op("|", t, func(x, y int64) int64 { return x | y }),
		op("#", t, func(x, y int64) int64 { return x ^ y }),
		op("<<", tInt4, func(x, y int64) int64 { return x << (y & width) }),
		op(">>", tInt4, func(x, y int64) int64 { return x >> (y & width) }),
	}
}

func intUnary(t *value.Type) []*Func {
	return []*Func{
		{Name: "+", Args: sig(t), Ret: t, Eval: first},
		{Name: "~", Args: sig(t), Ret: t, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			return value.Int(^a[0].I), nil
		}},
		{Name: "-", Args: sig(t), Ret: t, Raises: true, Eval: negInt(t)},
		{Name: "@", Args: sig(t), Ret: t, Raises: true, Eval: absIntOf(t)},
	}
}

// first returns the first argument.
func first(_ *Call, a []value.Value) (value.Value, error) { return a[0], nil }

func negInt(t *value.Type) evalFunc {
	return func(_ *Call, a []value.Value) (value.Value, error) {
		if a[0].I == math.MinInt64 {
			return null, value.OutOfRange(t)
		}
		return value.CheckInt(t, -a[0].I)
	}
}

func absIntOf(t *value.Type) evalFunc {
	neg := negInt(t)
	return func(c *Call, a []value.Value) (value.Value, error) {
		if a[0].I < 0 {
			return neg(c, a)
		}
		return a[0], nil
	}
}
