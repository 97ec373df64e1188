package decimal

import (
	"math/big"
	"strconv"

	"github.com/plinth-dev/plinth/internal/fault"
)

func errDivisionByZero() error { return fault.SQL("22012", "division by zero") }

// Add returns a + b, at the greater of both scales.
func Add(a, b string) (string, error) {
	if s, ok := smallSum(a, b, 1); ok {
		return s, nil
	}
	return sum(toDec(a), toDec(b))
}

// Sub returns a - b.
func Sub(a, b string) (string, error) {
	if s, ok := smallSum(a, b, -1); ok {
		return s, nil
	}
	return sum(toDec(a), toDec(b).neg())
}

func sum(x, y dec) (string, error) {
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

// Mul returns a * b; the scale is the sum of both.
func Mul(a, b string) (string, error) {
	x, y := toDec(a), toDec(b)
	if x.special != 0 || y.special != 0 {
		if x.special == 'n' || y.special == 'n' {
			return "NaN", nil
		}
		return infinity(x.sign() * y.sign()).String(), nil
	}
	d := dec{coef: new(big.Int).Mul(x.coef, y.coef), scale: x.scale + y.scale}
	if d.scale > maxScale {
		d = d.round(maxScale)
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

// Div returns a / b at the scale that Postgres chooses.
func Div(a, b string) (string, error) {
	x, y := toDec(a), toDec(b)
	switch {
	case x.special == 'n' || y.special == 'n':
		return "NaN", nil
	case x.special != 0 && y.special != 0:
		return "NaN", nil
	case y.special != 0:
		return "0", nil
	case y.coef.Sign() == 0:
		return "", errDivisionByZero()
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

// Mod returns the remainder of a / b, of a's sign.
func Mod(a, b string) (string, error) {
	x, y := toDec(a), toDec(b)
	switch {
	case x.special == 'n' || y.special == 'n':
		return "NaN", nil
	case x.special != 0 && y.special == 0 && y.coef.Sign() == 0:
		return "", errDivisionByZero()
	case x.special != 0:
		return "NaN", nil
	case y.special != 0:
		return a, nil
	case y.coef.Sign() == 0:
		return "", errDivisionByZero()
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

// Neg returns -s.
func Neg(s string) string { return toDec(s).neg().String() }

// Abs returns |s|.
func Abs(s string) string {
	if s != "" && s[0] == '-' {
		return s[1:]
	}
	return s
}

// Sign returns -1, 0 or 1 (NaN: 0).
func Sign(s string) int { return toDec(s).sign() }

// Scale returns the number of fractional digits shown; -1 for NaN and infinities.
func Scale(s string) int {
	d := toDec(s)
	if d.special != 0 {
		return -1
	}
	return d.scale
}

// Round rounds to scale digits, halves away from zero; scale may be negative.
func Round(s string, scale int) string {
	return toDec(s).round(clampScale(scale)).String()
}

// Trunc cuts to scale digits toward zero; scale may be negative.
func Trunc(s string, scale int) string {
	return toDec(s).trunc(clampScale(scale)).String()
}

func clampScale(n int) int { return min(max(n, -2000), 2000) }

// Ceil returns the least integer not below s.
func Ceil(s string) string { return toDec(s).toward(1).String() }

// Floor returns the greatest integer not above s.
func Floor(s string) string { return toDec(s).toward(-1).String() }

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

// Cmp orders numerics: -Infinity, numbers, Infinity, NaN.
func Cmp(a, b string) int {
	if a == b {
		return 0
	}
	if c, ok := smallCmp(a, b); ok {
		return c
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

// TrimScale removes trailing fractional zeros.
func TrimScale(s string) string {
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

// FromInt returns the numeric of i.
func FromInt(i int64) string { return strconv.FormatInt(i, 10) }

// FromFloat returns the numeric of f with the 15 digits that float8 guarantees.
func FromFloat(f float64) string { return fromFloat(f, 15) }

// FromFloat4 returns the numeric of a float4: 6 digits.
func FromFloat4(f float64) string { return fromFloat(f, 6) }

func fromFloat(f float64, digits int) string {
	s, err := Parse(string(trimG(strconv.AppendFloat(nil, f, 'e', digits-1, 64))))
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
