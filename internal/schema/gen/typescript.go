package gen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/value"
)

// ts writes TypeScript, keeping the depth.
type ts struct {
	m *model
	b strings.Builder
	n int
}

func (w *ts) line(format string, args ...any) {
	w.b.WriteString(strings.Repeat("  ", w.n))
	fmt.Fprintf(&w.b, format, args...)
	w.b.WriteByte('\n')
}

func (w *ts) block(head string, inside func()) { w.brackets(head+" {", "}", inside) }

func (w *ts) brackets(open, shut string, inside func()) {
	w.line("%s", open)
	w.n++
	inside()
	w.n--
	w.line("%s", shut)
}

// none stands where a section has no member.
func (w *ts) none(n int) {
	if n == 0 {
		w.line("[_ in never]: never")
	}
}

const tsHead = `export type Json =
  | string
  | number
  | boolean
  | null
  | { [key: string]: Json | undefined }
  | Json[]

`

// tsTail gives applications short names for the rows of a table.
const tsTail = `
type PublicSchemas = Omit<Database, "__InternalSupabase">
type DefaultSchema = PublicSchemas["%s"]
type Relations<S extends keyof PublicSchemas> = PublicSchemas[S]["Tables"] & PublicSchemas[S]["Views"]

type Part<R, P extends string> = R extends Record<P, infer V> ? V : never

/** The row of a table or view: Tables<"name">, or Tables<{ schema: "other" }, "name">. */
export type Tables<
  NameOrSchema extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"]) | { schema: keyof PublicSchemas },
  Name extends NameOrSchema extends { schema: infer S extends keyof PublicSchemas } ? keyof Relations<S> : never = never,
> = NameOrSchema extends { schema: infer S extends keyof PublicSchemas }
  ? Part<Relations<S>[Name & keyof Relations<S>], "Row">
  : Part<(DefaultSchema["Tables"] & DefaultSchema["Views"])[NameOrSchema & keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])], "Row">

/** What an insert takes. */
export type TablesInsert<
  NameOrSchema extends keyof DefaultSchema["Tables"] | { schema: keyof PublicSchemas },
  Name extends NameOrSchema extends { schema: infer S extends keyof PublicSchemas } ? keyof PublicSchemas[S]["Tables"] : never = never,
> = NameOrSchema extends { schema: infer S extends keyof PublicSchemas }
  ? Part<PublicSchemas[S]["Tables"][Name & keyof PublicSchemas[S]["Tables"]], "Insert">
  : Part<DefaultSchema["Tables"][NameOrSchema & keyof DefaultSchema["Tables"]], "Insert">

/** What an update takes. */
export type TablesUpdate<
  NameOrSchema extends keyof DefaultSchema["Tables"] | { schema: keyof PublicSchemas },
  Name extends NameOrSchema extends { schema: infer S extends keyof PublicSchemas } ? keyof PublicSchemas[S]["Tables"] : never = never,
> = NameOrSchema extends { schema: infer S extends keyof PublicSchemas }
  ? Part<PublicSchemas[S]["Tables"][Name & keyof PublicSchemas[S]["Tables"]], "Update">
  : Part<DefaultSchema["Tables"][NameOrSchema & keyof DefaultSchema["Tables"]], "Update">

/** The labels of an enum. */
export type Enums<
  NameOrSchema extends keyof DefaultSchema["Enums"] | { schema: keyof PublicSchemas },
  Name extends NameOrSchema extends { schema: infer S extends keyof PublicSchemas } ? keyof PublicSchemas[S]["Enums"] : never = never,
> = NameOrSchema extends { schema: infer S extends keyof PublicSchemas }
  ? PublicSchemas[S]["Enums"][Name & keyof PublicSchemas[S]["Enums"]]
  : DefaultSchema["Enums"][NameOrSchema & keyof DefaultSchema["Enums"]]
`

// postgrest is the version whose results the client's types should expect.
const postgrest = "13"

