package batch

import (
	"encoding/json"
	"strings"
)

// filterText is v as the value of an operator: a scalar's text, a list for "in", an
// array literal for the others, JSON for objects.
func filterText(op string, v any) (string, error) {
	switch x := v.(type) {
	case nil:
		return "", errNull
	case []any:
		if op == "in" || op == "not.in" {
			return list(x, "(", ")")
		}
		if op != "" && flat(x) {
			return list(x, "{", "}")
		}
	}
	return text(v), nil
}

func text(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	case bool:
		if x {
			return "true"
		}
		return "false"
	}
	return string(encode(v))
}

func flat(list []any) bool {
	for _, v := range list {
		switch v.(type) {
		case []any, map[string]any:
			return false
		}
	}
	return true
}

var escaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// list quotes every element, so that none is more than one.
func list(vals []any, open, shut string) (string, error) {
	var b strings.Builder
	b.WriteString(open)
	for i, v := range vals {
		if v == nil {
			return "", errNull
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + escaper.Replace(text(v)) + `"`)
	}
	b.WriteString(shut)
	return b.String(), nil
}
