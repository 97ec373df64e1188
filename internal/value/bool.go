package value

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// syntaxError is what every input function says of text it does not understand.
func syntaxError(typ, s string) error {
	return fault.SQL("22P02", `invalid input syntax for type %s: "%s"`, typ, s)
}

// isSpace is C's isspace.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func trimSpace(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func parseBool(s string) (Value, error) {
	w := strings.ToLower(trimSpace(s))
	switch {
	case w == "":
	case w == "1" || w == "on" || strings.HasPrefix("true", w) || strings.HasPrefix("yes", w):
		return Truth(true), nil
	case w == "0" || w == "of" || w == "off" || strings.HasPrefix("false", w) || strings.HasPrefix("no", w):
		return Truth(false), nil
	}
	return Value{}, syntaxError("boolean", s)
}
