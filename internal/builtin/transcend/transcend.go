// Package transcend works out roots, powers and logarithms of numeric text: in binary,
// with digits to spare, printed at the scale that Postgres chooses. Plain arithmetic of
// numeric is package value's. Everything here is pure.
package transcend

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

const (
	sigDigits  = 16   // what Postgres promises at least
	maxScale   = 1000 // what it displays at most
	log10E     = 0.434294481903252
	numDigits  = 131072
	extraBits  = 96
	bitsPerDec = 3.33
)

// ErrLogZero and ErrLogNegative are the complaints of every logarithm.
func ErrLogZero() error { return fault.SQL("2201E", "cannot take logarithm of zero") }

// ErrLogNegative is the complaint about a number below zero.
func ErrLogNegative() error {
	return fault.SQL("2201E", "cannot take logarithm of a negative number")
}

func errNumOverflow() error { return fault.SQL("22003", "value overflows numeric format") }

// clampDisplay keeps a scale among what is displayed, and at least those of its inputs.
func clampDisplay(n int, inputs ...string) int {
	for _, s := range inputs {
		n = max(n, value.NumScale(s))
	}
	return min(max(n, 0), maxScale)
}

// lead is the weight and the first two digits in base 10,000 of |s|.
func lead(s string) (weight int, digits float64, shift int) {
	whole, frac, _ := strings.Cut(value.NumAbs(s), ".")
	for len(whole)%4 != 0 {
		whole = "0" + whole
	}
	for len(frac)%4 != 0 {
		frac += "0"
	}
	all := whole + frac
	weight = len(whole)/4 - 1
	for len(all) > 4 && all[:4] == "0000" {
		all, weight = all[4:], weight-1
	}
	n := min(len(all), 8)
	d, _ := strconv.Atoi(all[:n])
	return weight, float64(d), (weight - n/4 + 1) * 4
}

// toBig reads s with enough bits for scale digits more.
func toBig(s string, scale int) *big.Float {
	bits := uint(float64(len(s)+scale)*bitsPerDec) + extraBits
	f, _, err := big.ParseFloat(s, 10, bits, big.ToNearestEven)
	if err != nil {
		return new(big.Float).SetPrec(bits)
	}
	return f
}

func fromBig(f *big.Float, scale int) string { return value.NumRound(f.Text('f', scale), scale) }

func Sqrt(s string) (string, error) {
	switch {
	case s == "NaN" || s == "Infinity":
		return s, nil
	case value.NumSign(s) < 0:
		return "", fault.SQL("2201F", "cannot take square root of a negative number")
	}
	w, _, _ := lead(s)
	scale := clampDisplay(sigDigits-((w+1)*2-1), s)
	x := toBig(s, scale)
	return fromBig(x.Sqrt(x), scale), nil
}

// SqrtTo is Sqrt of a number that is not negative, at a scale.
func SqrtTo(s string, scale int) string {
	if s == "NaN" || s == "Infinity" {
		return s
	}
	x := toBig(s, scale)
	return fromBig(x.Sqrt(x), scale)
}

func Exp(s string) (string, error) {
	switch s {
	case "NaN", "Infinity":
		return s, nil
	case "-Infinity":
		return "0", nil
	}
	f, err := value.NumToFloat(s)
	if err != nil || f*log10E > numDigits {
		return "", errNumOverflow()
	}
	val := f * log10E
	scale := clampDisplay(sigDigits-int(math.Max(val, -maxScale*2)), s)
	if val < -maxScale*2 {
		return value.NumRound("0", maxScale), nil
	}
	return fromBig(bigExp(toBig(s, scale+int(math.Abs(val)))), scale), nil
}

// lnWeight estimates the decimal weight of ln(s).
func lnWeight(s string) int {
	if value.NumCmp(s, "0.9") >= 0 && value.NumCmp(s, "1.1") <= 0 {
		x, _ := value.NumSub(s, "1")
		if value.NumSign(x) == 0 {
			return 0
		}
		w, d, shift := lead(x)
		return w*4 + int(math.Log10(math.Trunc(d*math.Pow10(shift-w*4))))
	}
	_, d, shift := lead(s)
	return int(math.Log10(math.Abs(math.Log(d) + float64(shift)*math.Ln10)))
}

func checkLog(s string) error {
	switch {
	case s == "NaN" || value.NumSign(s) > 0:
		return nil
	case value.NumSign(s) == 0:
		return ErrLogZero()
	}
	return ErrLogNegative()
}

func Ln(s string) (string, error) {
	if err := checkLog(s); err != nil || s == "NaN" || s == "Infinity" {
		return s, err
	}
	scale := clampDisplay(sigDigits-lnWeight(s), s)
	return fromBig(bigLn(toBig(s, scale)), scale), nil
}

func Log10(s string) (string, error) { return Log("10", s) }

func Log(base, s string) (string, error) {
	for _, x := range []string{base, s} {
		if err := checkLog(x); err != nil {
			return "", err
		}
		if value.NumScale(x) < 0 {
			return logSpecial(base, s)
		}
	}
	scale := clampDisplay(sigDigits-(lnWeight(s)-lnWeight(base)), base, s)
	b := bigLn(toBig(base, scale+len(s)))
	if b.Sign() == 0 {
		return "", value.ErrDivisionByZero()
	}
	n := bigLn(toBig(s, scale+len(base)))
	return fromBig(n.Quo(n, b), scale), nil
}

