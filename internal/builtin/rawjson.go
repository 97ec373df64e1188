package builtin

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/value"
)

// json keeps its text as it was given, spaces, order and doubles included. The functions
// of this file find parts of such text, which is known to be valid, without rewriting it.

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

// rawParts calls f for each member or element of s until it returns false; key is "" for
// elements. A scalar has none.
func rawParts(s string, f func(key, raw string) bool) {
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

// rawField returns the last member of that name.
func rawField(s, key string) (out string, ok bool) {
	if value.JTypeOf(s) != "object" {
		return "", false
	}
	rawParts(s, func(k, raw string) bool {
		if k == key {
			out, ok = raw, true
		}
		return true
	})
	return out, ok
}

// rawIndex returns element n, counted from the end where negative.
func rawIndex(s string, n int) (string, bool) {
	if value.JTypeOf(s) != "array" {
		return "", false
	}
	l := rawElements(s)
	if n < 0 {
		n += len(l)
	}
	if n < 0 || n >= len(l) {
		return "", false
	}
	return l[n], true
}

func rawElements(s string) []string {
	var l []string
	rawParts(s, func(_, raw string) bool {
		l = append(l, raw)
		return true
	})
	return l
}

// rawPath follows keys and indexes.
func rawPath(s string, path []string) (string, bool) {
	for _, p := range path {
		var ok bool
		switch value.JTypeOf(s) {
		case "object":
			s, ok = rawField(s, p)
		case "array":
			var n int
			if n, ok = atoi(p); ok {
				s, ok = rawIndex(s, n)
			}
		}
		if !ok {
			return "", false
		}
	}
	return s, true
}

// rawText is what ->> gives for raw text.
func rawText(s string) (string, bool) { return value.JScalarText(strings.Trim(s, " \t\n\r")) }
