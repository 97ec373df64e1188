package system

import (
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// Relation is a system view: its columns, and its rows under a catalogue.
type Relation struct {
	Schema, Name string
	Cols         []value.Field
	Rows         func(c *catalog.Catalog, row func(vals ...any))
}

// List returns the rows of r under c.
func (r *Relation) List(c *catalog.Catalog) [][]value.Value {
	var out [][]value.Value
	r.Rows(c, func(vals ...any) {
		row := make([]value.Value, len(vals))
		for i, v := range vals {
			row[i] = datum(v)
		}
		out = append(out, row)
	})
	return out
}

func datum(v any) value.Value {
	switch v := v.(type) {
	case string:
		return value.Str(v)
	case bool:
		return value.Truth(v)
	case int:
		return value.Int(int64(v))
	case []string:
		list := make([]value.Value, len(v))
		for i, s := range v {
			list[i] = value.Str(s)
		}
		return value.List(list)
	case float64:
		return value.Float(v)
	}
	return value.Value{}
}

var table = sync.OnceValue(func() map[pgsql.Ident]*Relation {
	m := map[pgsql.Ident]*Relation{}
	for _, list := range [][]*Relation{objects(), shorthands(), standard()} {
		for _, r := range list {
			m[pgsql.Ident{Schema: r.Schema, Name: r.Name}] = r
		}
	}
	return m
})

// Find returns the relation of that name; pg_catalog need not be said.
func Find(id pgsql.Ident) (*Relation, bool) {
	if id.Schema == "" {
		id.Schema = "pg_catalog"
	}
	r, ok := table()[id]
	return r, ok
}

// All lists the relations by name.
func All() []*Relation {
	return slices.SortedFunc(maps.Values(table()), func(a, b *Relation) int {
		return strings.Compare(a.Schema+"."+a.Name, b.Schema+"."+b.Name)
	})
}

// cols reads "name type, …".
func cols(text string) []value.Field {
	var out []value.Field
	for part := range strings.SplitSeq(text, ",") {
		name, typ, _ := strings.Cut(strings.TrimSpace(part), " ")
		t, list := strings.CutSuffix(typ, "[]")
		vt, ok := value.ByName(t)
		if !ok {
			vt = value.TText
		}
		if list {
			vt = value.ArrayOf(vt)
		}
		out = append(out, value.Field{Name: name, Type: vt})
	}
	return out
}

// oid is the id of something that the catalogue knows by name only.
func oid(kind, name string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(kind + " " + name)) // it never fails
	return 1<<20 + int(h.Sum32()%(1<<30))
}

func schemas(c *catalog.Catalog) []*catalog.Schema {
	return slices.SortedFunc(maps.Values(c.Schemas), func(a, b *catalog.Schema) int { return strings.Compare(a.Name, b.Name) })
}

func kind(t *catalog.Table) string {
	switch t.Kind {
	case catalog.View:
		return "v"
	case catalog.MatView:
		return "m"
	}
	return "r"
}

// Identity is the oid by which the relation of that name is known.
func Identity(c *catalog.Catalog, path []string, name string) (int64, bool) {
	id := parseName(name)
	if t, ok := c.Table(path, id); ok {
		return int64(t.ID), true
	}
	if q, ok := c.Sequence(path, id); ok {
		return int64(q.ID), true
	}
	return 0, false
}

func parseName(s string) pgsql.Ident {
	schema, name, ok := strings.Cut(s, ".")
	if !ok {
		return pgsql.Ident{Name: unquote(s)}
	}
	return pgsql.Ident{Schema: unquote(schema), Name: unquote(name)}
}

func unquote(s string) string {
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		return strings.ReplaceAll(s[1:len(s)-1], `""`, `"`)
	}
	return strings.ToLower(s)
}

// Called is how regclass writes the relation of an oid: without its schema where the
// search path finds it.
func Called(c *catalog.Catalog, path []string, id int64) (string, bool) {
	t, ok := c.TableByID(int(id))
	if !ok {
		return "", false
	}
	name := pgsql.QuoteIdent(t.Name)
	if found, ok := c.Table(path, pgsql.Ident{Name: t.Name}); ok && found == t {
		return name, true
	}
	return pgsql.QuoteIdent(t.Schema) + "." + name, true
}
