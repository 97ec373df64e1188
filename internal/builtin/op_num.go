package builtin

import (
	"math"

	"github.com/plinth-dev/plinth/internal/builtin/transcend"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// opNum returns the operators of real, double precision and numeric.
func opNum() []*Func {
	out := []*Func{
		numOp("+", value.NumAdd), numOp("-", value.NumSub), numOp("*", value.NumMul),
		numOp("/", value.NumDiv), numOp("%", value.NumMod), numOp("^", transcend.Power),
		{Name: "+", Args: sig(tNumeric), Ret: tNumeric, Eval: first},
		{Name: "-", Args: sig(tNumeric), Ret: tNumeric, Eval: textText(value.NumNeg)},
		{Name: "@", Args: sig(tNumeric), Ret: tNumeric, Eval: textText(value.NumAbs)},
		{Name: "^", Args: sig(tFloat8, tFloat8), Ret: tFloat8, Raises: true, Eval: evalPower},
		{Name: "|/", Args: sig(tFloat8), Ret: tFloat8, Raises: true, Eval: evalSqrt},
		{Name: "||/", Args: sig(tFloat8), Ret: tFloat8, Eval: floatFloat(math.Cbrt)},
	}
	floats := sig(tFloat4, tFloat8)
	for i, l := range floats {
		for j, r := range floats {
			ret := floats[max(i, j)]
			out = append(out, floatOp("+", sig(l, r), ret, addFloats), floatOp("-", sig(l, r), ret, subFloats),
				floatOp("*", sig(l, r), ret, mulFloats), floatOp("/", sig(l, r), ret, divFloats))
		}
		out = append(out,
			&Func{Name: "+", Args: sig(l), Ret: l, Eval: first},
			&Func{Name: "-", Args: sig(l), Ret: l, Eval: floatFloat(func(f float64) float64 { return -f })},
			&Func{Name: "@", Args: sig(l), Ret: l, Eval: floatFloat(math.Abs)})
	}
	return out
}

func numOp(symbol string, f func(a, b string) (string, error)) *Func {
	return &Func{Name: symbol, Args: sig(tNumeric, tNumeric), Ret: tNumeric, Raises: true, Eval: textsTextE(f)}
}

func floatOp(symbol string, args []*value.Type, ret *value.Type, f func(x, y float64) (float64, error)) *Func {
	return &Func{Name: symbol, Args: args, Ret: ret, Raises: true,
		Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			z, err := f(a[0].F, a[1].F)
			if err != nil {
				return null, err
			}
			return value.CheckFloat(ret, z)
		}}
}

func addFloats(x, y float64) (float64, error) {
	z := x + y
	if math.IsInf(z, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0) {
		return 0, errOverflow()
	}
	return z, nil
}

func subFloats(x, y float64) (float64, error) { return addFloats(x, -y) }

func mulFloats(x, y float64) (float64, error) {
	z := x * y
	switch {
	case math.IsInf(z, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0):
		return 0, errOverflow()
	case z == 0 && x != 0 && y != 0:
		return 0, errUnderflow()
	}
	return z, nil
}

func divFloats(x, y float64) (float64, error) {
	if y == 0 && !math.IsNaN(x) {
		return 0, value.ErrDivisionByZero()
	}
	z := x / y
	switch {
	case math.IsInf(z, 0) && !math.IsInf(x, 0):
		return 0, errOverflow()
	case z == 0 && x != 0 && !math.IsInf(y, 0):
		return 0, errUnderflow()
	}
	return z, nil
}

func evalPower(_ *Call, a []value.Value) (value.Value, error) {
	x, y := a[0].F, a[1].F
	switch {
	case x == 0 && y < 0:
		return null, fault.SQL("2201F", "zero raised to a negative power is undefined")
	case x < 0 && !isWhole(y):
		return null, fault.SQL("2201F", "a negative number raised to a non-integer power yields a complex result")
	}
	z := math.Pow(x, y)
	switch {
	case math.IsInf(z, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0):
		return null, errOverflow()
	case z == 0 && x != 0 && !math.IsInf(x, 0) && !math.IsInf(y, 0):
		return null, errUnderflow()
	}
	return value.Float(z), nil
}

func evalSqrt(_ *Call, a []value.Value) (value.Value, error) {
	if a[0].F < 0 {
		return null, fault.SQL("2201F", "cannot take square root of a negative number")
	}
	return value.Float(math.Sqrt(a[0].F)), nil
}
