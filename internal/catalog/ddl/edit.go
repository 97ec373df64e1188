package ddl

import (
	"maps"
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
)

// editor changes a private copy of a catalogue: schemas and tables are copied when
// first touched, everything else stays shared with the version before.
type editor struct {
	s       *catalog.Session
	c       *catalog.Catalog
	before  *catalog.Catalog // what c is a copy of
	src     string
	notices []catalog.Notice
	schemas map[string]bool
	tables  map[*catalog.Table]bool
	touched []int // IDs of the tables copied, in order

	altering bool // within ALTER TABLE, where a second equal key is made
}

func newEditor(c *catalog.Catalog, s *catalog.Session, src string) *editor {
	next := *c
	next.Version++
	next.Schemas = maps.Clone(c.Schemas)
	next.Roles = maps.Clone(c.Roles)
	next.Publications = maps.Clone(c.Publications)
	next.Extensions = maps.Clone(c.Extensions)
	next.Defaults = slices.Clone(c.Defaults)
	next.Casts = slices.Clone(c.Casts)
	return &editor{s: s, c: &next, before: c, src: src, schemas: map[string]bool{}, tables: map[*catalog.Table]bool{}}
}

func (e *editor) nextID() int {
	id := e.c.NextID
	e.c.NextID++
	return id
}

// schema returns the named schema for writing, or nil.
func (e *editor) schema(name string) *catalog.Schema {
	s := e.c.Schemas[name]
	if s == nil || e.schemas[name] {
		return s
	}
	n := *s
	n.Tables = maps.Clone(s.Tables)
	n.Types = maps.Clone(s.Types)
	n.Sequences = maps.Clone(s.Sequences)
	n.Grants = slices.Clone(s.Grants)
	n.Funcs = make(map[string][]*catalog.Function, len(s.Funcs))
	for k, v := range s.Funcs {
		n.Funcs[k] = slices.Clone(v)
	}
	e.c.Schemas[name] = &n
	e.schemas[name] = true
	return &n
}

// edit returns t for writing: its own copy, down to the expressions, which are
// never changed in place.
func (e *editor) edit(t *catalog.Table) *catalog.Table {
	if e.tables[t] {
		return t
	}
	if s := e.c.Schemas[t.Schema]; s != nil && s.Tables[t.Name] != nil && s.Tables[t.Name].ID == t.ID {
		if t = s.Tables[t.Name]; e.tables[t] {
			return t // the caller held the version before
		}
	}
	n := *t
	n.Columns = clonePtrs(t.Columns)
	n.Keys = clonePtrs(t.Keys)
	n.Foreign = clonePtrs(t.Foreign)
	n.Checks = clonePtrs(t.Checks)
	n.Indexes = clonePtrs(t.Indexes)
	n.Policies = clonePtrs(t.Policies)
	n.Triggers = clonePtrs(t.Triggers)
	n.Grants = slices.Clone(t.Grants)
	if t.ViewDef != nil {
		v := *t.ViewDef
		n.ViewDef = &v
	}
	e.own(&n)
	return &n
}

// own puts a table that this editor made into its schema.
func (e *editor) own(t *catalog.Table) {
	e.tables[t] = true
	e.touched = append(e.touched, t.ID)
	e.schema(t.Schema).Tables[t.Name] = t
}

func clonePtrs[T any](in []*T) []*T {
	if in == nil {
		return nil
	}
	out := make([]*T, len(in))
	for i, p := range in {
		v := *p
		out[i] = &v
	}
	return out
}

// setSequence replaces old by n wherever it is held.
func (e *editor) setSequence(old, n *catalog.Sequence) {
	sc := e.schema(old.Schema)
	delete(sc.Sequences, old.Name)
	e.schema(n.Schema).Sequences[n.Name] = n
	for _, t := range e.c.AllTables() {
		for i, col := range t.Columns {
			if col.Sequence == old {
				e.edit(t).Columns[i].Sequence = n
			}
		}
	}
}

// setFunction replaces old by n, which may have moved.
func (e *editor) setFunction(old, n *catalog.Function) {
	fs := e.schema(old.Schema).Funcs
	if old.Schema == n.Schema && old.Name == n.Name {
		i := slices.Index(fs[old.Name], old)
		fs[old.Name][i] = n
		return
	}
	e.dropFunction(old)
	to := e.schema(n.Schema).Funcs
	to[n.Name] = append(to[n.Name], n)
}

func (e *editor) dropFunction(f *catalog.Function) {
	fs := e.schema(f.Schema).Funcs
	rest := slices.DeleteFunc(fs[f.Name], func(o *catalog.Function) bool { return o == f })
	if len(rest) == 0 {
		delete(fs, f.Name)
		return
	}
	fs[f.Name] = rest
}

func (e *editor) notice(n catalog.Notice) { e.notices = append(e.notices, n) }

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
