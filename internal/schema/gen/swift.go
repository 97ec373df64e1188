package gen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/value"
)

var swiftWords = []string{
	"as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do", "else", "enum",
	"extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import", "in", "init", "inout", "internal", "is",
	"let", "nil", "operator", "private", "protocol", "public", "repeat", "return", "self", "static", "struct", "subscript", "super",
	"switch", "throw", "throws", "true", "try", "typealias", "var", "where", "while",
}

func swiftField(name string) string { return camel(name, swiftWords) }

func (m *model) swiftTypes() scalars {
	return scalars{
		kinds: texts("String", map[value.Kind]string{
			value.Bool: "Bool", value.Int2: "Int16", value.Int4: "Int32", value.Int8: "Int64", value.OID: "Int64",
			value.Float4: "Float", value.Float8: "Double", value.Numeric: "Decimal", value.UUID: "UUID",
		}),
		other: "AnyJSON",
		array: func(elem string) string { return "[" + elem + "]" },
		enum: func(t *value.Type) string {
			if m.known(t) {
				return m.typeName(t.Schema, t.Name)
			}
			return "String"
		},
	}
}

// swift writes Codable structs; AnyJSON comes with supabase-swift.
func (m *model) swift() string {
	var b strings.Builder
	b.WriteString("// Types of the database's rows. Generated: do not edit.\n\nimport Foundation\nimport Supabase\n")
	types := m.swiftTypes()
	for _, s := range m.schemas {
		for _, e := range s.enums {
			fmt.Fprintf(&b, "\npublic enum %s: String, Codable, Hashable, Sendable, CaseIterable {\n", m.typeName(e.Schema, e.Name))
			for _, l := range e.Labels {
				fmt.Fprintf(&b, "  case %s = %s\n", swiftField(l), strconv.Quote(l))
			}
			b.WriteString("}\n")
		}
		for _, t := range s.tables {
			for _, r := range m.records(t, types) {
				swiftStruct(&b, r)
			}
		}
	}
	return b.String()
}

func swiftStruct(b *strings.Builder, r record) {
	names := fields(r.cols, swiftField)
	conforms := "Codable, Hashable, Sendable"
	if slices.Contains(names, "id") && !r.insert {
		conforms += ", Identifiable"
	}
	fmt.Fprintf(b, "\npublic struct %s: %s {\n", r.name, conforms)
	for i, c := range r.cols {
		mark := ""
		if r.omits(c) {
			mark = "?"
		}
		fmt.Fprintf(b, "  public var %s: %s%s\n", names[i], r.types.of(c.typ), mark)
	}
	if len(r.cols) > 0 {
		b.WriteString("\n  public enum CodingKeys: String, CodingKey {\n")
		for i, c := range r.cols {
			fmt.Fprintf(b, "    case %s = %s\n", names[i], strconv.Quote(c.name))
		}
		b.WriteString("  }\n")
		swiftInit(b, r, names)
	}
	b.WriteString("}\n")
}

// swiftInit: the memberwise initialiser of a public struct is not public by itself.
func swiftInit(b *strings.Builder, r record, names []string) {
	b.WriteString("\n  public init(\n")
	for i, c := range r.cols {
		given := r.types.of(c.typ)
		if r.omits(c) {
			given += "? = nil"
		}
		end := ","
		if i == len(r.cols)-1 {
			end = ""
		}
		fmt.Fprintf(b, "    %s: %s%s\n", names[i], given, end)
	}
	b.WriteString("  ) {\n")
	for _, n := range names {
		fmt.Fprintf(b, "    self.%s = %s\n", n, n)
	}
	b.WriteString("  }\n")
}
