// Package rawjson finds parts of JSON text without rewriting it. Postgres' json keeps its
// text as it was given, spaces, order and doubled keys included, so what -> and
// json_each give are pieces of that very text. The text is known to be valid: it passed
// the type's input function. Everything here is pure.
package rawjson

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/value"
)

func skipSpace(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r') {
		i++
	}
	return i
}

// endOfValue returns where the value that starts at i ends.
func endOfValue(s string, i int) int {
	depth := 0
	for i < len(s) {
		switch s[i] {
		case '"':
			i = endOfString(s, i)
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return i
}

func endOfString(s string, i int) int {
	for i++; i < len(s) && s[i] != '"'; i++ {
		if s[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(s))
}

// unquote returns the content of a JSON string.
func unquote(q string) string {
	if strings.IndexByte(q, '\\') < 0 {
		return q[1 : len(q)-1]
	}
	j, err := value.ParseJ(q)
	if err != nil {
		return q[1 : len(q)-1]
	}
	return j.S
}

// Parts calls f for each member or element of s until it returns false; key is "" for
// elements. A scalar has none.
func Parts(s string, f func(key, raw string) bool) {
	i := skipSpace(s, 0)
	if i >= len(s) || s[i] != '{' && s[i] != '[' {
		return
	}
	object := s[i] == '{'
	for i = skipSpace(s, i+1); i < len(s) && s[i] != '}' && s[i] != ']'; i = skipSpace(s, i) {
		if s[i] == ',' {
			i = skipSpace(s, i+1)
		}
		key := ""
		if object {
			end := endOfString(s, i)
			key = unquote(s[i:end])
			i = skipSpace(s, skipSpace(s, end)+1) // the colon
		}
		end := endOfValue(s, i)
		if !f(key, s[i:end]) {
			return
		}
		i = end
	}
}

// Field returns the last member of that name.
func Field(s, key string) (out string, ok bool) {
	if value.JTypeOf(s) != "object" {
		return "", false
	}
	Parts(s, func(k, raw string) bool {
		if k == key {
			out, ok = raw, true
		}
		return true
	})
	return out, ok
}

// Index returns element n, counted from the end where negative.
func Index(s string, n int) (string, bool) {
	if value.JTypeOf(s) != "array" {
		return "", false
	}
	l := Elements(s)
	if n < 0 {
		n += len(l)
	}
	if n < 0 || n >= len(l) {
		return "", false
	}
	return l[n], true
}

func Elements(s string) []string {
	var l []string
	Parts(s, func(_, raw string) bool {
		l = append(l, raw)
		return true
	})
	return l
}

// Path follows keys and indexes.
func Path(s string, path []string) (string, bool) {
	for _, p := range path {
		var ok bool
		switch value.JTypeOf(s) {
		case "object":
			s, ok = Field(s, p)
		case "array":
			var n int
			if n, ok = atoi(p); ok {
				s, ok = Index(s, n)
			}
		}
		if !ok {
			return "", false
		}
	}
	return s, true
}

// Text is what ->> gives for raw text.
func Text(s string) (string, bool) { return value.JScalarText(strings.Trim(s, " \t\n\r")) }

// atoi reads a path's array index.
func atoi(s string) (int, bool) {
	i, err := strconv.ParseInt(s, 10, 32)
	return int(i), err == nil
}
