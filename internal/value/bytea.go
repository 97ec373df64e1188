package value

import (
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/fault"
)

// parseBytea reads the hex form \x… and the older escape form.
func parseBytea(s string) (string, error) {
	h, ok := strings.CutPrefix(s, `\x`)
	if !ok {
		return parseEscapeBytea(s)
	}
	out := make([]byte, 0, len(h)/2)
	for i := 0; i < len(h); i++ {
		if isSpace(h[i]) {
			continue
		}
		if err := hexDigit(h, i); err != nil {
			return "", err
		}
		if i+1 == len(h) {
			return "", fault.SQL("22023", "invalid hexadecimal data: odd number of digits")
		}
		if err := hexDigit(h, i+1); err != nil {
			return "", err
		}
		b, _ := hex.DecodeString(h[i : i+2])
		out = append(out, b...)
		i++
	}
	return string(out), nil
}

func hexDigit(h string, i int) error {
	if isHex(h[i]) {
		return nil
	}
	_, n := utf8.DecodeRuneInString(h[i:])
	return fault.SQL("22023", `invalid hexadecimal digit: "%s"`, h[i:i+n])
}

func parseEscapeBytea(s string) (string, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	var b []byte
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\':
			b = append(b, s[i])
		case strings.HasPrefix(s[i+1:], `\`):
			b = append(b, '\\')
			i++
		case i+3 < len(s) && s[i+1] >= '0' && s[i+1] <= '3' && isOctal(s[i+2]) && isOctal(s[i+3]):
			b = append(b, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 3
		default:
			return "", fault.SQL("22P02", "invalid input syntax for type bytea")
		}
	}
	return string(b), nil
}

func isOctal(c byte) bool { return c >= '0' && c <= '7' }
