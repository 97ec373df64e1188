package gen

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/plinth-dev/plinth/internal/value"
)

// words splits a name at everything that is neither letter nor digit.
func words(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// pascal writes a name LikeThis.
func pascal(name string) string {
	var b strings.Builder
	for _, w := range words(name) {
		r := []rune(w)
		b.WriteString(string(unicode.ToUpper(r[0])) + string(r[1:]))
	}
	out := b.String()
	if out == "" || unicode.IsDigit(rune(out[0])) {
		out = "X" + out
	}
	return out
}

// camel writes a name likeThis; a word of the language gets a mark behind it.
func camel(name string, reserved []string) string {
	out := []rune(pascal(name))
	for i := 0; i < len(out) && unicode.IsUpper(out[i]); i++ {
		if i > 0 && i+1 < len(out) && unicode.IsLower(out[i+1]) {
			break
		}
		out[i] = unicode.ToLower(out[i])
	}
	if slices.Contains(reserved, string(out)) {
		return string(out) + "_"
	}
	return string(out)
}

// typeName is the name of what schema.name becomes: public goes without saying.
func (m *model) typeName(schema, name string) string {
	if schema == "public" || len(m.names) > 0 && schema == m.names[0] {
		return pascal(name)
	}
	return pascal(schema) + pascal(name)
}

// fields are the names of columns, told apart where they would fall together.
func fields(cols []column, name func(string) string) []string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = name(c.name)
		for n := 2; slices.Contains(out[:i], out[i]); n++ {
			out[i] = name(c.name) + strconv.Itoa(n)
		}
	}
	return out
}

// record is a type to write: a row, or what an insert takes.
type record struct {
	name   string
	cols   []column
	types  scalars
	insert bool
}

// omits reports whether a field may be missing or null.
func (r record) omits(c column) bool { return c.nullable || r.insert && c.optional }

// records are the row type of a table and, where rows can be inserted, the insert type.
func (m *model) records(t table, types scalars) []record {
	name := m.typeName(t.t.Schema, t.t.Name)
	out := []record{{name: name + "Row", cols: t.columns, types: types}}
	if t.writable() {
		out = append(out, record{name: name + "Insert", cols: t.inserted(), types: types, insert: true})
	}
	return out
}

// inserted are the columns that an insert may give.
func (t table) inserted() []column {
	return slices.DeleteFunc(slices.Clone(t.columns), func(c column) bool { return c.never })
}

// known reports whether a user-defined type is written into the document.
func (m *model) known(t *value.Type) bool {
	return t.Name != "" && slices.Contains(m.names, t.Schema) && t.Kind == value.Enum
}

// scalars maps kinds of types to a language's names; what is missing is other.
type scalars struct {
	kinds map[value.Kind]string
	other string
	array func(elem string) string
	enum  func(t *value.Type) string
}

func (s scalars) of(t *value.Type) string {
	switch t.Kind {
	case value.Array:
		return s.array(s.of(t.Elem))
	case value.Domain:
		return s.of(t.Elem)
	case value.Enum:
		return s.enum(t)
	}
	if name, ok := s.kinds[t.Kind]; ok {
		return name
	}
	return s.other
}

// texts gives every kind whose JSON is a string the name.
func texts(name string, more map[value.Kind]string) map[value.Kind]string {
	for _, k := range []value.Kind{
		value.Text, value.Varchar, value.Bpchar, value.Name, value.Citext, value.UUID, value.Bytea, value.Timestamptz,
		value.Timestamp, value.Date, value.Time, value.Timetz, value.Interval, value.Inet, value.Cidr,
	} {
		if _, given := more[k]; !given {
			more[k] = name
		}
	}
	return more
}
