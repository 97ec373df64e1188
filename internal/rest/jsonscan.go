package rest

import (
	"encoding/json"
	"strings"

	"github.com/plinth-dev/plinth/internal/value"
)

// The functions here walk over JSON that is known to be valid.

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// skipValue returns the end of the value at i.
func skipValue(b []byte, i int) int {
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		depth := 0
		for i < len(b) {
			switch b[i] {
			case '"':
				i = skipString(b, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			}
			i++
			if depth == 0 {
				return i
			}
		}
		return i
	}
	for i < len(b) && strings.IndexByte(",]} \t\n\r", b[i]) < 0 {
		i++
	}
	return i
}

func skipString(b []byte, i int) int {
	for i++; i < len(b) && b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(b))
}

// eachMember calls fn for the members of the object at i.
func eachMember(b []byte, i int, fn func(key string, val []byte)) {
	i = skipSpace(b, i+1)
	for i < len(b) && b[i] == '"' {
		end := skipString(b, i)
		key := unquote(b[i:end])
		i = skipSpace(b, end)
		i = skipSpace(b, i+1) // the colon
		end = skipValue(b, i)
		fn(key, b[i:end])
		i = skipSpace(b, end)
		if i < len(b) && b[i] == ',' {
			i = skipSpace(b, i+1)
		}
	}
}

// eachElement calls fn for the elements of the array at 0.
func eachElement(b []byte, fn func(val []byte) error) error {
	i := skipSpace(b, 1)
	for i < len(b) && b[i] != ']' {
		end := skipValue(b, i)
		if err := fn(b[i:end]); err != nil {
			return err
		}
		i = skipSpace(b, end)
		if i < len(b) && b[i] == ',' {
			i = skipSpace(b, i+1)
		}
	}
	return nil
}

// unquote decodes a JSON string.
func unquote(b []byte) string {
	if strings.IndexByte(string(b), '\\') < 0 {
		return string(b[1 : len(b)-1])
	}
	var s string
	json.Unmarshal(b, &s) // valid already
	return s
}

// memberText is a JSON value as the text of a value of type t, as json_to_record
// makes it: null is NULL, json stays as it is, arrays become array literals.
func memberText(val []byte, t *value.Type) (any, error) {
	if string(val) == "null" {
		return nil, nil
	}
	base := t
	if t != nil {
		base = t.Base()
	}
	switch {
	case base != nil && (base.Kind == value.JSON || base.Kind == value.JSONB):
		if strings.Contains(string(val), `\u0000`) && base.Kind == value.JSONB {
			return nil, errNulEscape
		}
		return string(val), nil
	case val[0] == '"':
		s := unquote(val)
		if strings.IndexByte(s, 0) >= 0 {
			return nil, errNulEscape
		}
		return s, nil
	case val[0] == '[' && base != nil && base.Kind == value.Array:
		lit, err := appendArray(nil, val, base.Elem)
		return string(lit), err
	}
	return string(val), nil
}

// appendArray writes a JSON array as a Postgres array literal.
func appendArray(dst, val []byte, elem *value.Type) ([]byte, error) {
	dst = append(dst, '{')
	first := true
	err := eachElement(val, func(v []byte) error {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		if v[0] == '[' && elem.Base().Kind != value.JSON && elem.Base().Kind != value.JSONB {
			var err error
			dst, err = appendArray(dst, v, elem)
			return err
		}
		text, err := memberText(v, elem)
		if err != nil {
			return err
		}
		s, ok := text.(string)
		if !ok {
			dst = append(dst, "NULL"...)
			return nil
		}
		dst = append(dst, '"')
		for i := 0; i < len(s); i++ {
			if s[i] == '"' || s[i] == '\\' {
				dst = append(dst, '\\')
			}
			dst = append(dst, s[i])
		}
		dst = append(dst, '"')
		return nil
	})
	return append(dst, '}'), err
}
