package openapi

import (
	"regexp"
	"strings"

	"github.com/plinth-dev/plinth/internal/value"
)

var modifier = regexp.MustCompile(`\(\d+(,\d+)?\)`)

// typeName is a type without its modifier.
func typeName(t *value.Type) string { return modifier.ReplaceAllString(t.String(), "") }

// jsonType is the type of a value in JSON, "" for any.
func jsonType(t *value.Type) string {
	switch base := t.Base(); base.Kind {
	case value.Int2, value.Int4, value.Int8:
		return "integer"
	case value.Float4, value.Float8, value.Numeric:
		return "number"
	case value.Bool:
		return "boolean"
	case value.Array:
		return "array"
	case value.JSON, value.JSONB:
		return ""
	case value.Record:
		return "object"
	}
	return "string"
}

// schema2 is a type in Swagger 2.
func schema2(t *value.Type) object {
	o := object{"format": typeName(t)}
	put(o, "type", jsonType(t))
	base := t.Base()
	switch {
	case base.Kind == value.Array:
		o["items"] = itemsOf(base.Elem)
	case base.Kind == value.Enum:
		o["enum"] = base.Labels
	case (base.Kind == value.Varchar || base.Kind == value.Bpchar) && base.Mod > 0:
		o["maxLength"] = base.Mod
	}
	return o
}

// argument2 is the type of a function's argument: by its bare name, without what a column
// of the type would be held to.
func argument2(t *value.Type) object {
	o := schema2(t)
	o["format"] = strings.TrimPrefix(typeName(t), t.Schema+".")
	delete(o, "enum")
	delete(o, "maxLength")
	return o
}

func itemsOf(t *value.Type) object {
	o := object{}
	put(o, "type", jsonType(t))
	if t.Base().Kind == value.Array {
		o["items"] = itemsOf(t.Base().Elem)
	}
	return o
}

// formats are JSON Schema's names for what some types look like.
var formats = map[value.Kind]string{
	value.UUID: "uuid", value.Date: "date", value.Timestamptz: "date-time",
	value.Int4: "int32", value.Int8: "int64", value.Float4: "float", value.Float8: "double",
}

// schema3 is a type in JSON Schema, with Postgres' name of it.
func schema3(t *value.Type, nullable bool) object {
	o := object{"x-postgres-type": t.String()}
	base := t.Base()
	if name := jsonType(t); name != "" && nullable {
		o["type"] = []string{name, "null"}
	} else if name != "" {
		o["type"] = name
	}
	put(o, "format", formats[base.Kind])
	switch {
	case base.Kind == value.Array:
		o["items"] = schema3(base.Elem, true)
	case base.Kind == value.Enum && nullable:
		o["enum"] = append(anys(base.Labels), nil)
	case base.Kind == value.Enum:
		o["enum"] = base.Labels
	case (base.Kind == value.Varchar || base.Kind == value.Bpchar) && base.Mod > 0:
		o["maxLength"] = base.Mod
	}
	return o
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}
