package sqlgen

import (
	"github.com/plinth-dev/plinth/internal/value"
)

// A domain may have representations of its own: functions that a cast to json, from
// json or from text names. They write its values into answers, read them from bodies
// and from filters.

// typeKey names a domain, or a built-in type.
type typeKey struct{ schema, name string }

func keyOf(t *value.Type) typeKey {
	if t.Kind == value.Domain {
		return typeKey{t.Schema, t.Name}
	}
	return typeKey{"", t.UDTName()}
}

// addCasts finds the functions of casts by both types.
func (s *Schema) addCasts() {
	s.casts, s.asJSON = map[[2]typeKey]string{}, map[typeKey]bool{}
	for _, c := range s.Cat.Casts {
		switch {
		case c.ToJSON:
			s.asJSON[keyOf(c.From)] = true
		case c.From.Kind == value.Domain || c.To.Kind == value.Domain:
			s.casts[[2]typeKey{keyOf(c.From), keyOf(c.To)}] = qualified(c.Schema, c.Func)
		}
	}
}

var (
	jsonKey = typeKey{"", "json"}
	textKey = typeKey{"", "text"}
)

// represented reports whether t is a domain with a representation of its own in JSON.
func (g *gen) represented(t *value.Type) bool {
	return t != nil && t.Kind == value.Domain && len(g.schema.casts) > 0 && g.schema.casts[[2]typeKey{keyOf(t), jsonKey}] != ""
}

// shown is a column's value as answers show it.
func (g *gen) shown(sql string, t *value.Type) string {
	switch {
	case t == nil:
	case g.represented(t):
		return g.schema.casts[[2]typeKey{keyOf(t), jsonKey}] + "(" + sql + ")"
	case !g.raw && g.schema.hasJSON(t, 0):
		return "to_json(" + sql + ")"
	}
	return sql
}

// hasJSON reports whether t, or a part of it, has a form of JSON of its own.
func (s *Schema) hasJSON(t *value.Type, depth int) bool {
	if len(s.asJSON) == 0 || depth > 8 {
		return false
	}
	if t.Kind == value.Domain && s.asJSON[keyOf(t)] {
		return true
	}
	if t.Elem != nil && s.hasJSON(t.Elem, depth+1) {
		return true
	}
	for _, f := range t.Fields {
		if s.hasJSON(f.Type, depth+1) {
			return true
		}
	}
	return false
}

// reader is the function that reads values of t from json or from text, "" for none.
func (g *gen) reader(t *value.Type, from typeKey) string {
	if t == nil || t.Kind != value.Domain || len(g.schema.casts) == 0 {
		return ""
	}
	return g.schema.casts[[2]typeKey{from, keyOf(t)}]
}

// bodyType is the type that a column's members have in the body.
func (g *gen) bodyType(t *value.Type) *value.Type {
	if g.reader(t, jsonKey) != "" {
		return value.TJSON
	}
	return t
}

// fromBody is a member, of bodyType, as a value of the column's type.
func (g *gen) fromBody(sql string, t *value.Type) string {
	if fn := g.reader(t, jsonKey); fn != "" {
		return fn + "(" + sql + "::json)"
	}
	return sql
}

// fromQuery is the text of a filter as a value of type t.
func (g *gen) fromQuery(sql string, t *value.Type) string {
	if fn := g.reader(t, textKey); fn != "" {
		return fn + "(" + sql + "::text)"
	}
	return sql
}

// listFromQuery is the same for a list; "" where the plain array will do.
func (g *gen) listFromQuery(sql string, t *value.Type) string {
	if fn := g.reader(t, textKey); fn != "" {
		return "array(select " + fn + "(v) from unnest(" + sql + "::text[]) as _(v))"
	}
	return ""
}
