package differential_test

import (
	"bytes"
	"strings"
)

// textRow is a row for people to read.
func textRow(vals [][]byte) string {
	out := make([]string, len(vals))
	for i, v := range vals {
		out[i] = "∅"
		if v != nil {
			out[i] = string(v)
		}
	}
	return strings.Join(out, " | ")
}

// wholeRow is a row as Postgres writes a value of a row's type.
func wholeRow(vals [][]byte) string {
	b := []byte{'('}
	for i, v := range vals {
		if i > 0 {
			b = append(b, ',')
		}
		switch {
		case v == nil:
		case len(v) > 0 && !bytes.ContainsAny(v, "\"\\(), \t\n\v\f\r"):
			b = append(b, v...)
		default:
			b = append(b, '"')
			for _, c := range v {
				if c == '"' || c == '\\' {
					b = append(b, c)
				}
				b = append(b, c)
			}
			b = append(b, '"')
		}
	}
	return string(append(b, ')'))
}
