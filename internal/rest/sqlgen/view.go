package sqlgen

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// viewColumns maps a view's columns to the base columns that they show.
type viewColumns map[string]baseColumn

type baseColumn struct {
	table *catalog.Table
	name  string
}

// shown is a table or view with the columns that stand for those of a key.
type shown struct {
	table *catalog.Table
	cols  []string
}

// views derives the base columns of all views and lists them in order of name.
func (s *Schema) views() []*catalog.Table {
	var out []*catalog.Table
	for _, t := range s.tables() {
		if t.Kind == catalog.Base {
			continue
		}
		out = append(out, t)
		s.viewColumns(t, 0)
	}
	return out
}

// viewColumns returns what t's columns show; views over views are followed.
func (s *Schema) viewColumns(t *catalog.Table, depth int) viewColumns {
	if m, ok := s.base[t]; ok {
		return m
	}
	m := viewColumns{}
	s.base[t] = m
	if t.ViewDef == nil || t.ViewDef.Query == nil || depth > 16 {
		return m
	}
	q := t.ViewDef.Query
	for q.Op != "" && q.Left != nil {
		q = q.Left
	}
	sc := scope{s: s, path: t.ViewDef.SearchPath, with: q.With, depth: depth}
	cols := sc.columns(q)
	for i, c := range t.Columns {
		if i < len(cols) && cols[i].table != nil {
			m[c.Name] = cols[i]
		}
	}
	return m
}

// scope resolves the names of one select of a view's definition.
type scope struct {
	s     *Schema
	path  []string
	with  *pgsql.With
	depth int
}

// entry is a named range of columns.
type entry struct {
	alias string
	names []string
	cols  []baseColumn
}

// columns returns the base column of each target; the zero value where it is not one.
func (sc scope) columns(q *pgsql.Select) []baseColumn {
	var from []entry
	for _, te := range q.From {
		from = sc.entries(te, from)
	}
	var out []baseColumn
	for _, t := range q.Targets {
		col, ok := t.X.(*pgsql.Column)
		if !ok {
			out = append(out, baseColumn{})
			continue
		}
		out = append(out, lookup(from, col)...)
	}
	return out
}

// lookup finds a column, or the columns of a star, in from.
func lookup(from []entry, col *pgsql.Column) []baseColumn {
	parts := col.Parts
	qual, name := "", ""
	if col.Star {
		if len(parts) > 0 {
			qual = parts[len(parts)-1]
		}
	} else {
		name = parts[len(parts)-1]
		if len(parts) > 1 {
			qual = parts[len(parts)-2]
		}
	}
	var out []baseColumn
	for _, e := range from {
		if qual != "" && e.alias != qual {
			continue
		}
		if col.Star {
			out = append(out, e.cols...)
		} else if i := slices.Index(e.names, name); i >= 0 {
			return e.cols[i : i+1]
		}
	}
	if !col.Star && out == nil {
		out = []baseColumn{{}}
	}
	return out
}

// entries appends what a FROM item brings.
func (sc scope) entries(te pgsql.TableExpr, from []entry) []entry {
	switch te := te.(type) {
	case *pgsql.Join:
		from = sc.entries(te.L, from)
		return sc.entries(te.R, from)
	case *pgsql.QueryRef:
		e := entry{alias: te.Alias, cols: sc.columns(te.Query)}
		e.names = targetNames(te.Query, len(e.cols))
		return append(from, e)
	case *pgsql.TableRef:
		return append(from, sc.tableEntry(te))
	}
	return from
}

// targetNames names the output columns of a subquery where they have simple names.
func targetNames(q *pgsql.Select, n int) []string {
	out := make([]string, n)
	for i, t := range q.Targets {
		if i >= n {
			break
		}
		out[i] = t.As
		if c, ok := t.X.(*pgsql.Column); ok && t.As == "" && len(c.Parts) > 0 && !c.Star {
			out[i] = c.Parts[len(c.Parts)-1]
		}
	}
	return out
}

func (sc scope) tableEntry(ref *pgsql.TableRef) entry {
	alias := ref.Alias
	if alias == "" {
		alias = ref.Name.Name
	}
	if ref.Name.Schema == "" && sc.with != nil {
		for _, cte := range sc.with.CTEs {
			if q, ok := cte.Stmt.(*pgsql.Select); ok && cte.Name == ref.Name.Name {
				cols := sc.columns(q)
				return entry{alias: alias, cols: cols, names: targetNames(q, len(cols))}
			}
		}
	}
	t, ok := sc.s.Cat.Table(sc.path, ref.Name)
	if !ok {
		return entry{alias: alias}
	}
	var under viewColumns
	if t.Kind != catalog.Base {
		under = sc.s.viewColumns(t, sc.depth+1)
	}
	e := entry{alias: alias}
	for _, c := range t.Columns {
		b := baseColumn{t, c.Name}
		if t.Kind != catalog.Base {
			b = under[c.Name]
		}
		e.names = append(e.names, c.Name)
		e.cols = append(e.cols, b)
	}
	return e
}

// showing lists the views that show all of t's cols, once for every combination of
// their columns that does.
func (s *Schema) showing(t *catalog.Table, cols []string, views []*catalog.Table) []shown {
	var out []shown
	for _, v := range views {
		combos := [][]string{nil}
		for _, c := range cols {
			combos = extend(combos, s.showers(v, baseColumn{t, c}))
		}
		for _, combo := range combos {
			out = append(out, shown{v, combo})
		}
	}
	return out
}

// showers lists the columns of v that show b, in v's order.
func (s *Schema) showers(v *catalog.Table, b baseColumn) []string {
	var out []string
	m := s.base[v]
	for _, c := range v.Columns {
		if m[c.Name] == b {
			out = append(out, c.Name)
		}
	}
	return out
}

func extend(combos [][]string, with []string) [][]string {
	var out [][]string
	for _, c := range combos {
		for _, w := range with {
			out = append(out, append(slices.Clone(c), w))
		}
	}
	return out
}

// PrimaryKey returns the columns of t's primary key; of a view, those that show one.
func (s *Schema) PrimaryKey(t *catalog.Table) []string {
	if t.Kind == catalog.Base {
		if pk := t.PrimaryKey(); pk != nil {
			return pk.Cols
		}
		return nil
	}
	var out []string
	for _, c := range t.Columns {
		b, ok := s.base[t][c.Name]
		if !ok {
			continue
		}
		if pk := b.table.PrimaryKey(); pk != nil && slices.Contains(pk.Cols, b.name) {
			out = append(out, c.Name)
		}
	}
	return out
}

// ForeignKey returns the table and the column that a column of t refers to; of a view,
// those that the column which it shows refers to.
func (s *Schema) ForeignKey(t *catalog.Table, col string) (table, column string, ok bool) {
	if t.Kind != catalog.Base {
		b := s.base[t][col]
		if b.table == nil {
			return "", "", false
		}
		t, col = b.table, b.name
	}
	for _, f := range t.Foreign {
		if i := slices.Index(f.Cols, col); i >= 0 {
			return f.RefTable, f.RefCols[i], true
		}
	}
	return "", "", false
}
