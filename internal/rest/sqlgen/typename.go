package sqlgen

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/value"
)

// Quote quotes an identifier.
func Quote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// literal quotes a string constant.
func literal(s string) string {
	q := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.IndexByte(s, '\\') >= 0 {
		return "E" + strings.ReplaceAll(q, `\`, `\\`)
	}
	return q
}

func qualified(schema, name string) string {
	if schema == "" {
		return Quote(name)
	}
	return Quote(schema) + "." + Quote(name)
}

// typeSQL names a type in a cast. Modifiers are left out: a cast to varchar(3) cuts
// silently where an assignment refuses.
func typeSQL(t *value.Type) string {
	switch {
	case t.Kind == value.Array:
		return typeSQL(t.Elem) + "[]"
	case t.Name != "":
		return qualified(t.Schema, t.Name)
	}
	return t.UDTName()
}

func isJSON(t *value.Type) bool {
	k := t.Base().Kind
	return k == value.JSON || k == value.JSONB
}

// isComposite reports whether values of t are rows.
func isComposite(t *value.Type) bool { return t.Base().Kind == value.Record }
