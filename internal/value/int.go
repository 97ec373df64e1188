package value

import (
	"math"
	"strconv"

	"github.com/plinth-dev/plinth/internal/fault"
)

// intRange returns the bounds of an integer kind.
func intRange(k Kind) (lo, hi int64) {
	switch k {
	case Int2:
		return math.MinInt16, math.MaxInt16
	case Int4:
		return math.MinInt32, math.MaxInt32
	case OID:
		return 0, math.MaxUint32
	}
	return math.MinInt64, math.MaxInt64
}

func parseInt(k Kind, s string) (Value, error) {
	w := trimSpace(s)
	if !isInteger(w) {
		return Value{}, syntaxError((&Type{Kind: k}).String(), s)
	}
	i, err := strconv.ParseInt(w, 10, 64)
	lo, hi := intRange(k)
	if k == OID && i < 0 && i >= math.MinInt32 {
		i = int64(uint32(int32(i)))
	}
	if err != nil || i < lo || i > hi {
		return Value{}, fault.SQL("22003", `value "%s" is out of range for type %s`, s, (&Type{Kind: k}).String())
	}
	return Int(i), nil
}

// isInteger reports whether s is an optional sign and digits.
func isInteger(s string) bool {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	return s != "" && allDigits(s)
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// CheckInt returns i as a datum of the integer type t, or Postgres' range error.
func CheckInt(t *Type, i int64) (Value, error) {
	lo, hi := intRange(t.Base().Kind)
	if i < lo || i > hi {
		return Value{}, OutOfRange(t)
	}
	return Int(i), nil
}

// OutOfRange is the error of a number that t cannot hold: "integer out of range".
func OutOfRange(t *Type) error {
	return fault.SQL("22003", "%s out of range", t.Base().bare().String())
}
