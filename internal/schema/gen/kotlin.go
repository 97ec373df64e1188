package gen

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/value"
)

var kotlinWords = []string{
	"as", "break", "class", "continue", "do", "else", "false", "for", "fun", "if", "in", "interface", "is", "null", "object", "package",
	"return", "super", "this", "throw", "true", "try", "typealias", "typeof", "val", "var", "when", "while",
}

func kotlinField(name string) string { return camel(name, kotlinWords) }

func (m *model) kotlinTypes() scalars {
	return scalars{
		kinds: texts("String", map[value.Kind]string{
			value.Bool: "Boolean", value.Int2: "Short", value.Int4: "Int", value.Int8: "Long", value.OID: "Long",
			value.Float4: "Float", value.Float8: "Double", value.Numeric: "Double",
		}),
		other: "JsonElement",
		array: func(elem string) string { return "List<" + elem + ">" },
		enum: func(t *value.Type) string {
			if m.known(t) {
				return m.typeName(t.Schema, t.Name)
			}
			return "String"
		},
	}
}

// kotlin writes data classes for kotlinx.serialization.
func (m *model) kotlin() string {
	var b strings.Builder
	b.WriteString("// Types of the database's rows. Generated: do not edit.\n\nimport kotlinx.serialization.SerialName\nimport kotlinx.serialization.Serializable\nimport kotlinx.serialization.json.JsonElement\n")
	types := m.kotlinTypes()
	for _, s := range m.schemas {
		for _, e := range s.enums {
			fmt.Fprintf(&b, "\n@Serializable\nenum class %s {\n", m.typeName(e.Schema, e.Name))
			for _, l := range e.Labels {
				fmt.Fprintf(&b, "    @SerialName(%s) %s,\n", kotlinString(l), pascal(l))
			}
			b.WriteString("}\n")
		}
		for _, t := range s.tables {
			for _, r := range m.records(t, types) {
				kotlinClass(&b, r)
			}
		}
	}
	return b.String()
}

func kotlinString(s string) string { return strings.ReplaceAll(strconv.Quote(s), "$", `\$`) }

func kotlinClass(b *strings.Builder, r record) {
	if len(r.cols) == 0 {
		fmt.Fprintf(b, "\n@Serializable\nclass %s\n", r.name)
		return
	}
	names := fields(r.cols, kotlinField)
	fmt.Fprintf(b, "\n@Serializable\ndata class %s(\n", r.name)
	for i, c := range r.cols {
		null := ""
		if r.omits(c) {
			null = "? = null"
		}
		fmt.Fprintf(b, "    @SerialName(%s) val %s: %s%s,\n", kotlinString(c.name), names[i], r.types.of(c.typ), null)
	}
	b.WriteString(")\n")
}
