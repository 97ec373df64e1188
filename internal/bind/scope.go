package bind

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/bind/label"
	"github.com/plinth-dev/plinth/internal/bind/updatable"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// scope is one query's names; up is the enclosing query's.
type scope struct {
	b    *binder
	up   *scope
	ns   names
	hid  names // entries of this FROM that a non-lateral item may not see: for messages
	ctes []*CTE
	// clause is what is being bound, for "aggregate functions are not allowed in …".
	clause  string
	aggs    bool // an aggregate was found
	windows bool
	inAgg   bool
	named   []pgsql.Window
	base    *updatable.Base // the table under the view that is written to; nil for none
	sets    []pgsql.Expr    // all keys of the grouping sets of which this is one; nil for none
	grouped string          // which of them this one groups by
	hidden  int             // of them, output columns that only sort
	groups  bool            // there is a GROUP BY
	srf     *[]From         // where a set-returning call in the select list goes; nil: not allowed
}

// names is what a FROM item lets one say.
type names struct {
	rels []relName
	cols []colName // in the order of *; joined columns of USING once
}

// relName is a Rel under the name by which columns are qualified.
type relName struct {
	name string
	rel  *Rel
}

// colName is a column that may be said unqualified.
type colName struct {
	name string
	rel  *Rel // nil for a merged column
	idx  int
	x    Expr // merged columns
}

func (n names) with(o names) names {
	return names{rels: append(n.rels[:len(n.rels):len(n.rels)], o.rels...), cols: append(n.cols[:len(n.cols):len(n.cols)], o.cols...)}
}

// namesOf lists what rel alone lets one say.
func namesOf(rel *Rel) names {
	n := names{rels: []relName{{rel.Alias, rel}}}
	for i, c := range rel.Cols {
		n.cols = append(n.cols, colName{name: c.Name, rel: rel, idx: i})
	}
	return n
}

// child is the scope of a query inside this one.
func (b *binder) child(up *scope) *scope { return &scope{b: b, up: up} }

// col makes a reference to column i of rel.
func (b *binder) col(rel *Rel, i int, n pgsql.Node) Expr {
	b.readCol(rel, i)
	x := &Col{Rel: rel, Idx: i, T: rel.Cols[i].Type}
	if n != nil {
		b.mark(x, n)
	}
	return x
}

func (b *binder) colRef(c colName, n pgsql.Node) Expr {
	if c.rel == nil {
		return c.x
	}
	return b.col(c.rel, c.idx, n)
}

// column resolves a name path.
func (s *scope) column(c *pgsql.Column) (Expr, error) {
	b := s.b
	switch len(c.Parts) {
	case 1:
		return s.bare(c)
	case 2:
		return s.qualified(c, pgsql.Ident{Name: c.Parts[0]}, c.Parts[1])
	case 3:
		return s.qualified(c, pgsql.Ident{Schema: c.Parts[0], Name: c.Parts[1]}, c.Parts[2])
	}
	if len(c.Parts) == 4 {
		return nil, b.at(errUnsupported("cross-database references are not implemented: %s", strings.Join(c.Parts, ".")).
			WithHint("Write schema.table.column."), c)
	}
	return nil, b.at(fault.SQL("42601", "improper qualified name (too many dotted names): %s", strings.Join(c.Parts, ".")), c)
}

// bare resolves an unqualified name: a column of the nearest scope that has one, a
// variable, a whole row.
func (s *scope) bare(c *pgsql.Column) (Expr, error) {
	b, name := s.b, c.Parts[0]
	v, isVar := b.variable(name, c)
	for q := s; q != nil; q = q.up {
		hit, n := q.ns.find(name)
		if n > 1 {
			return nil, b.at(fault.SQL("42702", "column reference \"%s\" is ambiguous", name), c)
		}
		if n == 0 {
			continue
		}
		if isVar && b.cfg.VarFirst && b.place.outer {
			return v, nil
		}
		if isVar && b.cfg.VarConflict && b.place.outer {
			return nil, b.at(fault.SQL("42702", "column reference \"%s\" is ambiguous", name).
				WithDetail("It could refer to either a PL/pgSQL variable or a table column."), c)
		}
		return b.colRef(hit, c), nil
	}
	if isVar {
		return v, nil
	}
	if rel := s.rel(pgsql.Ident{Name: name}); rel != nil {
		return b.wholeRow(rel, c), nil
	}
	return nil, b.at(s.missing(name), c)
}

