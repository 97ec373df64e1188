package builtin

import (
	"math"
	"math/bits"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// fnBits returns the functions of single bits and bytes, enums, degrees and buckets.
func fnBits() []*Func {
	out := []*Func{
		{Name: "get_bit", Args: sig(tBytea, tInt8), Ret: tInt4, Raises: true, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			if err := inBytes(a[1].I, int64(len(a[0].S))*8); err != nil {
				return null, err
			}
			return value.Int(int64(a[0].S[a[1].I/8] >> (a[1].I % 8) & 1)), nil
		}},
		{Name: "set_bit", Args: sig(tBytea, tInt8, tInt4), Ret: tBytea, Raises: true, Eval: setBit},
		{Name: "set_byte", Args: sig(tBytea, tInt4, tInt4), Ret: tBytea, Raises: true, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			if err := inBytes(a[1].I, int64(len(a[0].S))); err != nil {
				return null, err
			}
			b := []byte(a[0].S)
			b[a[1].I] = byte(a[2].I)
			return value.Str(string(b)), nil
		}},
		{Name: "bit_count", Args: sig(tBytea), Ret: tInt8, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			n := 0
			for _, c := range []byte(a[0].S) {
				n += bits.OnesCount8(c)
			}
			return value.Int(int64(n)), nil
		}},
		{Name: "bit_length", Args: sig(tBytea), Ret: tInt4, Eval: textInt(func(s string) int { return 8 * len(s) })},
		{Name: "overlay", Args: sig(tBytea, tBytea, tInt4, tInt4), Optional: 1, Ret: tBytea, Raises: true, Eval: overlayBytes},
		{Name: "width_bucket", Args: sig(tElem, tArray), Ret: tInt4, Raises: true, Eval: bucketOf},
		{Name: "enum_first", Args: sig(tEnum), Ret: tEnum, NotStrict: true, Eval: func(c *Call, _ []value.Value) (value.Value, error) {
			return value.Str(c.arg(0).Base().Labels[0]), nil
		}},
		{Name: "enum_last", Args: sig(tEnum), Ret: tEnum, NotStrict: true, Eval: func(c *Call, _ []value.Value) (value.Value, error) {
			l := c.arg(0).Base().Labels
			return value.Str(l[len(l)-1]), nil
		}},
		{Name: "enum_range", Args: sig(tEnum), Ret: tArray, NotStrict: true, Eval: enumRange},
		{Name: "enum_range", Args: sig(tEnum, tEnum), Ret: tArray, NotStrict: true, Eval: enumRange},
		{Name: "atan2d", Args: sig(tFloat8, tFloat8), Ret: tFloat8, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			return value.Float(math.Atan2(a[0].F, a[1].F) / atan1 * 45), nil
		}},
	}
	for n, f := range map[string]func(float64) float64{
		"sind": sinDegrees, "cosd": cosDegrees, "asind": asinDegrees, "acosd": acosDegrees,
		"atand": func(x float64) float64 { return math.Atan(x) / atan1 * 45 },
		"tand":  func(x float64) float64 { return sinDegrees(x) / cosDegrees(x) },
		"cotd":  func(x float64) float64 { return cosDegrees(x) / sinDegrees(x) },
	} {
		out = append(out, &Func{Name: n, Args: sig(tFloat8), Ret: tFloat8, Raises: true, Eval: inDomain(f)})
	}
	return out
}

func inBytes(i, n int64) error {
	if i < 0 || i >= n {
		return fault.SQL("2202E", "index %d out of valid range, 0..%d", i, n-1)
	}
	return nil
}

func setBit(_ *Call, a []value.Value) (value.Value, error) {
	if err := inBytes(a[1].I, int64(len(a[0].S))*8); err != nil {
		return null, err
	}
	if a[2].I != 0 && a[2].I != 1 {
		return null, fault.SQL("22023", "new bit must be 0 or 1")
	}
	b := []byte(a[0].S)
	at := &b[a[1].I/8]
	*at = *at&^(1<<(a[1].I%8)) | byte(a[2].I)<<(a[1].I%8)
	return value.Str(string(b)), nil
}

func overlayBytes(_ *Call, a []value.Value) (value.Value, error) {
	s, n, from := a[0].S, int64(len(a[1].S)), a[2].I
	if len(a) > 3 {
		n = a[3].I
	}
	if from <= 0 {
		return null, errNegativeLength()
	}
	size := int64(len(s))
	lo := min(from-1, size)
	hi := max(0, min(from-1+n, size))
	return value.Str(s[:lo] + a[1].S + s[hi:]), nil
}

// bucketOf is the number of lower bounds that are not above the value.
func bucketOf(c *Call, a []value.Value) (value.Value, error) {
	t, n := c.arg(0), 0
	for _, v := range a[1].L {
		if v.IsNull() {
			return null, fault.SQL("22004", "thresholds array must not contain NULLs")
		}
		if value.Compare(t, v, a[0]) <= 0 {
			n++
		}
	}
	return value.Int(int64(n)), nil
}

// enumRange lists the labels between two, either of which may be NULL: none.
func enumRange(c *Call, a []value.Value) (value.Value, error) {
	l := c.arg(0).Base().Labels
	lo, hi := 0, len(l)-1
	for i, label := range l {
		if len(a) == 2 && !a[0].IsNull() && a[0].S == label {
			lo = i
		}
		if len(a) == 2 && !a[1].IsNull() && a[1].S == label {
			hi = i
		}
	}
	if lo > hi {
		return value.List([]value.Value{}), nil
	}
	return textList(l[lo : hi+1]), nil
}

// The functions of degrees are exact where their results are; as Postgres makes them so.
var (
	degree = math.Pi / 180
	sin30  = math.Sin(30 * degree)
	cos60  = 1 - math.Cos(60*degree)
	atan1  = math.Atan(1)
	asin05 = math.Asin(0.5)
	acos05 = math.Acos(0.5)
)

// lowSin is the sine up to 30 degrees, lowCos the cosine up to 60.
func lowSin(x float64) float64 { return math.Sin(x*degree) / sin30 / 2 }
func lowCos(x float64) float64 { return 1 - (1-math.Cos(x*degree))/cos60/2 }

func quarterSin(x float64) float64 {
	if x <= 30 {
		return lowSin(x)
	}
	return lowCos(90 - x)
}

func quarterCos(x float64) float64 {
	if x <= 60 {
		return lowCos(x)
	}
	return lowSin(90 - x)
}

func sinDegrees(x float64) float64 {
	x, sign := math.Mod(x, 360), 1.0
	if x < 0 {
		x, sign = -x, -sign
	}
	if x > 180 {
		x, sign = 360-x, -sign
	}
	if x > 90 {
		x = 180 - x
	}
	return sign * quarterSin(x)
}

func cosDegrees(x float64) float64 {
	x, sign := math.Abs(math.Mod(x, 360)), 1.0
	if x > 180 {
		x = 360 - x
	}
	if x > 90 {
		x, sign = 180-x, -sign
	}
	return sign * quarterCos(x)
}

func asinDegrees(x float64) float64 {
	if x < 0 {
		return -asinDegrees(-x)
	}
	if x <= 0.5 {
		return math.Asin(x) / asin05 * 30
	}
	return 90 - math.Acos(x)/acos05*60
}

func acosDegrees(x float64) float64 {
	if x < 0 {
		return 90 + asinDegrees(-x)
	}
	if x <= 0.5 {
		return 90 - math.Asin(x)/asin05*30
	}
	return math.Acos(x) / acos05 * 60
}
