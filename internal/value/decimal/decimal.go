package decimal

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Limits of Postgres' numeric.
const (
	maxDigits       = 131072 // before the point
	maxScale        = 16383
	maxDisplayScale = 1000
	minSigDigits    = 16
)

// dec is a numeric while it is worked on: coef / 10^scale, or a special value.
type dec struct {
	special byte // 0, 'n' NaN, '+' and '-' the infinities
	coef    *big.Int
	scale   int
}

var (
	decNaN    = dec{special: 'n'}
	decPosInf = dec{special: '+'}
	decNegInf = dec{special: '-'}
)

func errOverflow() error { return fault.SQL("22003", "value overflows numeric format") }

// Parse is numeric_in: it accepts exponents and returns the canonical text.
func Parse(s string) (string, error) {
	w := trimSpace(s)
	switch strings.ToLower(w) {
	case "nan":
		return "NaN", nil
	case "inf", "infinity", "+inf", "+infinity":
		return "Infinity", nil
	case "-inf", "-infinity":
		return "-Infinity", nil
	}
	if isCanonical(w) {
		return w, nil
	}
	neg, digits, scale, ok := scan(w)
	if !ok {
		return "", fault.SQL("22P02", `invalid input syntax for type numeric: "%s"`, s)
	}
	digits = strings.TrimLeft(digits, "0")
	if scale > maxScale || len(digits)-scale > maxDigits {
		return "", errOverflow()
	}
	if scale < 0 {
		if digits != "" {
			digits += strings.Repeat("0", -scale)
		}
		scale = 0
	}
	return lay(neg, digits, scale), nil
}

// isCanonical reports whether w is already what numeric_out would print.
func isCanonical(w string) bool {
	if len(w) > 1 && w[0] == '-' {
		if strings.Trim(w[1:], "0.") == "" {
			return false
		}
		w = w[1:]
	}
	whole, frac, point := strings.Cut(w, ".")
	if whole == "" || point && frac == "" || len(w) > maxDisplayScale {
		return false
	}
	return (len(whole) == 1 || whole[0] != '0') && allDigits(whole) && allDigits(frac)
}

// scan splits decimal text into its sign, digits and scale.
func scan(w string) (neg bool, digits string, scale int, ok bool) {
	if w != "" && (w[0] == '-' || w[0] == '+') {
		neg = w[0] == '-'
		w = w[1:]
	}
	mant, exp := w, 0
	if i := strings.IndexAny(w, "eE"); i >= 0 {
		mant = w[:i]
		n, err := strconv.Atoi(w[i+1:])
		if err != nil || n > math.MaxInt32/2 || n < -math.MaxInt32/2 || strings.ContainsRune(w[i+1:], '_') {
			return false, "", 0, false
		}
		exp = n
	}
	whole, frac, _ := strings.Cut(mant, ".")
	if whole == "" && frac == "" || !allDigits(whole) || !allDigits(frac) {
		return false, "", 0, false
	}
	return neg, whole + frac, len(frac) - exp, true
}

// lay prints digits (no leading zeros) with scale fractional places.
func lay(neg bool, digits string, scale int) string {
	if strings.Trim(digits, "0") == "" {
		neg, digits = false, ""
	}
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	if digits == "" {
		digits = "0"
	}
	sign := ""
	if neg {
		sign = "-"
	}
	if scale == 0 {
		return sign + digits
	}
	at := len(digits) - scale
	return sign + digits[:at] + "." + digits[at:]
}

// toDec reads canonical text; what is not numeric text reads as NaN.
func toDec(s string) dec {
	switch s {
	case "NaN":
		return decNaN
	case "Infinity":
		return decPosInf
	case "-Infinity":
		return decNegInf
	}
	scale := 0
	if i := strings.IndexByte(s, '.'); i >= 0 {
		scale = len(s) - i - 1
		s = s[:i] + s[i+1:]
	}
	if len(s) < 19 {
		i, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return decNaN
		}
		return dec{coef: big.NewInt(i), scale: scale}
	}
	c, ok := new(big.Int).SetString(s, 10)
	if !ok {
		return decNaN
	}
	return dec{coef: c, scale: scale}
}