func (n names) find(name string) (hit colName, count int) {
	for _, c := range n.cols {
		if c.name == name {
			hit = c
			count++
		}
	}
	return hit, count
}

// missing is 42703 with the hint that Postgres gives where the name exists elsewhere.
func (s *scope) missing(name string) *fault.Error {
	err := fault.SQL("42703", "column \"%s\" does not exist", name)
	for q := s; q != nil; q = q.up {
		if hit, n := q.hid.find(name); n == 1 && hit.rel != nil {
			return err.WithHint("There is a column named \"" + name + "\" in table \"" + hit.rel.Alias +
				"\", but it cannot be referenced from this part of the query.")
		}
	}
	best, dist := "", 4
	for q := s; q != nil; q = q.up {
		for _, c := range q.ns.cols {
			if d := label.Distance(c.name, name, dist); c.rel != nil && d < dist && d <= len(name)/2 {
				best, dist = c.rel.Alias+"."+c.name, d
			}
		}
	}
	if best != "" {
		return err.WithHint("Perhaps you meant to reference the column \"" + best + "\".")
	}
	return err
}

// rel finds a range-table entry by its name, nearest scope first.
func (s *scope) rel(id pgsql.Ident) *Rel {
	for q := s; q != nil; q = q.up {
		if r := q.ns.rel(id); r != nil {
			return r
		}
	}
	if s.b.place.outer && id.Schema == "" {
		return s.b.cfg.Rows[id.Name]
	}
	return nil
}

func (n names) rel(id pgsql.Ident) *Rel {
	for _, r := range n.rels {
		if r.name != id.Name {
			continue
		}
		if id.Schema == "" || r.rel.Table != nil && r.rel.Table.Schema == id.Schema && r.rel.Table.Name == id.Name {
			return r.rel
		}
	}
	return nil
}

// qualified resolves t.c and s.t.c.
func (s *scope) qualified(c *pgsql.Column, id pgsql.Ident, name string) (Expr, error) {
	b := s.b
	if rel := s.rel(id); rel != nil {
		named := func(f value.Field) bool { return f.Name == name }
		if i := slices.IndexFunc(rel.Cols, named); i >= 0 {
			if slices.ContainsFunc(rel.Cols[i+1:], named) {
				return nil, b.at(fault.SQL("42702", "column reference \"%s\" is ambiguous", name), c)
			}
			return b.col(rel, i, c), nil
		}
		if x, err := s.attribute(rel, name, c); x != nil || err != nil {
			return x, err
		}
		err := fault.SQL("42703", "column %s.%s does not exist", rel.Alias, name)
		if best := label.Near(rel.Cols, name); best != "" {
			err = err.WithHint("Perhaps you meant to reference the column \"" + rel.Alias + "." + best + "\".")
		}
		return nil, b.at(err, c)
	}
	if id.Schema == "" {
		if x, ok := b.variable(id.Name+"."+name, c); ok {
			return x, nil
		}
		if v, ok := b.variable(id.Name, c); ok {
			return b.field(v, name, c)
		}
		if f := b.place.fn; f != nil && f.Name == id.Name {
			if x, ok := b.variable(name, c); ok {
				return x, nil
			}
		}
	}
	return nil, b.at(s.noEntry(id), c)
}