func (m *model) typescript() string {
	w := &ts{m: m}
	w.b.WriteString(tsHead)
	w.block("export type Database =", func() {
		w.block("__InternalSupabase:", func() { w.line("PostgrestVersion: %q", postgrest) })
		for _, s := range m.schemas {
			w.block(tsKey(s.name)+":", func() { w.schema(s) })
		}
	})
	if len(m.schemas) > 0 {
		fmt.Fprintf(&w.b, tsTail, m.schemas[0].name)
	}
	w.b.WriteByte('\n')
	w.constants()
	return w.b.String()
}

func (w *ts) schema(s schema) {
	var tables, views []table
	for _, t := range s.tables {
		if t.t.Kind == catalog.Base {
			tables = append(tables, t)
		} else {
			views = append(views, t)
		}
	}
	for _, part := range []struct {
		name string
		list []table
	}{{"Tables", tables}, {"Views", views}} {
		w.block(part.name+":", func() {
			w.none(len(part.list))
			for _, t := range part.list {
				w.block(tsKey(t.t.Name)+":", func() { w.table(t) })
			}
		})
	}
	w.block("Functions:", func() {
		w.none(len(s.functions))
		for _, f := range s.functions {
			w.function(f)
		}
	})
	w.block("Enums:", func() {
		w.none(len(s.enums))
		for _, e := range s.enums {
			w.line("%s: %s", tsKey(e.Name), tsUnion(e.Labels))
		}
	})
	w.block("CompositeTypes:", func() {
		w.none(len(s.composites))
		for _, t := range s.composites {
			w.block(tsKey(t.Name)+":", func() {
				for _, f := range t.Fields {
					w.line("%s: %s | null", tsKey(f.Name), w.m.tsType(f.Type))
				}
			})
		}
	})
}

func (w *ts) table(t table) {
	w.block("Row:", func() {
		for _, c := range t.columns {
			w.line("%s: %s", tsKey(c.name), w.m.tsNullable(c))
		}
		for _, f := range t.computed {
			w.line("%s: %s | null", tsKey(f.Name), w.m.tsType(f.Returns))
		}
	})
	if t.writable() {
		w.block("Insert:", func() {
			for _, c := range t.columns {
				w.line("%s", w.m.tsWrite(c, c.optional))
			}
		})
		w.block("Update:", func() {
			for _, c := range t.columns {
				w.line("%s", w.m.tsWrite(c, true))
			}
		})
	}
	if len(t.relations) == 0 {
		w.line("Relationships: []")
		return
	}
	w.brackets("Relationships: [", "]", func() {
		for _, r := range t.relations {
			w.brackets("{", "},", func() {
				w.line("foreignKeyName: %s", strconv.Quote(r.name))
				w.line("columns: %s", tsList(r.cols))
				w.line("isOneToOne: %t", r.one)
				w.line("referencedRelation: %s", strconv.Quote(r.table))
				w.line("referencedColumns: %s", tsList(r.ref))
			})
		}
	})
}

func (m *model) tsWrite(c column, optional bool) string {
	switch {
	case c.never:
		return tsKey(c.name) + "?: never"
	case optional:
		return tsKey(c.name) + "?: " + m.tsNullable(c)
	}
	return tsKey(c.name) + ": " + m.tsNullable(c)
}

func (m *model) tsNullable(c column) string {
	t := m.tsType(c.typ)
	if c.nullable {
		t += " | null"
	}
	return t
}

func (w *ts) function(f function) {
	if len(f.of) == 1 {
		w.line("%s: %s", tsKey(f.name), w.m.tsSignature(f.of[0]))
		return
	}
	w.line("%s:", tsKey(f.name))
	for _, o := range f.of {
		w.line("  | %s", w.m.tsSignature(o))
	}
}

