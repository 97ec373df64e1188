package gen

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// Languages are the ones that Types knows.
var Languages = []string{"typescript", "dart", "swift", "kotlin", "go"}

// Types returns the source text of the types of the schemas.
func Types(c *catalog.Catalog, schemas []string, language string) (string, error) {
	m := modelOf(c, schemas)
	switch language {
	case "typescript":
		return m.typescript(), nil
	case "dart":
		return m.dart(), nil
	case "swift":
		return m.swift(), nil
	case "kotlin":
		return m.kotlin(), nil
	case "go":
		return m.golang(), nil
	}
	return "", fmt.Errorf("there is no generator for %q; there are %v", language, Languages)
}

// model is what every language is told.
type model struct {
	c       *catalog.Catalog
	names   []string // of the schemas
	schemas []schema
}

type schema struct {
	name       string
	tables     []table // views too, by name
	functions  []function
	enums      []*value.Type
	composites []*value.Type
}

type table struct {
	t         *catalog.Table
	columns   []column // by name
	relations []relation
	computed  []*catalog.Function // functions that take a row of it
}

type column struct {
	name     string
	typ      *value.Type
	nullable bool
	optional bool // may be left out of an insert
	never    bool // may not be written
}

// relation is a foreign key to a table that clients can see.
type relation struct {
	name      string
	cols, ref []string
	table     string
	one       bool // at most one row refers to another
}

// function is one name with its overloads.
type function struct {
	name string
	of   []*catalog.Function
}

func modelOf(c *catalog.Catalog, schemas []string) *model {
	m := &model{c: c, names: schemas}
	for _, name := range schemas {
		s := c.Schemas[name]
		if s == nil {
			continue
		}
		out := schema{name: name}
		for _, n := range slices.Sorted(maps.Keys(s.Tables)) {
			out.tables = append(out.tables, m.table(s.Tables[n], schemas))
		}
		for _, n := range slices.Sorted(maps.Keys(s.Types)) {
			switch t := s.Types[n].Type; t.Kind {
			case value.Enum:
				out.enums = append(out.enums, t)
			case value.Record:
				out.composites = append(out.composites, t)
			}
		}
		for _, n := range slices.Sorted(maps.Keys(s.Funcs)) {
			if of := callable(s.Funcs[n]); len(of) > 0 {
				out.functions = append(out.functions, function{name: n, of: of})
			}
		}
		m.schemas = append(m.schemas, out)
	}
	return m
}

// callable leaves out what the data API does not call.
func callable(fs []*catalog.Function) []*catalog.Function {
	var out []*catalog.Function
	for _, f := range fs {
		if f.Returns == nil || f.Returns.Kind != value.Trigger {
			out = append(out, f)
		}
	}
	return out
}

func (m *model) table(t *catalog.Table, schemas []string) table {
	out := table{t: t}
	base := t.Kind == catalog.Base
	for _, c := range t.Columns {
		out.columns = append(out.columns, column{
			name: c.Name, typ: c.Type, nullable: !c.NotNull || !base,
			optional: !c.NotNull || c.Default != nil || c.Identity != "" || c.Sequence != nil || !base,
			never:    c.Generated != nil || c.Identity == "always",
		})
	}
	slices.SortFunc(out.columns, func(a, b column) int { return cmp.Compare(a.name, b.name) })
	for _, f := range t.Foreign {
		if !slices.Contains(schemas, f.RefSchema) {
			continue
		}
		out.relations = append(out.relations, relation{name: f.Name, cols: f.Cols, ref: f.RefCols, table: f.RefTable, one: unique(t, f.Cols)})
	}
	slices.SortFunc(out.relations, func(a, b relation) int { return cmp.Compare(a.name, b.name) })
	for _, f := range m.c.AllFunctions() {
		if args := f.InArgs(); len(args) == 1 && !f.SetOf && args[0].Type.Kind == value.Record && args[0].Type.Schema == t.Schema && args[0].Type.Name == t.Name {
			out.computed = append(out.computed, f)
		}
	}
	slices.SortFunc(out.computed, func(a, b *catalog.Function) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// unique reports whether a key lies within cols, which makes a relation one to one.
func unique(t *catalog.Table, cols []string) bool {
	within := func(key []string) bool {
		return len(key) > 0 && !slices.ContainsFunc(key, func(c string) bool { return !slices.Contains(cols, c) })
	}
	for _, k := range t.Keys {
		if within(k.Cols) {
			return true
		}
	}
	return false
}

// writable reports whether rows can be inserted: into tables, and into views that one
// table stands behind or that a trigger writes.
func (t table) writable() bool {
	if t.t.Kind == catalog.Base {
		return true
	}
	if t.t.Kind == catalog.MatView {
		return false
	}
	return t.t.InsteadOf("insert") || simple(t.t)
}

// simple reports whether a view selects plainly from one relation.
func simple(t *catalog.Table) bool {
	if t.ViewDef == nil || t.ViewDef.Query == nil {
		return false
	}
	q := t.ViewDef.Query
	if len(q.From) != 1 {
		return false
	}
	_, one := q.From[0].(*pgsql.TableRef)
	return one && q.GroupBy == nil && q.Having == nil && !q.Distinct && q.With == nil && q.Limit == nil && q.Op == ""
}
