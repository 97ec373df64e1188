package catalog

import (
	"iter"
	"slices"

	"github.com/plinth-dev/plinth/internal/value"
)

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

// SameArgs reports whether two lists of arguments have the same types.
func SameArgs(a, b []Arg) bool {
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
	for _, o := range c.AllTables() {
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

// Accepts reports whether a call may have n arguments.
func (f *Function) Accepts(n int) bool {
	args := f.InArgs()
	required := 0
	for _, a := range args {
		if a.Mode == "variadic" {
			return n >= required
		}
		if a.Default == nil {
			required++
		}
	}
	return n >= required && n <= len(args)
}

// AllTables returns every table and view in the order of creation.
func (c *Catalog) AllTables() []*Table {
	out := slices.Collect(c.EachTable())
	slices.SortFunc(out, func(a, b *Table) int { return a.ID - b.ID })
	return out
}

// EachTable yields every table and view in no order.
func (c *Catalog) EachTable() iter.Seq[*Table] {
	return func(yield func(*Table) bool) {
		for _, s := range c.Schemas {
			for _, t := range s.Tables {
				if !yield(t) {
					return
				}
			}
		}
	}
}

// AllFunctions returns every function in the order of creation.
func (c *Catalog) AllFunctions() []*Function {
	var out []*Function
	for _, s := range c.Schemas {
		for _, fs := range s.Funcs {
			out = append(out, fs...)
		}
	}
	slices.SortFunc(out, func(a, b *Function) int { return a.ID - b.ID })
	return out
}

// SequenceOwner returns the column that owns a sequence.
func (c *Catalog) SequenceOwner(q *Sequence) (*Table, *Column) {
	if q.OwnedBy == "" {
		return nil, nil
	}
	for _, s := range c.Schemas {
		for _, t := range s.Tables {
			for _, col := range t.Columns {
				if q.OwnedBy == t.Schema+"."+t.Name+"."+col.Name {
					return t, col
				}
			}
		}
	}
	return nil, nil
}

// Published returns the names of the publications that t is in.
func (c *Catalog) Published(t *Table) []string {
	var out []string
	for name, p := range c.Publications {
		if p.AllTables || slices.Contains(p.Tables, TableName{t.Schema, t.Name}) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