func logSpecial(base, s string) (string, error) {
	switch {
	case base == "NaN" || s == "NaN" || base == s:
		return "NaN", nil
	case base == "Infinity":
		return "0", nil
	}
	return s, nil
}

// Power is a ^ b.
func Power(a, b string) (string, error) {
	whole := value.NumScale(b) >= 0 && value.NumCmp(value.NumTrunc(b, 0), b) == 0
	switch {
	case value.NumScale(a) < 0 || value.NumScale(b) < 0:
		return powerSpecial(a, b)
	case value.NumSign(a) == 0 && value.NumSign(b) < 0:
		return "", fault.SQL("2201F", "zero raised to a negative power is undefined")
	case value.NumSign(a) < 0 && !whole:
		return "", fault.SQL("2201F", "a negative number raised to a non-integer power yields a complex result")
	case value.NumSign(a) == 0 && value.NumSign(b) > 0:
		return value.NumRound("0", sigDigits), nil
	}
	if n, err := value.NumToInt(value.TInt4, b); whole && err == nil {
		return powerInt(a, int(n))
	}
	neg := value.NumSign(a) < 0
	if neg {
		r, _ := value.NumMod(b, "2")
		neg, a = value.NumSign(r) != 0, value.NumAbs(a)
	}
	f, err := value.NumToFloat(b)
	x, err2 := value.NumToFloat(a)
	val := f * math.Log10(x)
	if err != nil || err2 != nil || val > numDigits {
		return "", errNumOverflow()
	}
	scale := clampDisplay(sigDigits-int(math.Max(val, -maxScale)), a, b)
	if val < -maxScale {
		return value.NumRound("0", maxScale), nil
	}
	ln := bigLn(toBig(a, scale+len(b)+int(math.Abs(val))))
	out := fromBig(bigExp(ln.Mul(ln, toBig(b, scale+len(a)+int(math.Abs(val))))), scale)
	if neg {
		out = value.NumNeg(out)
	}
	return out, nil
}

func powerSpecial(a, b string) (string, error) {
	switch {
	case b != "NaN" && value.NumSign(b) == 0 || value.NumCmp(a, "1") == 0:
		return "1", nil
	case a == "NaN" || b == "NaN":
		return "NaN", nil
	}
	x, _ := strconv.ParseFloat(a, 64)
	y, _ := strconv.ParseFloat(b, 64)
	return value.NumFromFloat(math.Pow(x, y)), nil
}

// powerInt multiplies exactly and rounds to 16 places, or those of the base.
func powerInt(a string, n int) (string, error) {
	_, d, shift := lead(a)
	val := float64(n) * (math.Log10(d) + float64(shift))
	if val > numDigits {
		return "", errNumOverflow()
	}
	scale := clampDisplay(sigDigits, a)
	if n == 0 {
		return value.NumRound("1", scale), nil
	}
	x := toBig(a, scale+int(math.Abs(val))+len(a))
	out := new(big.Float).SetPrec(x.Prec() + 64).SetInt64(1)
	sq := new(big.Float).SetPrec(x.Prec() + 64).Set(x)
	for e := magnitude(n); e > 0; e >>= 1 {
		if e&1 == 1 {
			out.Mul(out, sq)
		}
		if e > 1 {
			sq.Mul(sq, sq)
		}
	}
	if n < 0 {
		out.Quo(new(big.Float).SetPrec(out.Prec()).SetInt64(1), out)
	}
	return fromBig(out, scale), nil
}

// bigLn takes roots until the argument is near 1 and sums 2·atanh((x-1)/(x+1)).
func bigLn(x *big.Float) *big.Float {
	prec := x.Prec()
	one := big.NewFloat(1)
	x = new(big.Float).SetPrec(prec + 64).Set(x)
	n := 0
	for x.MantExp(nil) > 1 || x.MantExp(nil) < 0 || n < 8 {
		x.Sqrt(x)
		n++
	}
	num, den := new(big.Float).Sub(x, one), new(big.Float).Add(x, one)
	z := num.Quo(num, den)
	z2 := new(big.Float).Mul(z, z)
	sum, term := new(big.Float).Set(z), new(big.Float).Set(z)
	for k := int64(3); term.Sign() != 0 && term.MantExp(nil) > sum.MantExp(nil)-int(prec)-64; k += 2 {
		term.Mul(term, z2)
		sum.Add(sum, new(big.Float).Quo(term, new(big.Float).SetInt64(k)))
	}
	return sum.SetMantExp(sum, n+1)
}

// bigExp halves the argument until it is small, sums the series and squares back.
func bigExp(x *big.Float) *big.Float {
	prec := x.Prec() + 128
	n := max(x.MantExp(nil)+8, 0)
	y := new(big.Float).SetPrec(prec).SetMantExp(x, -n)
	sum := new(big.Float).SetPrec(prec).SetInt64(1)
	term := new(big.Float).SetPrec(prec).SetInt64(1)
	for k := int64(1); term.Sign() != 0 && term.MantExp(nil) > -int(prec); k++ {
		term.Mul(term, y)
		term.Quo(term, new(big.Float).SetInt64(k))
		sum.Add(sum, term)
	}
	for range n {
		sum.Mul(sum, sum)
	}
	return sum
}

func magnitude(n int) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}
