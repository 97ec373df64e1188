package decimal

import (
	"math"
	"math/big"
	"strconv"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Sqrt returns the square root.
func Sqrt(s string) (string, error) {
	d := toDec(s)
	switch {
	case d.special == 'n' || d.special == '+':
		return s, nil
	case d.sign() < 0:
		return "", fault.SQL("2201F", "cannot take square root of a negative number")
	}
	w, _ := d.lead()
	scale := displayScale(minSigDigits-((w+1)*4/2-1), d.scale)
	// The root of coef·10^(2k) is an integer with k more digits than asked for.
	up := 2*(scale+1) - d.scale
	n := d.coef
	if up >= 0 {
		n = new(big.Int).Mul(n, pow10(up))
	} else {
		n = new(big.Int).Quo(n, pow10(-up))
	}
	root := dec{coef: new(big.Int).Sqrt(n), scale: scale + 1}
	return root.round(scale).String(), nil
}

// displayScale bounds a chosen scale from below by the inputs' own and from above.
func displayScale(scale int, inputs ...int) int {
	for _, i := range inputs {
		scale = max(scale, i)
	}
	return min(max(scale, 0), maxDisplayScale)
}

// bits returns the precision that holds so many decimal digits, with some to spare.
func bits(digits int) uint { return uint(max(digits, 0)*10/3 + 96) }

func (d dec) float(prec uint) *big.Float {
	f := new(big.Float).SetPrec(prec).SetInt(d.coef)
	if d.scale == 0 {
		return f
	}
	return f.Quo(f, new(big.Float).SetPrec(prec).SetInt(pow10(d.scale)))
}

func decFromFloat(f *big.Float, scale int) dec { return toDec(f.Text('f', scale)) }

// log10e turns natural logarithms into decimal ones.
const log10e = 0.434294481903252

// approx is d as a float64 that may overflow to infinity.
func (d dec) approx() float64 {
	f, err := strconv.ParseFloat(d.String(), 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0
	}
	return f
}

// Exp returns e to the power of s.
func Exp(s string) (string, error) {
	d := toDec(s)
	switch d.special {
	case 'n', '+':
		return s, nil
	case '-':
		return "0", nil
	}
	val := math.Max(-2000, math.Min(2000, d.approx()*log10e))
	scale := displayScale(minSigDigits-int(val), d.scale)
	return expTo(d.approx(), scale, func(prec uint) *big.Float { return d.float(prec) })
}

// expTo returns e^x rounded to scale, of an x that is about approx.
func expTo(approx float64, scale int, x func(prec uint) *big.Float) (string, error) {
	if approx*log10e >= maxDigits || approx >= 6000 {
		return "", errOverflow()
	}
	if approx <= -6000 {
		return dec{coef: new(big.Int), scale: scale}.String(), nil
	}
	prec := bits(scale + int(math.Abs(approx*log10e)) + 8)
	return decFromFloat(bigExp(x(prec), prec), scale).checked()
}

// bigExp is e^x: x is halved until small, the series summed, the sum squared back.
func bigExp(x *big.Float, prec uint) *big.Float {
	prec += 64
	k := max(x.MantExp(nil)+8, 0)
	r := new(big.Float).SetPrec(prec).SetMantExp(x, -k)
	sum := big.NewFloat(1).SetPrec(prec)
	term := big.NewFloat(1).SetPrec(prec)
	for i := int64(1); ; i++ {
		term.Mul(term, r)
		term.Quo(term, new(big.Float).SetInt64(i))
		if term.Sign() == 0 || term.MantExp(nil) < -int(prec) {
			break
		}
		sum.Add(sum, term)
	}
	for range k {
		sum.Mul(sum, sum)
	}
	return sum
}

// bigLn is the natural logarithm: roots bring x near 1, where 2·artanh((x-1)/(x+1)) is quick.
func bigLn(x *big.Float, prec uint) *big.Float {
	prec += 64 + uint(bitLen(x.MantExp(nil)))
	y := new(big.Float).SetPrec(prec).Set(x)
	k := 0
	one := big.NewFloat(1).SetPrec(prec)
	for {
		d := new(big.Float).SetPrec(prec).Sub(y, one)
		if d.Sign() == 0 {
			return new(big.Float).SetPrec(prec)
		}
		if d.MantExp(nil) < -6 {
			break
		}
		y.Sqrt(y)
		k++
	}
	z := new(big.Float).SetPrec(prec).Sub(y, one)
	z.Quo(z, new(big.Float).SetPrec(prec).Add(y, one))
	square := new(big.Float).SetPrec(prec).Mul(z, z)
	sum := new(big.Float).SetPrec(prec).Set(z)
	pow := new(big.Float).SetPrec(prec).Set(z)
	for i := int64(3); ; i += 2 {
		pow.Mul(pow, square)
		t := new(big.Float).SetPrec(prec).Quo(pow, new(big.Float).SetInt64(i))
		if t.Sign() == 0 || t.MantExp(nil) < sum.MantExp(nil)-int(prec) {
			break
		}
		sum.Add(sum, t)
	}
	return sum.SetMantExp(sum, k+1)
}

func bitLen(n int) int { return big.NewInt(int64(n)).BitLen() }

// lnWeight is estimate_ln_dweight: the decimal weight of the logarithm's first digit.
func (d dec) lnWeight() int {
	if d.sign() <= 0 {
		return 0
	}
	if d.cmp(dec{coef: big.NewInt(9), scale: 1}) >= 0 && d.cmp(dec{coef: big.NewInt(11), scale: 1}) <= 0 {
		x := dec{coef: new(big.Int).Sub(d.coef, pow10(d.scale)), scale: d.scale}
		if x.coef.Sign() == 0 {
			return 0
		}
		w, digit := x.lead()
		return w*4 + int(math.Log10(float64(digit)))
	}
	f, exp := new(big.Float), 0
	exp = d.float(96).MantExp(f)
	m, _ := f.Float64()
	ln := math.Log(m) + float64(exp)*math.Ln2
	return int(math.Log10(math.Abs(ln)))
}

func checkLog(d dec) error {
	switch d.sign() {
	case 0:
		if d.special == 0 {
			return fault.SQL("2201E", "cannot take logarithm of zero")
		}
	case -1:
		return fault.SQL("2201E", "cannot take logarithm of a negative number")
	}
	return nil
}

// Ln returns the natural logarithm.
func Ln(s string) (string, error) {
	d := toDec(s)
	if err := checkLog(d); err != nil {
		return "", err
	}
	if d.special != 0 {
		return s, nil
	}
	scale := displayScale(minSigDigits-d.lnWeight(), d.scale)
	prec := bits(scale + 16)
	return decFromFloat(bigLn(d.float(prec), prec), scale).String(), nil
}

// Log returns the logarithm of x to the base b.
func Log(b, x string) (string, error) {
	base, d := toDec(b), toDec(x)
	if base.special == 'n' || d.special == 'n' {
		return "NaN", nil
	}
	if err := checkLog(base); err != nil {
		return "", err
	}
	if err := checkLog(d); err != nil {
		return "", err
	}
	switch {
	case base.special != 0 && d.special != 0:
		return "NaN", nil
	case base.special != 0:
		return "0", nil
	case d.special != 0:
		return "Infinity", nil
	}
	scale := displayScale(minSigDigits-(d.lnWeight()-base.lnWeight()), base.scale, d.scale)
	prec := bits(2*scale + 32)
	den := bigLn(base.float(prec), prec)
	if den.Sign() == 0 {
		return "", errDivisionByZero()
	}
	return decFromFloat(new(big.Float).SetPrec(prec).Quo(bigLn(d.float(prec), prec), den), scale).String(), nil
}
