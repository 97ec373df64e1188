package value

import (
	"math"
	"math/big"
	"strconv"

	"github.com/plinth-dev/plinth/internal/fault"
)

// ErrDivisionByZero is the error of every division by zero.
func ErrDivisionByZero() error { return fault.SQL("22012", "division by zero") }

// NumAdd, NumSub and NumMul work on canonical numeric text.
func NumAdd(a, b string) (string, error) { return numSum(toDec(a), toDec(b)) }

// NumSub returns a - b.
func NumSub(a, b string) (string, error) { return numSum(toDec(a), toDec(b).neg()) }

func numSum(x, y dec) (string, error) {
	if x.special != 0 || y.special != 0 {
		switch {
		case x.special == 'n' || y.special == 'n' || x.special != 0 && y.special != 0 && x.special != y.special:
			return "NaN", nil
		case x.special != 0:
			return x.String(), nil
		}
		return y.String(), nil
	}
	s := max(x.scale, y.scale)
	return dec{coef: new(big.Int).Add(x.at(s), y.at(s)), scale: s}.checked()
}

// NumMul returns a * b; the scale is the sum of both.
func NumMul(a, b string) (string, error) {
	x, y := toDec(a), toDec(b)
	if x.special != 0 || y.special != 0 {
		if x.special == 'n' || y.special == 'n' {
			return "NaN", nil
		}
		return infinity(x.sign() * y.sign()).String(), nil
	}
	d := dec{coef: new(big.Int).Mul(x.coef, y.coef), scale: x.scale + y.scale}
	if d.scale > maxNumericScale {
		d = d.round(maxNumericScale)
	}
	return d.checked()
}

// infinity returns the infinity of that sign, NaN for none.
func infinity(sign int) dec {
	switch sign {
	case 1:
		return decPosInf
	case -1:
		return decNegInf
	}
	return decNaN
}

// NumDiv returns a / b at the scale that Postgres chooses.
func NumDiv(a, b string) (string, error) {
	x, y := toDec(a), toDec(b)
	switch {
	case x.special == 'n' || y.special == 'n':
		return "NaN", nil
	case x.special != 0 && y.special != 0:
		return "NaN", nil
	case y.special != 0:
		return "0", nil
	case y.coef.Sign() == 0:
		return "", ErrDivisionByZero()
	case x.special != 0:
		return infinity(x.sign() * y.sign()).String(), nil
	}
	return divDec(x, y, divScale(x, y)).checked()
}

// divDec returns x / y rounded to scale.
func divDec(x, y dec, scale int) dec {
	n, m := x.coef, y.coef
	if shift := scale + y.scale - x.scale; shift >= 0 {
		n = new(big.Int).Mul(n, pow10(shift))
	} else {
		m = new(big.Int).Mul(m, pow10(-shift))
	}
	q, r := new(big.Int).QuoRem(n, m, new(big.Int))
	if r.Abs(r).Lsh(r, 1).CmpAbs(m) >= 0 {
		q.Add(q, big.NewInt(int64(n.Sign()*m.Sign())))
	}
	return dec{coef: q, scale: scale}
}

// lead returns the weight and value of the first base-10000 digit, in which Postgres
// counts significance.
func (d dec) lead() (weight, digit int) {
	if d.coef.Sign() == 0 {
		return 0, 0
	}
	s := new(big.Int).Abs(d.coef).String()
	whole := len(s) - d.scale // decimal digits before the point, maybe negative
	weight = (whole+3)>>2 - 1
	n := whole - weight*4 // decimal digits in the first group: 1 to 4
	for len(s) < n {
		s += "0"
	}
	digit, _ = strconv.Atoi(s[:n])
	return weight, digit
}

// divScale is select_div_scale.
func divScale(x, y dec) int {
	w1, d1 := x.lead()
	w2, d2 := y.lead()
	q := w1 - w2
	if d1 <= d2 {
		q--
	}
	return min(max(minSigDigits-q*4, x.scale, y.scale, 0), maxDisplayScale)
}

// NumMod returns the remainder of a / b, of a's sign.
func NumMod(a, b string) (string, error) {
	x, y := toDec(a), toDec(b)
	switch {
	case x.special == 'n' || y.special == 'n':
		return "NaN", nil
	case x.special != 0 && y.special == 0 && y.coef.Sign() == 0:
		return "", ErrDivisionByZero()
	case x.special != 0:
		return "NaN", nil
	case y.special != 0:
		return a, nil
	case y.coef.Sign() == 0:
		return "", ErrDivisionByZero()
	}
	s := max(x.scale, y.scale)
	return dec{coef: new(big.Int).Rem(x.at(s), y.at(s)), scale: s}.String(), nil
}

