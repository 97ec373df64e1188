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
			if !slices.ContainsFunc(out, func(o *Function) bool { return sameArgs(o.InArgs(), f.InArgs()) }) {
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
	u, _ := c.userType(path, id)
	return u, u != nil
}

func (c *Catalog) userType(path []string, id pgsql.Ident) (*UserType, string) {
	for _, name := range schemasFor(path, id) {
		if s := c.Schemas[name]; s != nil {
			if u, ok := s.Types[id.Name]; ok {
				return u, name
			}
		}
	}
	return nil, ""
}

// index finds an index, or the index of a key, by name.
func (c *Catalog) index(path []string, id pgsql.Ident) (t *Table, ix *Index, key *Key) {
	for _, name := range schemasFor(path, id) {
		s := c.Schemas[name]
		if s == nil {
			continue
		}
		for _, t := range s.Tables {
			if ix := t.index(id.Name); ix != nil {
				return t, ix, nil
			}
			if k := t.key(id.Name); k != nil {
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

func (t *Table) key(name string) *Key {
	return find(t.Keys, name, func(k *Key) string { return k.Name })
}
func (t *Table) foreign(name string) *Foreign {
	return find(t.Foreign, name, func(k *Foreign) string { return k.Name })
}
func (t *Table) check(name string) *Check {
	return find(t.Checks, name, func(k *Check) string { return k.Name })
}
func (t *Table) index(name string) *Index {
	return find(t.Indexes, name, func(k *Index) string { return k.Name })
}
func (t *Table) policy(name string) *Policy {
	return find(t.Policies, name, func(k *Policy) string { return k.Name })
}
func (t *Table) trigger(name string) *Trigger {
	return find(t.Triggers, name, func(k *Trigger) string { return k.Name })
}
func (t *Table) column(name string) *Column {
	return find(t.Columns, name, func(k *Column) string { return k.Name })
}
func (t *Table) ident() pgsql.Ident { return pgsql.Ident{Schema: t.Schema, Name: t.Name} }

func find[T any](in []*T, name string, of func(*T) string) *T {
	for _, x := range in {
		if of(x) == name {
			return x
		}
	}
	return nil
}

// InArgs returns the arguments that a caller gives.
func (f *Function) InArgs() []Arg {
	out := make([]Arg, 0, len(f.Args))
	for _, a := range f.Args {
		if a.Mode != "out" && a.Mode != "table" {
			out = append(out, a)
		}
	}
	return out
}

func sameArgs(a, b []Arg) bool {
	return slices.EqualFunc(a, b, func(x, y Arg) bool { return value.Same(x.Type, y.Type) })
}

// Referencer is a foreign key together with the table that has it.
type Referencer struct {
	Table   *Table
	Foreign *Foreign
}

// Referencing returns the foreign keys, of any table, that point at t.
func (c *Catalog) Referencing(t *Table) []Referencer {
	var out []Referencer
	for _, o := range c.allTables() {
		for _, f := range o.Foreign {
			if f.RefSchema == t.Schema && f.RefTable == t.Name {
				out = append(out, Referencer{o, f})
			}
		}
	}
	return out
}

// PoliciesFor returns the policies of t for a command ("select", "insert", "update",
// "delete") that concern any of the roles, by name.
func (t *Table) PoliciesFor(cmd string, roles []string) []*Policy {
	var out []*Policy
	for _, p := range t.Policies {
		if p.Command != "all" && p.Command != cmd {
			continue
		}
		if slices.ContainsFunc(p.Roles, func(r string) bool { return r == Public || slices.Contains(roles, r) }) {
			out = append(out, p)
		}
	}
	return out
}
