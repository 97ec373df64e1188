package catalog

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// schemasFor returns the schemas to look in for a name.
func schemasFor(path []string, id pgsql.Ident) []string {
	if id.Schema != "" {
		return []string{id.Schema}
	}
	return path
}

// Table returns the table or view that id means under the search path.
func (c *Catalog) Table(path []string, id pgsql.Ident) (*Table, bool) {
	if id.Schema != "" {
		if s := c.Schemas[id.Schema]; s != nil {
			t, ok := s.Tables[id.Name]
			return t, ok
		}
		return nil, false
	}
	for _, name := range path {
		if s := c.Schemas[name]; s != nil {
			if t, ok := s.Tables[id.Name]; ok {
				return t, true
			}
		}
	}
	return nil, false
}

// TableByID returns the table with the ID.
func (c *Catalog) TableByID(id int) (*Table, bool) {
	for _, s := range c.Schemas {
		for _, t := range s.Tables {
			if t.ID == id {
				return t, true
			}
		}
	}
	return nil, false
}

// Functions returns the functions and procedures named id that the search path
// shows, nearest schema first; of two with one signature, the nearer alone.
func (c *Catalog) Functions(path []string, id pgsql.Ident) []*Function {
	var out []*Function
	for _, name := range schemasFor(path, id) {
		s := c.Schemas[name]
		if s == nil {
			continue
		}
		for _, f := range s.Funcs[id.Name] {
			if !slices.ContainsFunc(out, func(o *Function) bool { return SameArgs(o.InArgs(), f.InArgs()) }) {
				out = append(out, f)
			}
		}
	}
	return out
}

// Sequence returns the sequence that id means.
func (c *Catalog) Sequence(path []string, id pgsql.Ident) (*Sequence, bool) {
	for _, name := range schemasFor(path, id) {
		if s := c.Schemas[name]; s != nil {
			if q, ok := s.Sequences[id.Name]; ok {
				return q, true
			}
		}
	}
	return nil, false
}

// UserType returns the enum, domain or composite type that id means.
func (c *Catalog) UserType(path []string, id pgsql.Ident) (*UserType, bool) {
	u, _ := c.FindType(path, id)
	return u, u != nil
}

// Constrained reports whether t is a domain that has rules.
func (c *Catalog) Constrained(t *value.Type) bool {
	for ; t.Kind == value.Domain; t = t.Elem {
		s := c.Schemas[t.Schema]
		if s == nil || s.Types[t.Name] == nil {
			continue
		}
		if u := s.Types[t.Name]; u.NotNull || len(u.Checks) > 0 {
			return true
		}
	}
	return false
}

// FindType is UserType, with the schema where it was found.
func (c *Catalog) FindType(path []string, id pgsql.Ident) (*UserType, string) {
	for _, name := range schemasFor(path, id) {
		if s := c.Schemas[name]; s != nil {
			if u, ok := s.Types[id.Name]; ok {
				return u, name
			}
		}
	}
	return nil, ""
}

// FindIndex finds an index, or the index of a key, by name.
func (c *Catalog) FindIndex(path []string, id pgsql.Ident) (t *Table, ix *Index, key *Key) {
	for _, name := range schemasFor(path, id) {
		s := c.Schemas[name]
		if s == nil {
			continue
		}
		for _, t := range s.Tables {
			if ix := t.Index(id.Name); ix != nil {
				return t, ix, nil
			}
			if k := t.Key(id.Name); k != nil {
				return t, nil, k
			}
		}
	}
	return nil, nil, nil
}

// Column returns the index of the named column, or -1.
func (t *Table) Column(name string) int {
	return slices.IndexFunc(t.Columns, func(c *Column) bool { return c.Name == name })
}

// ColumnByID returns the column with the ID, or nil.
func (t *Table) ColumnByID(id int) *Column {
	for _, c := range t.Columns {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// PrimaryKey returns the primary key, or nil.
func (t *Table) PrimaryKey() *Key {
	for _, k := range t.Keys {
		if k.Primary {
			return k
		}
	}
	return nil
}

// RowType returns the table's row type.
func (t *Table) RowType() *value.Type {
	r := &value.Type{Kind: value.Record, Schema: t.Schema, Name: t.Name, Fields: make([]value.Field, len(t.Columns))}
	for i, c := range t.Columns {
		r.Fields[i] = value.Field{Name: c.Name, Type: c.Type}
	}
	return r
}

// Key, ForeignKey, CheckConstraint, Index, Policy, Trigger and ColumnNamed return
// the part of that name, or nil.
func (t *Table) Key(name string) *Key {
	return find(t.Keys, name, func(k *Key) string { return k.Name })
}

// ForeignKey: see Key.
func (t *Table) ForeignKey(name string) *Foreign {
	return find(t.Foreign, name, func(f *Foreign) string { return f.Name })
}

// CheckConstraint: see Key.
func (t *Table) CheckConstraint(name string) *Check {
	return find(t.Checks, name, func(c *Check) string { return c.Name })
}

// Index: see Key.
func (t *Table) Index(name string) *Index {
	return find(t.Indexes, name, func(x *Index) string { return x.Name })
}

// Policy: see Key.
func (t *Table) Policy(name string) *Policy {
	return find(t.Policies, name, func(p *Policy) string { return p.Name })
}

// Trigger: see Key.
func (t *Table) Trigger(name string) *Trigger {
	return find(t.Triggers, name, func(tr *Trigger) string { return tr.Name })
}

// ColumnNamed: see Key.
func (t *Table) ColumnNamed(name string) *Column {
	return find(t.Columns, name, func(c *Column) string { return c.Name })
}

// HasIndex reports whether an index or a key has the name.
func (t *Table) HasIndex(name string) bool { return t.Index(name) != nil || t.Key(name) != nil }

// HasConstraint reports whether a key, foreign key or check has the name.
func (t *Table) HasConstraint(name string) bool {
	return t.Key(name) != nil || t.ForeignKey(name) != nil || t.CheckConstraint(name) != nil
}

// ColumnNames returns the names in order.
func (t *Table) ColumnNames() []string {
	out := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = c.Name
	}
	return out
}

// UniqueOn returns the name of the key or full unique index on just these columns,
// in any order, or "".
func (t *Table) UniqueOn(cols []string) string {
	same := func(o []string) bool {
		if len(o) != len(cols) {
			return false
		}
		return !slices.ContainsFunc(o, func(c string) bool { return !slices.Contains(cols, c) })
	}
	for _, k := range t.Keys {
		if same(k.Cols) && !k.Deferrable {
			return k.Name
		}
	}
	for _, ix := range t.Indexes {
		if o, plain := ix.PlainColumns(); plain && ix.Unique && ix.Where == nil && same(o) {
			return ix.Name
		}
	}
	return ""
}

// KindName is the word for what t is.
func (t *Table) KindName() string {
	switch t.Kind {
	case View:
		return "view"
	case MatView:
		return "materialized view"
	}
	return "table"
}

// PlainColumns returns the columns of an index; plain is false where it has
// expressions.
func (ix *Index) PlainColumns() (cols []string, plain bool) {
	for _, it := range ix.Items {
		col, ok := it.X.(*pgsql.Column)
		if !ok {
			return nil, false
		}
		cols = append(cols, col.Parts[len(col.Parts)-1])
	}
	return cols, true
}

// Materialized reports whether the engine builds the index; others are a note.
func (ix *Index) Materialized() bool { return ix.Method == "btree" || ix.Method == "hash" }

func find[T any](in []*T, name string, of func(*T) string) *T {
	for _, x := range in {
		if of(x) == name {
			return x
		}
	}
	return nil
}
