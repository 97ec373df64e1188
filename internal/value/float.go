package value

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

func parseFloat(k Kind, s string) (Value, error) {
	name, bits := "double precision", 64
	if k == Float4 {
		name, bits = "real", 32
	}
	w := trimSpace(s)
	switch strings.ToLower(w) {
	case "nan":
		return Float(math.NaN()), nil
	case "inf", "infinity", "+inf", "+infinity":
		return Float(math.Inf(1)), nil
	case "-inf", "-infinity":
		return Float(math.Inf(-1)), nil
	}
	if strings.ContainsRune(w, '_') || w == "" {
		return Value{}, syntaxError(name, s)
	}
	f, err := strconv.ParseFloat(w, bits)
	if err != nil && !math.IsInf(f, 0) {
		return Value{}, syntaxError(name, s)
	}
	if err != nil || f == 0 && hasNonzero(w) {
		return Value{}, fault.SQL("22003", `"%s" is out of range for type %s`, w, name)
	}
	return Float(f), nil
}

// hasNonzero reports whether the mantissa of s has a digit other than zero.
func hasNonzero(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == 'e' || c == 'E':
			return false
		case c >= '1' && c <= '9':
			return true
		}
	}
	return false
}

// appendFloat appends the shortest text that reads back as f, laid out as Postgres does:
// positional for exponents from -4 up to 14 (float4: 5).
func appendFloat(dst []byte, k Kind, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	bits, low, high := 64, 1e-4, 1e15
	if k == Float4 {
		bits, low, high = 32, float64(float32(1e-4)), 1e6
	}
	if a := math.Abs(f); a == 0 || a >= low && a < high {
		return strconv.AppendFloat(dst, f, 'f', -1, bits)
	}
	from := len(dst)
	dst = strconv.AppendFloat(dst, f, 'e', -1, bits)
	p := len(dst) - from - len(".e+00") // one digit more than it has behind its point
	if f < 0 {
		p--
	}
	for ; onEdge(dst[from:], f, bits) && p < 18; p++ {
		dst = strconv.AppendFloat(dst[:from], f, 'e', max(p, 0), bits)
	}
	return dst
}

// onEdge reports whether text lies exactly halfway to a neighbour of f. It would read
// back as f, halves going to even, but Postgres leaves such shortest texts alone. Only
// whole numbers beyond the mantissa can lie so, and only up to some size.
func onEdge(text []byte, f float64, bits int) bool {
	a := math.Abs(f)
	if bits == 64 && (a < 1<<53 || a > 1e41) || bits == 32 && (a < 1<<24 || a > 1e20) {
		return false
	}
	t, _, err := big.ParseFloat(string(text), 10, 256, big.ToNearestEven)
	if err != nil {
		return false
	}
	for _, to := range []float64{math.Inf(-1), math.Inf(1)} {
		next := math.Nextafter(f, to)
		if bits == 32 {
			next = float64(math.Nextafter32(float32(f), float32(to)))
		}
		mid := new(big.Float).SetPrec(256).SetFloat64(f)
		mid.Add(mid, new(big.Float).SetFloat64(next)).SetMantExp(mid, -1)
		if mid.Cmp(t) == 0 {
			return true
		}
	}
	return false
}

// CheckFloat returns f as a datum of t (float4 rounds), or the overflow and underflow
// errors of the C casts.
func CheckFloat(t *Type, f float64) (Value, error) {
	if t.Base().Kind != Float4 {
		return Float(f), nil
	}
	g := float64(float32(f))
	switch {
	case math.IsInf(g, 0) && !math.IsInf(f, 0):
		return Value{}, fault.SQL("22003", "value out of range: overflow")
	case g == 0 && f != 0:
		return Value{}, fault.SQL("22003", "value out of range: underflow")
	}
	return Float(g), nil
}
