package value

import (
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value/decimal"
	"github.com/plinth-dev/plinth/internal/value/jsonb"
	"github.com/plinth-dev/plinth/internal/value/tsearch"
)

// Parse is the input function of t: it reads s as a literal of that type, modifier and
// all. Domains parse as their base type; their checks are the caller's business.
func Parse(t *Type, s string, env Env) (Value, error) {
	t = t.Base()
	if err := CheckText(s); err != nil {
		return Value{}, err
	}
	switch t.Kind {
	case Bool:
		return parseBool(s)
	case Int2, Int4, Int8, OID:
		return parseInt(t.Kind, s)
	case Float4, Float8:
		return parseFloat(t.Kind, s)
	case Numeric:
		n, err := decimal.Parse(s)
		if err == nil {
			n, err = fitNumeric(t, n)
		}
		return strOr(n, err)
	case UUID:
		return parseUUID(s)
	case Timestamptz, Timestamp, Date, Time, Timetz:
		return parseDatetime(t, s, env)
	case Interval:
		return parseInterval(t, s)
	case Array:
		return parseArray(t, s, env)
	case Record:
		return parseRecord(t, s, env)
	}
	return parseTextual(t, s, env)
}

// strOr is Str(s), or the error.
func strOr(s string, err error) (Value, error) {
	if err != nil {
		return Value{}, err
	}
	return Str(s), nil
}

// parseTextual reads the kinds whose datum is text.
func parseTextual(t *Type, s string, env Env) (Value, error) {
	switch t.Kind {
	case Varchar, Bpchar:
		return strOr(fitLength(t, s, false))
	case Name:
		return Str(clipName(s)), nil
	case JSON:
		if err := jsonb.Check(s); err != nil {
			return Value{}, err
		}
		return Str(s), nil
	case JSONB:
		return strOr(jsonb.Canonical(s))
	case Bytea:
		return strOr(parseBytea(s))
	case Inet, Cidr:
		return strOr(parseInet(t.Kind, s))
	case Enum:
		if labelIndex(t, s) < 0 {
			return Value{}, fault.SQL("22P02", `invalid input value for enum %s: "%s"`, env.shown(t), s)
		}
	case TSVector:
		return strOr(tsearch.CanonicalVector(s))
	case TSQuery:
		return strOr(tsearch.CanonicalQuery(s))
	case Void:
		return Str(""), nil
	case Any, AnyElement, AnyArray, AnyEnum, Trigger:
		return Value{}, fault.SQL("0A000", "cannot accept a value of type %s", strings.Trim(t.String(), `"`))
	}
	return Str(s), nil
}

func labelIndex(t *Type, label string) int {
	for i, l := range t.Labels {
		if l == label {
			return i
		}
	}
	return -1
}

// CheckText refuses what Postgres refuses in any text: NUL and bytes that are not UTF-8.
func CheckText(s string) error {
	for i := 0; i < len(s); i++ {
		if s[i] == 0 {
			return fault.SQL("22021", `invalid byte sequence for encoding "UTF8": 0x00`)
		}
		if s[i] >= utf8.RuneSelf {
			return checkUTF8(s, i)
		}
	}
	return nil
}

func checkUTF8(s string, i int) error {
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == 0 {
			return fault.SQL("22021", `invalid byte sequence for encoding "UTF8": 0x00`)
		}
		if r == utf8.RuneError && n == 1 {
			return badBytes(s[i:])
		}
		i += n
	}
	return nil
}

// badBytes names the bytes of the sequence that s pretends to start with.
func badBytes(s string) error {
	n := 1
	switch c := s[0]; {
	case c&0xe0 == 0xc0:
		n = 2
	case c&0xf0 == 0xe0:
		n = 3
	case c&0xf8 == 0xf0:
		n = 4
	}
	var b []string
	for _, c := range []byte(s[:min(n, len(s))]) {
		b = append(b, "0x"+hex.EncodeToString([]byte{c}))
	}
	return fault.SQL("22021", `invalid byte sequence for encoding "UTF8": %s`, strings.Join(b, " "))
}

// fitLength applies the length of varchar(n) and char(n). What is too long is an error
// unless only spaces would go, or the cast is explicit.
func fitLength(t *Type, s string, explicit bool) (string, error) {
	limit := int(t.Mod)
	if limit == 0 {
		return s, nil
	}
	if len(s) > limit {
		if at := runeOffset(s, limit); at < len(s) {
			if !explicit && strings.Trim(s[at:], " ") != "" {
				return "", fault.SQL("22001", "value too long for type %s", t.String())
			}
			s = s[:at]
		}
	}
	if t.Kind == Bpchar {
		if n := utf8.RuneCountInString(s); n < limit {
			s += strings.Repeat(" ", limit-n)
		}
	}
	return s, nil
}

// runeOffset returns where the n-th character starts, len(s) if there is none.
func runeOffset(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// clipName cuts an identifier to the 63 bytes that Postgres keeps.
func clipName(s string) string {
	if len(s) <= 63 {
		return s
	}
	n := 63
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func parseUUID(s string) (Value, error) {
	if isCanonicalUUID(s) {
		return Str(s), nil
	}
	w := s
	braced := strings.HasPrefix(w, "{")
	if braced {
		w = w[1:]
	}
	var out [36]byte
	n := 0
	for i := range 16 {
		if len(w) < 2 || !isHex(w[0]) || !isHex(w[1]) {
			return Value{}, syntaxError("uuid", s)
		}
		if i == 4 || i == 6 || i == 8 || i == 10 {
			out[n] = '-'
			n++
		}
		out[n], out[n+1] = lowerByte(w[0]), lowerByte(w[1])
		n += 2
		w = w[2:]
		if i%2 == 1 && i < 15 && strings.HasPrefix(w, "-") {
			w = w[1:]
		}
	}
	if braced && w != "}" || !braced && w != "" {
		return Value{}, syntaxError("uuid", s)
	}
	return Str(string(out[:])), nil
}

// isCanonicalUUID reports whether s is what uuid_out prints.
func isCanonicalUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range 36 {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return false
			}
		} else if c := s[i]; !isDigit(c) && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
