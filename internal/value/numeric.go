package value

import (
	"math"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value/decimal"
)

// ErrDivisionByZero is the error of every division by zero.
func ErrDivisionByZero() error { return fault.SQL("22012", "division by zero") }

// The arithmetic of numeric, on canonical text; decimal does it.

func NumAdd(a, b string) (string, error)   { return decimal.Add(a, b) }
func NumSub(a, b string) (string, error)   { return decimal.Sub(a, b) }
func NumMul(a, b string) (string, error)   { return decimal.Mul(a, b) }
func NumDiv(a, b string) (string, error)   { return decimal.Div(a, b) }
func NumMod(a, b string) (string, error)   { return decimal.Mod(a, b) }
func NumPower(a, b string) (string, error) { return decimal.Power(a, b) }
func NumLog(b, x string) (string, error)   { return decimal.Log(b, x) }
func NumSqrt(s string) (string, error)     { return decimal.Sqrt(s) }
func NumExp(s string) (string, error)      { return decimal.Exp(s) }
func NumLn(s string) (string, error)       { return decimal.Ln(s) }
func NumNeg(s string) string               { return decimal.Neg(s) }
func NumAbs(s string) string               { return decimal.Abs(s) }
func NumCeil(s string) string              { return decimal.Ceil(s) }
func NumFloor(s string) string             { return decimal.Floor(s) }
func NumTrimScale(s string) string         { return decimal.TrimScale(s) }
func NumRound(s string, scale int) string  { return decimal.Round(s, scale) }
func NumTrunc(s string, scale int) string  { return decimal.Trunc(s, scale) }

// NumCmp orders numerics: -Infinity, numbers, Infinity, NaN.
func NumCmp(a, b string) int { return decimal.Cmp(a, b) }

// NumSign returns -1, 0 or 1; NaN is 0.
func NumSign(s string) int { return decimal.Sign(s) }

// NumScale returns the number of fractional digits shown, -1 for NaN and infinities.
func NumScale(s string) int { return decimal.Scale(s) }

// NumFromInt, NumFromFloat (15 digits) and NumFromFloat4 (6) convert to numeric.
func NumFromInt(i int64) string      { return decimal.FromInt(i) }
func NumFromFloat(f float64) string  { return decimal.FromFloat(f) }
func NumFromFloat4(f float64) string { return decimal.FromFloat4(f) }

// fitNumeric applies the modifier of t to canonical text.
func fitNumeric(t *Type, s string) (string, error) {
	if t.Mod == 0 {
		return s, nil
	}
	p, scale := t.numericMod()
	return decimal.Fit(s, p, scale)
}

func sign(i int) int {
	switch {
	case i < 0:
		return -1
	case i > 0:
		return 1
	}
	return 0
}

// NumToFloat returns the nearest float8, or 22003 where there is none.
func NumToFloat(s string) (float64, error) {
	v, err := parseFloat(Float8, s)
	return v.F, err
}

// NumToInt rounds to the integer type t (halves away from zero).
func NumToInt(t *Type, s string) (int64, error) {
	switch s {
	case "NaN":
		return 0, fault.SQL("0A000", "cannot convert NaN to %s", t.Base().bare().String())
	case "Infinity", "-Infinity":
		return 0, fault.SQL("0A000", "cannot convert infinity to %s", t.Base().bare().String())
	}
	i, ok := decimal.Int64(s)
	lo, hi := intRange(t.Base().Kind)
	if !ok || i < lo || i > hi {
		return 0, OutOfRange(t)
	}
	return i, nil
}

// FloatToInt rounds to the integer type t, halves to even as C's rint.
func FloatToInt(t *Type, f float64) (int64, error) {
	r := math.RoundToEven(f)
	lo, hi := intRange(t.Base().Kind)
	if !(r >= float64(lo) && r < -float64(-hi-1)) {
		return 0, OutOfRange(t)
	}
	return int64(r), nil
}
