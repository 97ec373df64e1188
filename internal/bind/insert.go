package bind

import (
	"slices"
	"strconv"

	"github.com/plinth-dev/plinth/internal/bind/tree"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

func (s *scope) insert(st *pgsql.Insert) (*Write, error) {
	b := s.b
	w := &Write{Overriding: st.Overriding}
	if err := s.begin(w, st.With, target{"insert", st.Table, st.Alias, st}); err != nil {
		return nil, err
	}
	cols, err := s.insertCols(w.Table, st)
	if err != nil {
		return nil, err
	}
	if st.Query != nil {
		if w.Source, err = s.source(w, cols, st); err != nil {
			return nil, err
		}
		w.Cols = cols[:min(len(cols), len(w.Source.Cols))]
		b.uses.Add(w.Table, b.place.actor, "insert", w.Cols...)
	}
	s.ns = namesOf(w.Target)
	if st.Conflict != nil {
		if w.Conflict, err = s.conflict(w, st.Conflict, st); err != nil {
			return nil, err
		}
	}
	return w, s.returning(w, st.Returning)
}

// insertCols are the target columns: the list, or all in order.
func (s *scope) insertCols(t *catalog.Table, st *pgsql.Insert) ([]int, error) {
	var out []int
	if st.Cols == nil {
		for i := range t.Columns {
			out = append(out, i)
		}
		return out, nil
	}
	for _, name := range st.Cols {
		i := t.Column(name)
		if i < 0 {
			return nil, s.b.at(fault.SQL("42703", "column \"%s\" of relation \"%s\" does not exist", name, t.Name), st)
		}
		if slices.Contains(out, i) {
			return nil, s.b.at(fault.SQL("42701", "column \"%s\" specified more than once", name), st)
		}
		out = append(out, i)
	}
	return out, nil
}

// source binds what is inserted: cells of VALUES one by one, for each takes its
// column's type by itself; or a query.
func (s *scope) source(w *Write, cols []int, st *pgsql.Insert) (*Query, error) {
	if plainValues(st.Query) {
		return s.insertValues(w, cols, st)
	}
	b := s.b
	q, err := b.query(s, st.Query, true)
	if err != nil {
		return nil, err
	}
	if err := s.countCols(len(q.Cols), cols, st); err != nil {
		return nil, err
	}
	types := make([]*value.Type, len(q.Cols))
	xs := q.Outputs()
	for i, x := range xs {
		col := w.Table.Columns[cols[i]]
		if err := insertable(w, col); err != nil {
			return nil, err
		}
		if castClass(x.Type(), col.Type) > castAssignment {
			_, err := b.assign(x, col.Type, col.Name)
			return nil, err
		}
		types[i] = col.Type
	}
	return b.coerceQuery(q, types, value.Assignment)
}

func plainValues(q *pgsql.Select) bool {
	return q.Values != nil && q.With == nil && q.OrderBy == nil && q.Limit == nil && q.Offset == nil
}

func (s *scope) countCols(n int, cols []int, at pgsql.Node) error {
	st, ok := at.(*pgsql.Insert)
	switch {
	case n > len(cols):
		return s.b.at(fault.SQL("42601", "INSERT has more expressions than target columns"), at)
	case n < len(cols) && ok && st.Cols != nil:
		return s.b.at(fault.SQL("42601", "INSERT has more target columns than expressions"), at)
	}
	return nil
}

func (s *scope) insertValues(w *Write, cols []int, st *pgsql.Insert) (*Query, error) {
	b := s.b
	s.clause = "VALUES"
	q := &Query{}
	width := len(s.cells(st.Query.Values[0]))
	for _, row := range st.Query.Values {
		if row = s.cells(row); len(row) != width {
			return nil, b.at(fault.SQL("42601", "VALUES lists must all be the same length"), row[0])
		}
		if len(row) > len(cols) {
			return nil, b.at(fault.SQL("42601", "INSERT has more expressions than target columns"), row[len(cols)])
		}
		if err := s.countCols(len(row), cols, st); err != nil {
			return nil, err
		}
		out := make([]Expr, len(row))
		for i, c := range row {
			x, err := s.insertCell(w, w.Table.Columns[cols[i]], c)
			if err != nil {
				return nil, err
			}
			out[i] = x
		}
		q.Values = append(q.Values, out)
	}
	for i := range q.Values[0] {
		q.Cols = append(q.Cols, value.Field{Name: "column" + strconv.Itoa(i+1), Type: w.Table.Columns[cols[i]].Type})
	}
	return q, nil
}

// cells are the expressions of a row of VALUES, with the fields of v.* for a variable.
func (s *scope) cells(row []pgsql.Expr) (out []pgsql.Expr) {
	for _, e := range row {
		v := s.spreadVar(e)
		if v == nil {
			out = append(out, e)
			continue
		}
		for _, f := range v.Type().Base().Fields {
			out = append(out, &pgsql.Column{At: e.(*pgsql.Column).At, Parts: []string{e.(*pgsql.Column).Parts[0], f.Name}})
		}
	}
	return out
}

// spreadVar is the record variable whose fields e, v.*, stands for; nil otherwise.
func (s *scope) spreadVar(e pgsql.Expr) Expr {
	c, ok := e.(*pgsql.Column)
	if !ok || !c.Star || len(c.Parts) != 1 || s.rel(pgsql.Ident{Name: c.Parts[0]}) != nil {
		return nil
	}
	v, ok := s.b.variable(c.Parts[0], c)
	if !ok || v.Type().Base().Kind != value.Record || len(v.Type().Base().Fields) == 0 {
		return nil
	}
	return v
}

func (s *scope) insertCell(w *Write, col *catalog.Column, c pgsql.Expr) (Expr, error) {
	if _, ok := c.(*pgsql.Default); ok {
		return s.b.mark(&Default{T: col.Type}, c), nil
	}
	x, err := s.expr(c)
	if err != nil {
		return nil, err
	}
	if err := insertable(w, col); err != nil {
		return nil, err
	}
	return s.b.assign(x, col.Type, col.Name)
}

// insertable refuses values for columns that make their own.
func insertable(w *Write, col *catalog.Column) error {
	if col.Generated != nil {
		return fault.SQL("428C9", "cannot insert a non-DEFAULT value into column \"%s\"", col.Name).
			WithDetail("Column \"" + col.Name + "\" is a generated column.")
	}
	if col.Identity == "always" && w.Overriding == "" {
		return fault.SQL("428C9", "cannot insert a non-DEFAULT value into column \"%s\"", col.Name).
			WithDetail("Column \"" + col.Name + "\" is an identity column defined as GENERATED ALWAYS.").
			WithHint("Use OVERRIDING SYSTEM VALUE to override.")
	}
	return nil
}

// conflict binds ON CONFLICT.
func (s *scope) conflict(w *Write, c *pgsql.Conflict, st *pgsql.Insert) (*Conflict, error) {
	b := s.b
	out := &Conflict{Nothing: c.Nothing}
	if err := s.arbiter(w, c, out); err != nil {
		return nil, err
	}
	if c.Nothing {
		return out, nil
	}
	if out.Key == nil && out.Index == nil {
		return nil, b.at(fault.SQL("42601", "ON CONFLICT DO UPDATE requires inference specification or constraint name").
			WithHint("For example, ON CONFLICT (column_name)."), st)
	}
	out.Excluded = &Rel{Kind: RelRow, Alias: "excluded", Cols: w.Target.Cols, Table: w.Table}
	old := s.ns
	s.ns = s.ns.with(names{rels: []relName{{"excluded", out.Excluded}}})
	defer func() { s.ns = old }()
	s.clause = "UPDATE"
	var err error
	if out.Set, err = s.assigns(w.Table, c.Set); err != nil {
		return nil, err
	}
	out.Where, err = s.boolean(c.SetWhere, "WHERE")
	return out, err
}

// arbiter infers the unique key or index that ON CONFLICT names.
func (s *scope) arbiter(w *Write, c *pgsql.Conflict, out *Conflict) error {
	if c.Constraint != "" {
		for _, k := range w.Table.Keys {
			if k.Name == c.Constraint {
				out.Key = k
				return nil
			}
		}
		return fault.SQL("42704", "constraint \"%s\" for table \"%s\" does not exist", c.Constraint, w.Table.Name)
	}
	if c.Cols == nil {
		return nil
	}
	var keys []Expr
	for _, x := range c.Cols {
		e, err := s.expr(x)
		if err != nil {
			return err
		}
		keys = append(keys, e)
	}
	t, rel := w.Table, w.Target
	if s.base != nil {
		t, rel, keys = s.base.Rel.Table, s.base.Rel, s.base.Keys(w.Target, keys)
	}
	names := columnNames(rel, keys)
	for _, k := range t.Keys {
		if names != nil && sameSet(k.Cols, names) {
			out.Key = k
			return nil
		}
	}
	for _, ix := range t.Indexes {
		ok, err := s.matches(rel, ix, keys, c)
		if err != nil {
			return err
		}
		if ok {
			out.Index = ix
			return nil
		}
	}
	return fault.SQL("42P10", "there is no unique or exclusion constraint matching the ON CONFLICT specification")
}

// columnNames are the columns that keys are, or nil where one is an expression.
func columnNames(rel *Rel, keys []Expr) []string {
	var out []string
	for _, k := range keys {
		c, ok := k.(*Col)
		if !ok || c.Rel != rel {
			return nil
		}
		if name := rel.Cols[c.Idx].Name; !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

func sameSet(a, b []string) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(x string) bool { return !slices.Contains(b, x) })
}

// matches reports whether a unique index has just these keys, and is not partial
// beyond what the arbiter's predicate says.
func (s *scope) matches(rel *Rel, ix *catalog.Index, keys []Expr, c *pgsql.Conflict) (bool, error) {
	if !ix.Unique || len(ix.Items) != len(keys) {
		return false, nil
	}
	own := s.b.child(nil)
	own.ns = namesOf(rel)
	for _, it := range ix.Items {
		e, err := own.expr(it.X)
		if err != nil {
			return false, err
		}
		if !anySame(keys, e) {
			return false, nil
		}
	}
	if ix.Where == nil {
		return true, nil
	}
	if c.Where == nil {
		return false, nil
	}
	want, err := own.boolean(ix.Where, "PREDICATE")
	if err != nil {
		return false, err
	}
	got, err := own.boolean(c.Where, "PREDICATE")
	if err != nil {
		return false, err
	}
	return tree.Implies(got, want), nil
}
