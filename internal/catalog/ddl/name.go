package ddl

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// maxName is NAMEDATALEN - 1.
const maxName = 63

// clip cuts s to n bytes without cutting a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// makeName joins two names and a label as Postgres' makeObjectName does: what is too
// long is taken from the longer of the two names.
func makeName(name1, name2, label string) string {
	room := maxName
	if name2 != "" {
		room--
	}
	if label != "" {
		room -= len(label) + 1
	}
	n1, n2 := len(name1), len(name2)
	for n1+n2 > room {
		if n1 > n2 {
			n1--
		} else {
			n2--
		}
	}
	out := clip(name1, n1)
	if name2 != "" {
		out += "_" + clip(name2, n2)
	}
	if label != "" {
		out += "_" + label
	}
	return out
}

// choose returns the first of label, label1, label2 … that is not taken.
func choose(name1, name2, label string, taken func(string) bool) string {
	for i := 0; ; i++ {
		l := label
		if i > 0 {
			l += strconv.Itoa(i)
		}
		if n := makeName(name1, name2, l); !taken(n) {
			return n
		}
	}
}

// joinNames is the middle part of the name of a key over several columns.
func joinNames(cols []string) string {
	var b strings.Builder
	for i, c := range cols {
		if i > 0 {
			b.WriteByte('_')
		}
		b.WriteString(c)
		if b.Len() >= maxName {
			break
		}
	}
	return b.String()
}

// indexColumnNames are the names of an index's columns: an expression's comes from
// what it calls, and a second one of a name gets a number.
func indexColumnNames(items []pgsql.IndexItem, include []string) []string {
	var out []string
	for _, it := range items {
		name, _ := scope.FigureName(it.X)
		if name == "" {
			name = "expr"
		}
		out = append(out, uniqueName(name, out))
	}
	for _, name := range include {
		out = append(out, uniqueName(name, out))
	}
	return out
}

func uniqueName(name string, used []string) string {
	taken := func(s string) bool {
		for _, u := range used {
			if u == s {
				return true
			}
		}
		return false
	}
	if !taken(name) {
		return name
	}
	for i := 1; ; i++ {
		suffix := strconv.Itoa(i)
		if s := clip(name, maxName-len(suffix)) + suffix; !taken(s) {
			return s
		}
	}
}

// relationTaken reports whether a table, view, sequence, index or composite type of
// the schema has the name. extra is a table under construction.
func (e *editor) relationTaken(schema, name string, extra *catalog.Table) bool {
	if extra != nil && extra.HasIndex(name) {
		return true
	}
	s := e.c.Schemas[schema]
	if s == nil {
		return false
	}
	if u := s.Types[name]; u != nil && len(u.Type.Fields) > 0 {
		return true
	}
	if s.Tables[name] != nil || s.Sequences[name] != nil {
		return true
	}
	for _, t := range s.Tables {
		if t.HasIndex(name) {
			return true
		}
	}
	return false
}

// constraintTaken reports whether a constraint of any table of the schema has the
// name: what Postgres looks at when it makes one up.
func (e *editor) constraintTaken(schema, name string, extra *catalog.Table) bool {
	if extra != nil && extra.HasConstraint(name) {
		return true
	}
	for _, t := range e.c.Schemas[schema].Tables {
		if t.HasConstraint(name) {
			return true
		}
	}
	return false
}

// nameTaken reports whether a new key of t may not be called so.
func (e *editor) nameTaken(t *catalog.Table) func(string) bool {
	return func(n string) bool {
		return e.relationTaken(t.Schema, n, t) || e.constraintTaken(t.Schema, n, t)
	}
}
