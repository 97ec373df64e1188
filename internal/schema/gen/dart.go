package gen

import (
	"fmt"
	"strings"

	"github.com/plinth-dev/plinth/internal/value"
)

var dartWords = []string{
	"assert", "break", "case", "catch", "class", "const", "continue", "default", "do", "else", "enum", "extends", "false", "final",
	"finally", "for", "if", "in", "is", "new", "null", "rethrow", "return", "super", "switch", "this", "throw", "true", "try", "values",
	"var", "void", "while", "with", "late", "required", "factory", "static", "index", "hashCode", "label",
}

func dartField(name string) string { return camel(name, dartWords) }

func (m *model) dartTypes() scalars {
	return scalars{
		kinds: texts("String", map[value.Kind]string{
			value.Bool: "bool", value.Int2: "int", value.Int4: "int", value.Int8: "int", value.OID: "int",
			value.Float4: "double", value.Float8: "double", value.Numeric: "num", value.Timestamptz: "DateTime",
		}),
		other: "dynamic",
		array: func(elem string) string { return "List<" + elem + ">" },
		enum: func(t *value.Type) string {
			if m.known(t) {
				return m.typeName(t.Schema, t.Name)
			}
			return "String"
		},
	}
}

// dart writes classes with fromJson and toJson, without any package.
func (m *model) dart() string {
	var b strings.Builder
	b.WriteString("// Types of the database's rows. Generated: do not edit.\n")
	types := m.dartTypes()
	for _, s := range m.schemas {
		for _, e := range s.enums {
			m.dartEnum(&b, e)
		}
		for _, t := range s.tables {
			for _, r := range m.records(t, types) {
				dartClass(&b, r)
			}
		}
	}
	return b.String()
}

func (m *model) dartEnum(b *strings.Builder, e *value.Type) {
	name := m.typeName(e.Schema, e.Name)
	fmt.Fprintf(b, "\nenum %s {\n", name)
	for i, l := range e.Labels {
		end := ","
		if i == len(e.Labels)-1 {
			end = ";"
		}
		fmt.Fprintf(b, "  %s(%s)%s\n", dartField(l), dartString(l), end)
	}
	fmt.Fprintf(b, "\n  const %s(this.label);\n  final String label;\n", name)
	fmt.Fprintf(b, "  static %s parse(String label) => values.firstWhere((v) => v.label == label);\n}\n", name)
}

func dartString(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, `$`, `\$`, "\n", `\n`).Replace(s) + "'"
}

func dartClass(b *strings.Builder, r record) {
	names := fields(r.cols, dartField)
	null := func(c column) bool { return r.types.of(c.typ) != "dynamic" && r.omits(c) }
	fmt.Fprintf(b, "\nclass %s {\n", r.name)
	if len(r.cols) == 0 {
		fmt.Fprintf(b, "  const %s();\n}\n", r.name)
		return
	}
	fmt.Fprintf(b, "  const %s({\n", r.name)
	for i, c := range r.cols {
		word := "required "
		if r.omits(c) {
			word = ""
		}
		fmt.Fprintf(b, "    %sthis.%s,\n", word, names[i])
	}
	b.WriteString("  });\n\n")
	for i, c := range r.cols {
		mark := ""
		if null(c) {
			mark = "?"
		}
		fmt.Fprintf(b, "  final %s%s %s;\n", r.types.of(c.typ), mark, names[i])
	}
	if !r.insert {
		fmt.Fprintf(b, "\n  factory %s.fromJson(Map<String, dynamic> json) => %s(\n", r.name, r.name)
		for i, c := range r.cols {
			key := "json[" + dartString(c.name) + "]"
			read := dartRead(c.typ, key, r.types)
			if null(c) {
				read = key + " == null ? null : " + read
			}
			fmt.Fprintf(b, "        %s: %s,\n", names[i], read)
		}
		b.WriteString("      );\n")
	}
	b.WriteString("\n  Map<String, dynamic> toJson() => {\n")
	for i, c := range r.cols {
		when := ""
		if r.insert && c.optional {
			when = "if (" + names[i] + " != null) "
		}
		mark := ""
		if null(c) {
			mark = "?"
		}
		fmt.Fprintf(b, "        %s%s: %s,\n", when, dartString(c.name), dartWrite(c.typ, names[i], mark, r.types))
	}
	b.WriteString("      };\n}\n")
}

func dartRead(t *value.Type, from string, types scalars) string {
	switch name := types.of(t); {
	case name == "dynamic":
		return from
	case t.Base().Kind == value.Array:
		return "(" + from + " as List).map((e) => " + dartRead(t.Base().Elem, "e", types) + ").toList()"
	case name == "double":
		return "(" + from + " as num).toDouble()"
	case name == "DateTime":
		return "DateTime.parse(" + from + " as String)"
	case t.Base().Kind == value.Enum && name != "String":
		return name + ".parse(" + from + " as String)"
	default:
		return from + " as " + name
	}
}

func dartWrite(t *value.Type, from, mark string, types scalars) string {
	switch name := types.of(t); {
	case t.Base().Kind == value.Array:
		elem := dartWrite(t.Base().Elem, "e", "", types)
		if elem == "e" {
			return from
		}
		return from + mark + ".map((e) => " + elem + ").toList()"
	case name == "DateTime":
		return from + mark + ".toUtc()" + mark + ".toIso8601String()"
	case t.Base().Kind == value.Enum && name != "String":
		return from + mark + ".label"
	}
	return from
}