func (d dec) neg() dec {
	switch d.special {
	case '+':
		return decNegInf
	case '-':
		return decPosInf
	case 'n':
		return d
	}
	return dec{coef: new(big.Int).Neg(d.coef), scale: d.scale}
}

// NumNeg returns -s.
func NumNeg(s string) string { return toDec(s).neg().String() }

// NumAbs returns |s|.
func NumAbs(s string) string {
	if s != "" && s[0] == '-' {
		return s[1:]
	}
	return s
}

// NumSign returns -1, 0 or 1 (NaN: 0).
func NumSign(s string) int { return toDec(s).sign() }

// NumScale returns the number of fractional digits shown; -1 for NaN and infinities.
func NumScale(s string) int {
	d := toDec(s)
	if d.special != 0 {
		return -1
	}
	return d.scale
}

// NumRound rounds to scale digits, halves away from zero; scale may be negative.
func NumRound(s string, scale int) string {
	return toDec(s).round(clampScale(scale)).String()
}

// NumTrunc cuts to scale digits toward zero; scale may be negative.
func NumTrunc(s string, scale int) string {
	return toDec(s).trunc(clampScale(scale)).String()
}

func clampScale(n int) int { return min(max(n, -maxNumericDigits), 2000) }

// NumCeil returns the least integer not below s.
func NumCeil(s string) string { return toDec(s).toward(1).String() }

// NumFloor returns the greatest integer not above s.
func NumFloor(s string) string { return toDec(s).toward(-1).String() }

func (d dec) toward(sign int) dec {
	if d.special != 0 {
		return d
	}
	c := d.trunc(0)
	if d.coef.Sign() == sign && c.cmp(d) != 0 {
		c.coef.Add(c.coef, big.NewInt(int64(sign)))
	}
	return c
}

// NumCmp orders numerics: -Infinity, numbers, Infinity, NaN.
func NumCmp(a, b string) int {
	if a == b {
		return 0
	}
	return sign(toDec(a).cmp(toDec(b)))
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

// NumTrimScale removes trailing fractional zeros.
func NumTrimScale(s string) string {
	d := toDec(s)
	if d.special != 0 || d.scale == 0 {
		return s
	}
	end := len(s)
	for s[end-1] == '0' {
		end--
	}
	if s[end-1] == '.' {
		end--
	}
	return s[:end]
}

// NumFromInt returns the numeric of i.
func NumFromInt(i int64) string { return strconv.FormatInt(i, 10) }

// NumFromFloat returns the numeric of f with the 15 digits that float8 guarantees.
func NumFromFloat(f float64) string { return numFromFloat(f, 15) }

// NumFromFloat4 returns the numeric of a float4: 6 digits.
func NumFromFloat4(f float64) string { return numFromFloat(f, 6) }

func numFromFloat(f float64, digits int) string {
	s, err := parseNumeric(string(trimG(strconv.AppendFloat(nil, f, 'e', digits-1, 64))))
	if err != nil {
		return "NaN"
	}
	return s
}

// trimG removes the zeros that C's %g would not print: 1.500e+00 becomes 1.5e+00.
func trimG(b []byte) []byte {
	e := len(b)
	for e > 0 && b[e-1] != 'e' {
		e--
	}
	if e == 0 {
		return b
	}
	m := e - 1
	for m > 0 && b[m-1] == '0' {
		m--
	}
	if m > 0 && b[m-1] == '.' {
		m--
	}
	return append(b[:m], b[e-1:]...)
}

// NumToFloat returns the nearest float8, or 22003 where there is none.
func NumToFloat(s string) (float64, error) {
	v, err := parseFloat(Float8, s)
	return v.F, err
}

// NumToInt rounds to the integer type t (halves away from zero).
func NumToInt(t *Type, s string) (int64, error) {
	d := toDec(s)
	switch d.special {
	case 'n':
		return 0, fault.SQL("0A000", "cannot convert NaN to %s", t.Base().bare().String())
	case '+', '-':
		return 0, fault.SQL("0A000", "cannot convert infinity to %s", t.Base().bare().String())
	}
	d = d.round(0)
	lo, hi := intRange(t.Base().Kind)
	if !d.coef.IsInt64() || d.coef.Int64() < lo || d.coef.Int64() > hi {
		return 0, OutOfRange(t)
	}
	return d.coef.Int64(), nil
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
