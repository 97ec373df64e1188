package decimal

import (
	"math"
	"math/big"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Power returns a to the power of b.
func Power(a, b string) (string, error) {
	x, y := toDec(a), toDec(b)
	if x.special != 0 || y.special != 0 {
		return powerSpecial(x, y)
	}
	whole := y.cmp(y.trunc(0)) == 0
	switch {
	case x.sign() == 0 && y.sign() < 0:
		return "", fault.SQL("2201F", "zero raised to a negative power is undefined")
	case x.sign() < 0 && !whole:
		return "", fault.SQL("2201F", "a negative number raised to a non-integer power yields a complex result")
	}
	if n := y.trunc(0); whole && n.coef.IsInt64() && int64(int32(n.coef.Int64())) == n.coef.Int64() {
		return powerInt(x, n.coef.Int64())
	}
	if x.sign() == 0 {
		return dec{coef: new(big.Int), scale: minSigDigits}.String(), nil
	}
	return powerReal(x, y)
}

// powerSpecial follows POSIX pow for NaN and the infinities.
func powerSpecial(x, y dec) (string, error) {
	one := dec{coef: big.NewInt(1)}
	switch {
	case x.special == 0 && x.cmp(one) == 0, y.special == 0 && y.sign() == 0:
		return "1", nil
	case x.special == 'n' || y.special == 'n':
		return "NaN", nil
	case x.special == 0 && x.sign() == 0 && y.sign() < 0:
		return "", fault.SQL("2201F", "zero raised to a negative power is undefined")
	case y.special != 0:
		ax := x
		if x.sign() < 0 {
			ax = x.neg()
		}
		c := ax.cmp(one)
		switch {
		case c == 0:
			return "1", nil
		case (c > 0) == (y.special == '+'):
			return "Infinity", nil
		}
		return "0", nil
	}
	whole := y.cmp(y.trunc(0)) == 0
	odd := whole && y.trunc(0).coef.Bit(0) == 1
	switch {
	case x.special == '-' && !whole:
		return "", fault.SQL("2201F", "a negative number raised to a non-integer power yields a complex result")
	case y.sign() < 0:
		return "0", nil
	case x.special == '-' && odd:
		return "-Infinity", nil
	}
	return "Infinity", nil
}

// powerInt raises to a whole number, at 16 digits of scale at least.
func powerInt(x dec, n int64) (string, error) {
	scale := displayScale(minSigDigits, x.scale)
	if n == 0 {
		return dec{coef: big.NewInt(1)}.round(scale).String(), nil
	}
	if x.sign() == 0 {
		return dec{coef: new(big.Int), scale: scale}.String(), nil
	}
	lg := float64(n) * x.log10()
	switch {
	case lg > maxDigits:
		return "", errOverflow()
	case lg+1 < -float64(scale):
		return dec{coef: new(big.Int), scale: scale}.String(), nil
	}
	m := n
	if m < 0 {
		m = -m
	}
	prec := bits(scale + int(math.Abs(lg)) + 24)
	base := x.float(prec)
	out := big.NewFloat(1).SetPrec(prec)
	for ; m > 0; m >>= 1 {
		if m&1 == 1 {
			out.Mul(out, base)
		}
		if m > 1 {
			base.Mul(base, base)
		}
	}
	if n < 0 {
		out.Quo(big.NewFloat(1).SetPrec(prec), out)
	}
	return decFromFloat(out, scale).checked()
}

// log10 estimates the decimal logarithm of |d|.
func (d dec) log10() float64 {
	f := new(big.Float)
	exp := d.float(96).MantExp(f)
	m, _ := f.Float64()
	return math.Log10(math.Abs(m)) + float64(exp)*math.Log10(2)
}

// powerReal is e^(y ln x).
func powerReal(x, y dec) (string, error) {
	approx := x.log10() * y.approx() / log10e
	val := math.Max(-2000, math.Min(2000, approx*log10e))
	scale := displayScale(minSigDigits-int(val), x.scale, y.scale)
	return expTo(approx, scale, func(prec uint) *big.Float {
		prec += bits(len(y.coef.String()))
		ln := bigLn(x.float(prec), prec)
		return ln.Mul(ln, y.float(prec))
	})
}