// noEntry is 42P01 for a qualifier that names nothing here.
func (s *scope) noEntry(id pgsql.Ident) *fault.Error {
	for q := s; q != nil; q = q.up {
		if q.hid.rel(id) != nil || id.Schema != "" && q.ns.rel(pgsql.Ident{Name: id.Name}) != nil {
			return fault.SQL("42P01", "invalid reference to FROM-clause entry for table \"%s\"", id.Name).
				WithHint("There is an entry for table \"" + id.Name + "\", but it cannot be referenced from this part of the query.")
		}
		for _, r := range q.ns.rels {
			if r.rel.Table != nil && r.rel.Table.Name == id.Name && r.name != id.Name {
				return fault.SQL("42P01", "invalid reference to FROM-clause entry for table \"%s\"", id.Name).
					WithHint("Perhaps you meant to reference the table alias \"" + r.name + "\".")
			}
		}
	}
	return fault.SQL("42P01", "missing FROM-clause entry for table \"%s\"", id.Name)
}

// wholeRow is a reference to a Rel as a value: a record, or for a function that
// returns one scalar column, that column.
func (b *binder) wholeRow(rel *Rel, n pgsql.Node) Expr {
	if rel.Kind == RelFunc && len(rel.Cols) == 1 && scalarRow(rel.Func) {
		return b.col(rel, 0, n)
	}
	all := make([]int, len(rel.Cols))
	for i := range all {
		all[i] = i
	}
	b.readCol(rel, all...)
	return b.mark(&WholeRow{Rel: rel, T: b.rowType(rel)}, n)
}

// scalarRow reports whether the function's row is its one scalar result.
func scalarRow(f *FuncCall) bool {
	if f.Ordinality || f.Defs != nil {
		return false
	}
	if f.User != nil {
		return len(f.User.OutCols) == 0 && f.User.Returns != nil && f.User.Returns.Base().Kind != value.Record
	}
	return f.Set == nil || len(f.Set.Cols) == 1
}

func (b *binder) rowType(rel *Rel) *value.Type {
	if t := b.rows[rel]; t != nil {
		return t
	}
	if rel.Table != nil && len(rel.Table.Columns) == len(rel.Cols) {
		return rel.Table.RowType()
	}
	return &value.Type{Kind: value.Record, Fields: rel.Cols}
}

// variable finds a PL/pgSQL variable, or a parameter of the SQL function whose body
// is being expanded.
func (b *binder) variable(name string, n pgsql.Node) (Expr, bool) {
	if f := b.place.fn; f != nil {
		for i, a := range f.InArgs() {
			if a.Name == name && i < len(b.place.args) {
				return b.place.args[i], true
			}
		}
		return nil, false
	}
	if !b.place.outer || b.cfg.Vars == nil {
		return nil, false
	}
	i, t, ok := b.cfg.Vars(name)
	if !ok {
		return nil, false
	}
	return b.mark(&Var{N: i, T: t}, n), true
}

// cte finds a common table expression.
func (s *scope) cte(name string) *CTE {
	for q := s; q != nil; q = q.up {
		for i := len(q.ctes) - 1; i >= 0; i-- {
			if q.ctes[i].Name == name {
				return q.ctes[i]
			}
		}
	}
	return nil
}

// attribute resolves t.f as f(t), the way computed columns are named.
func (s *scope) attribute(rel *Rel, name string, n pgsql.Node) (Expr, error) {
	b := s.b
	var row *value.Type
	schema := ""
	switch {
	case rel.Kind == RelFunc && rel.Func.User != nil && rel.Func.User.Returns != nil && rel.Func.User.Returns.Base().Name != "":
		row, schema = rel.Func.User.Returns, rel.Func.User.Schema
	case rel.Table != nil && rel.Kind != RelRow:
		row, schema = rel.Table.RowType(), rel.Table.Schema
	default:
		return nil, nil
	}
	path := append([]string{schema}, b.place.path...)
	for _, f := range b.cfg.Catalog.Functions(path, pgsql.Ident{Name: name}) {
		if in := f.InArgs(); len(in) == 1 && value.Same(in[0].Type, row) {
			return s.userCall(f, []Expr{b.wholeRow(rel, n)}, n)
		}
	}
	return nil, nil
}