// String prints d as numeric_out does.
func (d dec) String() string {
	switch d.special {
	case 'n':
		return "NaN"
	case '+':
		return "Infinity"
	case '-':
		return "-Infinity"
	}
	if d.scale == 0 {
		return d.coef.String()
	}
	s := d.coef.String()
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	if s == "0" {
		s = ""
	}
	return lay(neg, s, d.scale)
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// at returns d's coefficient at a scale not below its own.
func (d dec) at(scale int) *big.Int {
	if scale == d.scale {
		return d.coef
	}
	return new(big.Int).Mul(d.coef, pow10(scale-d.scale))
}

// round returns d at scale (which may be negative), halves away from zero.
func (d dec) round(scale int) dec { return d.cut(scale, true) }

// trunc returns d at scale, cut toward zero.
func (d dec) trunc(scale int) dec { return d.cut(scale, false) }

func (d dec) cut(scale int, half bool) dec {
	if d.special != 0 {
		return d
	}
	if scale >= d.scale {
		return dec{coef: d.at(scale), scale: scale}
	}
	unit := pow10(d.scale - scale)
	q, r := new(big.Int).QuoRem(d.coef, unit, new(big.Int))
	if half && r.Abs(r).Lsh(r, 1).Cmp(unit) >= 0 {
		q.Add(q, big.NewInt(int64(d.coef.Sign())))
	}
	if scale < 0 {
		return dec{coef: q.Mul(q, pow10(-scale))}
	}
	return dec{coef: q, scale: scale}
}

// sign is -1, 0 or 1; NaN is 0.
func (d dec) sign() int {
	switch d.special {
	case '+':
		return 1
	case '-':
		return -1
	case 'n':
		return 0
	}
	return d.coef.Sign()
}

// cmp orders as btree does: -Infinity, numbers, Infinity, NaN.
func (d dec) cmp(e dec) int {
	if d.special != 0 || e.special != 0 {
		return d.rank() - e.rank()
	}
	s := max(d.scale, e.scale)
	return d.at(s).Cmp(e.at(s))
}

func (d dec) rank() int { return strings.IndexByte("-\x00+n", d.special) }

// checked returns the text of d, or the overflow error where Postgres has one.
func (d dec) checked() (string, error) {
	if d.special == 0 && d.coef.BitLen() > maxDigits*3 {
		if s := d.String(); len(s)-d.scale > maxDigits+2 {
			return "", errOverflow()
		}
	}
	return d.String(), nil
}

// Fit rounds canonical text to scale and refuses what precision does not hold; a negative
// scale rounds before the point.
func Fit(s string, p, scale int) (string, error) {
	if s == "NaN" {
		return s, nil
	}
	over := fault.SQL("22003", "numeric field overflow")
	d := toDec(s)
	if d.special != 0 {
		return "", over.WithDetail("A field with precision " + strconv.Itoa(p) + ", scale " +
			strconv.Itoa(scale) + " cannot hold an infinite value.")
	}
	d = d.round(scale)
	if d.coef.CmpAbs(pow10(max(p-scale, 0)+d.scale)) >= 0 && d.coef.Sign() != 0 || p < scale &&
		d.coef.CmpAbs(pow10(p)) >= 0 {
		limit := "1"
		if p != scale {
			limit = "10^" + strconv.Itoa(p-scale)
		}
		return "", over.WithDetail("A field with precision " + strconv.Itoa(p) + ", scale " +
			strconv.Itoa(scale) + " must round to an absolute value less than " + limit + ".")
	}
	return d.String(), nil
}

// Fixed prints n / 10^scale.
func Fixed(n int64, scale int) string {
	return dec{coef: big.NewInt(n), scale: scale}.String()
}

// Int64 rounds to a whole number, halves away from zero; false where int64 has none.
func Int64(s string) (int64, bool) {
	d := toDec(s).round(0)
	if d.special != 0 || !d.coef.IsInt64() {
		return 0, false
	}
	return d.coef.Int64(), true
}

// trimSpace cuts C's white space off both ends.
func trimSpace(s string) string { return strings.Trim(s, " \t\n\v\f\r") }

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
