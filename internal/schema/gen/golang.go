package gen

import (
	"fmt"
	"go/format"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/value"
)

func (m *model) goTypes() scalars {
	return scalars{
		kinds: texts("string", map[value.Kind]string{
			value.Bool: "bool", value.Int2: "int16", value.Int4: "int32", value.Int8: "int64", value.OID: "uint32",
			value.Float4: "float32", value.Float8: "float64", value.Numeric: "json.Number", value.Timestamptz: "time.Time",
		}),
		other: "json.RawMessage",
		array: func(elem string) string { return "[]" + elem },
		enum: func(t *value.Type) string {
			if m.known(t) {
				return m.typeName(t.Schema, t.Name)
			}
			return "string"
		},
	}
}

// golang writes structs for encoding/json.
func (m *model) golang() string {
	var b strings.Builder
	types := m.goTypes()
	for _, s := range m.schemas {
		for _, e := range s.enums {
			name := m.typeName(e.Schema, e.Name)
			fmt.Fprintf(&b, "\n// %s is the enum %s.%s.\ntype %s string\n\nconst (\n", name, e.Schema, e.Name, name)
			for _, l := range e.Labels {
				fmt.Fprintf(&b, "%s%s %s = %s\n", name, pascal(l), name, strconv.Quote(l))
			}
			b.WriteString(")\n")
		}
		for _, t := range s.tables {
			for _, r := range m.records(t, types) {
				goStruct(&b, r, t.t.Schema+"."+t.t.Name)
			}
		}
	}
	imports := ""
	for _, p := range []string{"encoding/json", "time"} {
		if strings.Contains(b.String(), p[strings.LastIndexByte(p, '/')+1:]+".") {
			imports += strconv.Quote(p) + "\n"
		}
	}
	if imports != "" {
		imports = "import (\n" + imports + ")\n"
	}
	text := "// Package dbtypes has the types of the database's rows. Generated: do not edit.\npackage dbtypes\n\n" + imports + b.String()
	if out, err := format.Source([]byte(text)); err == nil {
		return string(out)
	}
	return text
}

func goStruct(b *strings.Builder, r record, of string) {
	what := "a row of " + of
	if r.insert {
		what = "what an insert into " + of + " takes"
	}
	fmt.Fprintf(b, "\n// %s is %s.\ntype %s struct {\n", r.name, what, r.name)
	names := fields(r.cols, pascal)
	for i, c := range r.cols {
		typ, omit := r.types.of(c.typ), ""
		if r.omits(c) {
			typ = "*" + typ
		}
		if r.insert && c.optional {
			omit = ",omitempty"
		}
		fmt.Fprintf(b, "%s %s `json:%s`\n", names[i], typ, strconv.Quote(c.name+omit))
	}
	b.WriteString("}\n")
}
