package builtin

import (
	"encoding/binary"
	"math"

	"github.com/plinth-dev/plinth/internal/builtin/transcend"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// fnMath returns the functions of integers and double precision.
func fnMath() []*Func {
	one := sig(tFloat8)
	out := []*Func{
		{Name: "pi", Ret: tFloat8, Eval: constant(value.Float(math.Pi))},
		{Name: "random", Ret: tFloat8, Volatility: Volatile, Eval: randomFloat},
		{Name: "sqrt", Args: one, Ret: tFloat8, Raises: true, Eval: evalSqrt},
		{Name: "cbrt", Args: one, Ret: tFloat8, Eval: floatFloat(math.Cbrt)},
		{Name: "exp", Args: one, Ret: tFloat8, Raises: true, Eval: expFloat},
		{Name: "ln", Args: one, Ret: tFloat8, Raises: true, Eval: logFloat(math.Log)},
		{Name: "log", Args: one, Ret: tFloat8, Raises: true, Eval: logFloat(math.Log10)},
		{Name: "log10", Args: one, Ret: tFloat8, Raises: true, Eval: logFloat(math.Log10)},
		{Name: "atan2", Args: sig(tFloat8, tFloat8), Ret: tFloat8, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			return value.Float(math.Atan2(a[0].F, a[1].F)), nil
		}},
		{Name: "width_bucket", Args: sig(tFloat8, tFloat8, tFloat8, tInt4), Ret: tInt4, Raises: true, Eval: widthBucket},
	}
	for _, n := range []string{"power", "pow"} {
		out = append(out, &Func{Name: n, Args: sig(tFloat8, tFloat8), Ret: tFloat8, Raises: true, Eval: evalPower})
	}
	for n, f := range map[string]func(float64) float64{
		"ceil": math.Ceil, "ceiling": math.Ceil, "floor": math.Floor, "round": math.RoundToEven, "trunc": math.Trunc,
		"sign": signFloat, "abs": math.Abs, "atan": math.Atan, "sinh": math.Sinh, "cosh": math.Cosh, "tanh": math.Tanh,
		"asinh": math.Asinh, "degrees": func(x float64) float64 { return x / (math.Pi / 180) },
		"radians": func(x float64) float64 { return x * (math.Pi / 180) },
	} {
		out = append(out, &Func{Name: n, Args: one, Ret: tFloat8, Eval: floatFloat(f)})
	}
	for n, f := range map[string]func(float64) float64{
		"sin": math.Sin, "cos": math.Cos, "tan": math.Tan, "cot": func(x float64) float64 { return 1 / math.Tan(x) },
		"asin": math.Asin, "acos": math.Acos, "acosh": math.Acosh, "atanh": math.Atanh,
	} {
		out = append(out, &Func{Name: n, Args: one, Ret: tFloat8, Raises: true, Eval: inDomain(f)})
	}
	out = append(out, &Func{Name: "abs", Args: sig(tFloat4), Ret: tFloat4, Eval: floatFloat(math.Abs)})
	for _, t := range sig(tInt2, tInt4, tInt8) {
		out = append(out, &Func{Name: "abs", Args: sig(t), Ret: t, Raises: true, Eval: absIntOf(t)},
			&Func{Name: "mod", Args: sig(t, t), Ret: t, Raises: true, Eval: intOp("%", nil, t, modInts).Eval})
	}
	for _, t := range sig(tInt4, tInt8) {
		out = append(out, &Func{Name: "gcd", Args: sig(t, t), Ret: t, Raises: true, Eval: intOp("", nil, t, gcd).Eval},
			&Func{Name: "lcm", Args: sig(t, t), Ret: t, Raises: true, Eval: intOp("", nil, t, lcm).Eval})
	}
	return out
}

func signFloat(f float64) float64 {
	switch {
	case f > 0:
		return 1
	case f < 0:
		return -1
	}
	return 0
}

// inDomain raises where f has no value for a number.
func inDomain(f func(float64) float64) evalFunc {
	return func(_ *Call, a []value.Value) (value.Value, error) {
		y := f(a[0].F)
		if math.IsNaN(y) && !math.IsNaN(a[0].F) {
			return null, fault.SQL("22003", "input is out of range")
		}
		return value.Float(y), nil
	}
}

func expFloat(_ *Call, a []value.Value) (value.Value, error) {
	y := math.Exp(a[0].F)
	switch {
	case math.IsInf(y, 1) && !math.IsInf(a[0].F, 1):
		return null, errOverflow()
	case y == 0 && !math.IsInf(a[0].F, -1):
		return null, errUnderflow()
	}
	return value.Float(y), nil
}

func logFloat(f func(float64) float64) evalFunc {
	return func(_ *Call, a []value.Value) (value.Value, error) {
		switch {
		case a[0].F == 0:
			return null, transcend.ErrLogZero()
		case a[0].F < 0:
			return null, transcend.ErrLogNegative()
		}
		return value.Float(f(a[0].F)), nil
	}
}

func randomFloat(c *Call, _ []value.Value) (value.Value, error) {
	u := binary.LittleEndian.Uint64(random(c, 8))
	return value.Float(float64(u>>11) / (1 << 53)), nil
}

func gcd(t *value.Type, x, y int64) (int64, error) {
	a, b := absInt(x), absInt(y)
	for b != 0 {
		a, b = b, a%b
	}
	if a > math.MaxInt64 {
		return 0, value.OutOfRange(t)
	}
	return int64(a), nil
}

func lcm(t *value.Type, x, y int64) (int64, error) {
	if x == 0 || y == 0 {
		return 0, nil
	}
	g, err := gcd(t, x, y)
	if err != nil {
		return 0, err
	}
	z, err := mulInts(t, x/g, y)
	if err != nil || z == math.MinInt64 {
		return 0, value.OutOfRange(t)
	}
	return int64(absInt(z)), nil
}

func widthBucket(_ *Call, a []value.Value) (value.Value, error) {
	x, lo, hi, n := a[0].F, a[1].F, a[2].F, a[3].I
	bad := func(s string) (value.Value, error) { return null, fault.SQL("2201G", "%s", s) }
	switch {
	case n <= 0:
		return bad("count must be greater than zero")
	case math.IsNaN(x) || math.IsNaN(lo) || math.IsNaN(hi):
		return bad("operand, lower bound, and upper bound cannot be NaN")
	case math.IsInf(lo, 0) || math.IsInf(hi, 0):
		return bad("lower and upper bounds must be finite")
	case lo == hi:
		return bad("lower bound cannot equal upper bound")
	}
	if lo > hi {
		x, lo, hi = -x, -lo, -hi
	}
	switch {
	case x < lo:
		return value.Int(0), nil
	case x >= hi:
		return value.CheckInt(tInt4, n+1)
	}
	return value.Int(int64(float64(n)*((x-lo)/(hi-lo))) + 1), nil
}
