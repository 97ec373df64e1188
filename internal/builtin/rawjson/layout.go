package rawjson

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/value"
)

// Strip is json_strip_nulls: members that are null go, the rest becomes compact.
func Strip(s string) string { return string(appendStripped(nil, s)) }

func appendStripped(b []byte, s string) []byte {
	kind := value.JTypeOf(s)
	if kind != "object" && kind != "array" {
		return append(b, strings.Trim(s, " \t\n\r")...)
	}
	open, shut := byte('['), byte(']')
	if kind == "object" {
		open, shut = '{', '}'
	}
	b = append(b, open)
	n := len(b)
	Parts(s, func(key, raw string) bool {
		if kind == "object" && raw == "null" {
			return true
		}
		if len(b) > n {
			b = append(b, ',')
		}
		if kind == "object" {
			b = append(value.AppendJSONString(b, key), ':')
		}
		b = appendStripped(b, raw)
		return true
	})
	return append(b, shut)
}

// Pretty is jsonb_pretty: four spaces a level.
func Pretty(s string) string {
	j, err := value.ParseJ(s)
	if err != nil {
		return s
	}
	return string(appendPretty(nil, j, 0))
}

func appendPretty(b []byte, j value.J, depth int) []byte {
	indent := func(n int) { b = append(append(b, '\n'), strings.Repeat("    ", n)...) }
	switch j.Kind {
	case value.JObject:
		b = append(b, '{')
		for i, m := range j.O {
			if i > 0 {
				b = append(b, ',')
			}
			indent(depth + 1)
			b = append(value.AppendJSONString(b, m.Key), ": "...)
			b = appendPretty(b, m.Val, depth+1)
		}
		indent(depth)
		return append(b, '}')
	case value.JArray:
		b = append(b, '[')
		for i, e := range j.A {
			if i > 0 {
				b = append(b, ',')
			}
			indent(depth + 1)
			b = appendPretty(b, e, depth+1)
		}
		indent(depth)
		return append(b, ']')
	}
	return j.Append(b)
}