func (m *model) tsSignature(f *catalog.Function) string {
	var args []string
	for i, a := range f.InArgs() {
		name := a.Name
		if name == "" {
			name = "$" + strconv.Itoa(i+1)
			if len(f.InArgs()) == 1 {
				name = "" // the whole body is the argument
			}
		}
		mark := ""
		if a.Default != nil {
			mark = "?"
		}
		args = append(args, tsKey(name)+mark+": "+m.tsType(a.Type))
	}
	slices.Sort(args)
	in := "never"
	if len(args) > 0 {
		in = "{ " + strings.Join(args, "; ") + " }"
	}
	return "{ Args: " + in + "; Returns: " + m.tsResult(f) + " }"
}

func (m *model) tsResult(f *catalog.Function) string {
	out := "undefined"
	switch {
	case len(f.OutCols) > 1, len(f.OutCols) == 1 && f.SetOf:
		fields := make([]string, len(f.OutCols))
		for i, c := range f.OutCols {
			fields[i] = tsKey(c.Name) + ": " + m.tsType(c.Type)
		}
		out = "{ " + strings.Join(fields, "; ") + " }"
	case f.Returns != nil:
		out = m.tsType(f.Returns)
	}
	if f.SetOf {
		out += "[]"
	}
	return out
}

// tsType is how a value of t looks in JSON.
func (m *model) tsType(t *value.Type) string {
	switch t.Kind {
	case value.Array:
		elem := m.tsType(t.Elem)
		if strings.Contains(elem, " ") {
			elem = "(" + elem + ")"
		}
		return elem + "[]"
	case value.Domain:
		return m.tsType(t.Elem)
	case value.Enum:
		return m.tsNamed(t, "Enums", tsUnion(t.Labels))
	case value.Record:
		switch {
		case t.Name == "":
			return "Record<string, unknown>"
		case m.c.Schemas[t.Schema] != nil && m.c.Schemas[t.Schema].Tables[t.Name] != nil:
			kind := "Tables"
			if m.c.Schemas[t.Schema].Tables[t.Name].Kind != catalog.Base {
				kind = "Views"
			}
			return m.tsNamed(t, kind, "unknown", "Row")
		}
		return m.tsNamed(t, "CompositeTypes", "unknown")
	}
	return tsScalar(t.Kind)
}

func tsScalar(k value.Kind) string {
	switch k {
	case value.Bool:
		return "boolean"
	case value.Int2, value.Int4, value.Int8, value.Float4, value.Float8, value.Numeric, value.OID:
		return "number"
	case value.JSON, value.JSONB:
		return "Json"
	case value.Void:
		return "undefined"
	case value.Text, value.Varchar, value.Bpchar, value.Name, value.Citext, value.UUID, value.Bytea,
		value.Timestamptz, value.Timestamp, value.Date, value.Time, value.Timetz:
		return "string"
	}
	return "unknown"
}

// tsNamed refers to a type of the document, or stands in for one of another schema.
func (m *model) tsNamed(t *value.Type, section, other string, path ...string) string {
	if !slices.Contains(m.names, t.Schema) {
		return other
	}
	ref := fmt.Sprintf("Database[%q][%q][%q]", t.Schema, section, t.Name)
	for _, p := range path {
		ref += fmt.Sprintf("[%q]", p)
	}
	return ref
}

func tsUnion(labels []string) string {
	quoted := make([]string, len(labels))
	for i, l := range labels {
		quoted[i] = strconv.Quote(l)
	}
	if len(quoted) == 0 {
		return "never"
	}
	return strings.Join(quoted, " | ")
}

func tsList(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = strconv.Quote(n)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// tsKey writes a name as a key: quoted where it is no identifier.
func tsKey(name string) string {
	for i, r := range name {
		letter := r == '_' || r == '$' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return strconv.Quote(name)
		}
	}
	if name == "" {
		return `""`
	}
	return name
}

// constants are the enums' labels as values.
func (w *ts) constants() {
	w.brackets("export const Constants = {", "} as const", func() {
		for _, s := range w.m.schemas {
			w.brackets(tsKey(s.name)+": {", "},", func() {
				w.brackets("Enums: {", "},", func() {
					for _, e := range s.enums {
						w.line("%s: %s,", tsKey(e.Name), tsList(e.Labels))
					}
				})
			})
		}
	})
}
