package builtin

import (
	"strconv"

	"github.com/plinth-dev/plinth/internal/builtin/transcend"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// fnMathNum returns the functions of numeric.
func fnMathNum() []*Func {
	one, two, scaled := sig(tNumeric), sig(tNumeric, tNumeric), sig(tNumeric, tInt4)
	out := []*Func{
		{Name: "abs", Args: one, Ret: tNumeric, Eval: textText(value.NumAbs)},
		{Name: "ceil", Args: one, Ret: tNumeric, Eval: textText(value.NumCeil)},
		{Name: "ceiling", Args: one, Ret: tNumeric, Eval: textText(value.NumCeil)},
		{Name: "floor", Args: one, Ret: tNumeric, Eval: textText(value.NumFloor)},
		{Name: "round", Args: one, Ret: tNumeric, Eval: textText(func(s string) string { return value.NumRound(s, 0) })},
		{Name: "trunc", Args: one, Ret: tNumeric, Eval: textText(func(s string) string { return value.NumTrunc(s, 0) })},
		{Name: "round", Args: scaled, Ret: tNumeric, Eval: textN(value.NumRound)},
		{Name: "trunc", Args: scaled, Ret: tNumeric, Eval: textN(value.NumTrunc)},
		{Name: "sign", Args: one, Ret: tNumeric, Eval: textText(signNumeric)},
		{Name: "mod", Args: two, Ret: tNumeric, Raises: true, Eval: textsTextE(value.NumMod)},
		{Name: "div", Args: two, Ret: tNumeric, Raises: true, Eval: textsTextE(divNumeric)},
		{Name: "power", Args: two, Ret: tNumeric, Raises: true, Eval: textsTextE(transcend.Power)},
		{Name: "pow", Args: two, Ret: tNumeric, Raises: true, Eval: textsTextE(transcend.Power)},
		{Name: "sqrt", Args: one, Ret: tNumeric, Raises: true, Eval: numText(transcend.Sqrt)},
		{Name: "exp", Args: one, Ret: tNumeric, Raises: true, Eval: numText(transcend.Exp)},
		{Name: "ln", Args: one, Ret: tNumeric, Raises: true, Eval: numText(transcend.Ln)},
		{Name: "log", Args: one, Ret: tNumeric, Raises: true, Eval: numText(transcend.Log10)},
		{Name: "log10", Args: one, Ret: tNumeric, Raises: true, Eval: numText(transcend.Log10)},
		{Name: "log", Args: two, Ret: tNumeric, Raises: true, Eval: textsTextE(transcend.Log)},
		{Name: "scale", Args: one, Ret: tInt4, Eval: numScale},
		{Name: "trim_scale", Args: one, Ret: tNumeric, Eval: textText(value.NumTrimScale)},
		{Name: "min_scale", Args: one, Ret: tInt4, Eval: func(c *Call, a []value.Value) (value.Value, error) {
			return numScale(c, []value.Value{value.Str(value.NumTrimScale(a[0].S))})
		}},
		{Name: "width_bucket", Args: sig(tNumeric, tNumeric, tNumeric, tInt4), Ret: tInt4, Raises: true, Eval: widthBucketNum},
		{Name: "factorial", Args: sig(tInt8), Ret: tNumeric, Raises: true, Eval: factorial},
	}
	return out
}

func numText(f func(string) (string, error)) evalFunc {
	return func(_ *Call, a []value.Value) (value.Value, error) { return strOr(f(a[0].S)) }
}

func signNumeric(s string) string {
	if s == "NaN" {
		return s
	}
	return strconv.Itoa(value.NumSign(s))
}

// divNumeric is the integer quotient, cut toward zero.
func divNumeric(a, b string) (string, error) {
	r, err := value.NumMod(a, b)
	if err != nil || value.NumScale(a) < 0 || value.NumScale(b) < 0 {
		q, err := value.NumDiv(a, b)
		return value.NumTrunc(q, 0), err
	}
	d, err := value.NumSub(a, r)
	if err != nil {
		return "", err
	}
	q, err := value.NumDiv(d, b)
	return value.NumTrunc(q, 0), err
}

func numScale(_ *Call, a []value.Value) (value.Value, error) {
	n := value.NumScale(a[0].S)
	if n < 0 {
		return null, nil
	}
	return value.Int(int64(n)), nil
}

func widthBucketNum(c *Call, a []value.Value) (value.Value, error) {
	f := make([]value.Value, 4)
	for i := range 3 {
		x, err := value.NumToFloat(a[i].S)
		if err != nil {
			return null, err
		}
		f[i] = value.Float(x)
	}
	f[3] = a[3]
	return widthBucket(c, f)
}

func factorial(_ *Call, a []value.Value) (value.Value, error) {
	switch {
	case a[0].I < 0:
		return null, fault.SQL("22003", "factorial of a negative number is undefined")
	case a[0].I > 3000:
		return null, fault.SQL("22003", "value overflows numeric format")
	}
	s, err := "1", error(nil)
	for i := int64(2); i <= a[0].I; i++ {
		if s, err = value.NumMul(s, value.NumFromInt(i)); err != nil {
			return null, err
		}
	}
	return value.Str(s), nil
}
