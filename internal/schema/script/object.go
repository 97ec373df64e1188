package script

import (
	"maps"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// object is one thing of a schema, with the statements that make it and the one that
// drops it. Two objects of one key and one text are the same.
type object struct {
	key   string // what and name, unique in a catalogue
	make  []string
	drop  string
	needs []string // keys, or names of functions ("function s.f"), that must be there first
}

func (o object) text() string { return strings.Join(o.make, ";\n") }

// listing is the objects of the schemas of one catalogue.
type listing struct {
	c       *catalog.Catalog
	schemas []string
	objects []object
	at      map[string]int
}

// list takes the catalogue apart. Only what lives in one of the schemas is listed.
func list(c *catalog.Catalog, schemas []string) *listing {
	l := &listing{c: c, schemas: schemas, at: map[string]int{}}
	for _, name := range schemas {
		s := c.Schemas[name]
		if s == nil {
			continue
		}
		if name != "public" {
			l.add(object{key: "schema " + name, make: []string{"create schema if not exists " + pgsql.QuoteIdent(name)}, drop: "drop schema " + pgsql.QuoteIdent(name)})
		}
		for _, n := range slices.Sorted(maps.Keys(s.Types)) {
			l.add(typeObject(s.Types[n]))
		}
		for _, n := range slices.Sorted(maps.Keys(s.Sequences)) {
			l.sequence(s.Sequences[n])
		}
	}
	for _, t := range c.AllTables() {
		if slices.Contains(schemas, t.Schema) {
			l.relation(t)
		}
	}
	for _, f := range c.AllFunctions() {
		if slices.Contains(schemas, f.Schema) {
			l.function(f)
		}
	}
	l.guests()
	l.grants()
	return l
}

// guests are the project's own triggers and policies on tables of the house, such as
// auth.users and storage.objects.
func (l *listing) guests() {
	for _, t := range l.c.AllTables() {
		if slices.Contains(l.schemas, t.Schema) || !slices.Contains([]string{"auth", "storage", "realtime"}, t.Schema) {
			continue
		}
		l.triggers(t)
		for _, p := range t.Policies {
			l.policy(t, p)
		}
	}
}

func (l *listing) add(o object) {
	l.at[o.key] = len(l.objects)
	l.objects = append(l.objects, o)
}

// find returns the object of that key; the zero object where there is none.
func (l *listing) find(key string) (object, bool) {
	i, ok := l.at[key]
	if !ok {
		return object{}, false
	}
	return l.objects[i], true
}

// ident names a thing with its schema, which makes a script independent of the
// search path.
func ident(schema, name string) pgsql.Ident { return pgsql.Ident{Schema: schema, Name: name} }

func shown(schema, name string) string { return ident(schema, name).String() }

// typeName writes a type with the schema of user-defined ones.
func typeName(t *value.Type) string {
	switch t.Kind {
	case value.Array:
		return typeName(t.Elem) + "[]"
	case value.Enum, value.Domain, value.Record:
		if t.Name != "" {
			schema := t.Schema
			if schema == "" {
				schema = "public"
			}
			return shown(schema, t.Name)
		}
	}
	return t.String()
}

// typeKeys are the keys of the user-defined types in t.
func typeKeys(t *value.Type) []string {
	if t == nil {
		return nil
	}
	if t.Name != "" {
		return []string{"type " + shown(t.Schema, t.Name), "table " + shown(t.Schema, t.Name), "view " + shown(t.Schema, t.Name)}
	}
	out := typeKeys(t.Elem)
	for _, f := range t.Fields {
		out = append(out, typeKeys(f.Type)...)
	}
	return out
}

func comment(what, name, text string) string {
	if text == "" {
		return "comment on " + what + " " + name + " is null"
	}
	return "comment on " + what + " " + name + " is " + pgsql.QuoteLiteral(text)
}

func typeObject(u *catalog.UserType) object {
	t := u.Type
	name := shown(t.Schema, t.Name)
	o := object{key: "type " + name, drop: "drop type " + name}
	switch t.Kind {
	case value.Enum:
		labels := make([]string, len(t.Labels))
		for i, lab := range t.Labels {
			labels[i] = pgsql.QuoteLiteral(lab)
		}
		o.make = []string{"create type " + name + " as enum (" + strings.Join(labels, ", ") + ")"}
	case value.Domain:
		o.drop = "drop domain " + name
		o.make = []string{domain(u, name)}
		o.needs = typeKeys(t.Elem)
	default:
		attrs := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			attrs[i] = pgsql.QuoteIdent(f.Name) + " " + typeName(f.Type)
			o.needs = append(o.needs, typeKeys(f.Type)...)
		}
		o.make = []string{"create type " + name + " as (" + strings.Join(attrs, ", ") + ")"}
	}
	if u.Comment != "" {
		o.make = append(o.make, comment("type", name, u.Comment))
	}
	return o
}

func domain(u *catalog.UserType, name string) string {
	var b strings.Builder
	b.WriteString("create domain " + name + " as " + typeName(u.Type.Elem))
	if u.Default != nil {
		b.WriteString(" default " + pgsql.Print(u.Default))
	}
	if u.NotNull {
		b.WriteString(" not null")
	}
	for _, c := range u.Checks {
		b.WriteString(" constraint " + pgsql.QuoteIdent(c.Name) + " check (" + pgsql.Print(c.X) + ")")
	}
	return b.String()
}
