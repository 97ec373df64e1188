package bind

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/bind/updatable"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// write binds INSERT, UPDATE or DELETE.
func (b *binder) write(up *scope, st pgsql.Stmt) (*Write, error) {
	if err := b.deeper(); err != nil {
		return nil, err
	}
	defer func() { b.depth-- }()
	s := b.child(up)
	var w *Write
	var err error
	switch st := st.(type) {
	case *pgsql.Insert:
		w, err = s.insert(st)
	case *pgsql.Update:
		w, err = s.update(st)
	case *pgsql.Delete:
		w, err = s.delete(st)
	default:
		return nil, errUnsupported("statement %T is not supported here", st)
	}
	if err != nil || s.base == nil {
		return w, err
	}
	if w, err = s.base.Lower(w); err != nil {
		return nil, err
	}
	cols := w.Cols
	for _, a := range w.Set {
		cols = append(cols, a.Idx)
	}
	b.uses.Add(w.Table, w.Target.Actor, w.Command, cols...)
	return w, nil
}

// target is the table that a statement changes, and its row.
type target struct {
	verb  string
	name  pgsql.Ident
	alias string
	n     pgsql.Node
}

func (s *scope) begin(w *Write, with *pgsql.With, t target) (err error) {
	b := s.b
	w.Command = t.verb
	if w.With, err = s.with(with); err != nil {
		return err
	}
	w.Recursive = with != nil && with.Recursive
	tab, ok := b.cfg.Catalog.Table(b.place.path, t.name)
	if !ok {
		return b.at(fault.SQL("42P01", "relation \"%s\" does not exist", written(t.name)), t.n)
	}
	if tab.Kind == catalog.MatView {
		return b.at(fault.SQL("42809", "cannot change materialized view \"%s\"", tab.Name), t.n)
	}
	alias := t.alias
	if alias == "" {
		alias = tab.Name
	}
	w.Table = tab
	if w.Target, err = b.tableRel(tab, alias); err == nil && tab.Kind == catalog.View && !tab.InsteadOf(t.verb) {
		s.base, err = updatable.Of(w.Target, t.verb)
	}
	if err != nil {
		return b.at(err, t.n)
	}
	b.uses.Add(tab, b.place.actor, t.verb)
	return nil
}

// returning binds RETURNING over the target and FROM.
func (s *scope) returning(w *Write, in []pgsql.Target) (err error) {
	s.clause = "RETURNING"
	if w.Returning, err = s.targets(in); err != nil {
		return err
	}
	for i := range w.Returning {
		t := &w.Returning[i]
		if t.X, err = s.b.known(t.X); err != nil {
			return err
		}
		w.Out = append(w.Out, value.Field{Name: t.Name, Type: t.X.Type()})
	}
	return nil
}

func (s *scope) update(st *pgsql.Update) (*Write, error) {
	w := &Write{}
	if err := s.begin(w, st.With, target{"update", st.Table, st.Alias, st}); err != nil {
		return nil, err
	}
	var err error
	s.ns = namesOf(w.Target)
	if w.From, err = s.from(st.From); err != nil {
		return nil, err
	}
	if w.Where, err = s.boolean(st.Where, "WHERE"); err != nil {
		return nil, err
	}
	s.clause = "UPDATE"
	if w.Set, err = s.assigns(w.Table, st.Set); err != nil {
		return nil, err
	}
	return w, s.returning(w, st.Returning)
}

func (s *scope) delete(st *pgsql.Delete) (*Write, error) {
	w := &Write{}
	if err := s.begin(w, st.With, target{"delete", st.Table, st.Alias, st}); err != nil {
		return nil, err
	}
	var err error
	s.ns = namesOf(w.Target)
	if w.From, err = s.from(st.Using); err != nil {
		return nil, err
	}
	if w.Where, err = s.boolean(st.Where, "WHERE"); err != nil {
		return nil, err
	}
	return w, s.returning(w, st.Returning)
}

// assigns binds SET.
func (s *scope) assigns(t *catalog.Table, in []pgsql.Assign) ([]Assign, error) {
	var out []Assign
	for _, a := range in {
		xs, err := s.assignSources(a)
		if err != nil {
			return nil, err
		}
		for i, name := range a.Cols {
			idx := t.Column(name)
			if idx < 0 {
				return nil, s.b.at(fault.SQL("42703", "column \"%s\" of relation \"%s\" does not exist", name, t.Name), a.X)
			}
			var from Expr
			if at := slices.IndexFunc(out, func(o Assign) bool { return o.Idx == idx }); at >= 0 && len(a.Parts) > 0 {
				from = out[at].X
				out = slices.Delete(out, at, at+1)
			} else if at >= 0 {
				return nil, fault.SQL("42601", "multiple assignments to same column \"%s\"", name)
			}
			col := t.Columns[idx]
			x := xs[i]
			if err := settable(col, x); err != nil {
				return nil, err
			}
			if len(a.Parts) > 0 {
				if x, err = s.partly(from, idx, a.Parts, x); err != nil {
					return nil, err
				}
			}
			if d, ok := x.(*Default); ok {
				d.T = col.Type
			} else if x, err = s.b.assign(x, col.Type, name); err != nil {
				return nil, err
			}
			s.b.uses.Add(t, s.b.place.actor, "update", idx)
			out = append(out, Assign{Idx: idx, X: x})
		}
	}
	return out, nil
}

// settable refuses values for generated columns.
func settable(col *catalog.Column, x Expr) error {
	if _, def := x.(*Default); def {
		return nil
	}
	if col.Generated != nil {
		return fault.SQL("428C9", "column \"%s\" can only be updated to DEFAULT", col.Name).
			WithDetail("Column \"" + col.Name + "\" is a generated column.")
	}
	if col.Identity == "always" {
		return fault.SQL("428C9", "column \"%s\" can only be updated to DEFAULT", col.Name).
			WithDetail("Column \"" + col.Name + "\" is an identity column defined as GENERATED ALWAYS.")
	}
	return nil
}

// assignSources gives one expression per assigned column.
func (s *scope) assignSources(a pgsql.Assign) ([]Expr, error) {
	if len(a.Cols) == 1 {
		x, err := s.cell(a.X)
		return []Expr{x}, err
	}
	var xs []Expr
	switch x := a.X.(type) {
	case *pgsql.Row:
		for _, e := range x.Elems {
			c, err := s.cell(e)
			if err != nil {
				return nil, err
			}
			xs = append(xs, c)
		}
	case *pgsql.Subquery:
		sub, err := s.rowSub(x)
		if err != nil {
			return nil, err
		}
		for i, f := range sub.T.Fields {
			xs = append(xs, s.b.mark(&Field{X: sub, Idx: i, T: f.Type}, x))
		}
	default:
		return nil, s.b.at(fault.SQL("0A000", "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression"), a.X)
	}
	if len(xs) != len(a.Cols) {
		return nil, s.b.at(fault.SQL("42601", "number of columns does not match number of values"), a.X)
	}
	return xs, nil
}

// rowSub is a subquery whose columns are the fields of one record.
func (s *scope) rowSub(x *pgsql.Subquery) (*Sub, error) {
	q, err := s.b.query(s, x.Query, false)
	if err != nil {
		return nil, err
	}
	if q.Targets == nil || q.Distinct {
		q = s.b.wrap(q)
	}
	row := &RowExpr{T: &value.Type{Kind: value.Record, Fields: q.Cols}}
	for _, t := range q.Targets {
		row.Elems = append(row.Elems, t.X)
	}
	q.Targets = []Target{{Name: "row", X: row}}
	q.SetCols()
	return &Sub{Kind: "scalar", Query: q, T: row.T}, nil
}

// cell binds a value that may be DEFAULT.
func (s *scope) cell(x pgsql.Expr) (Expr, error) {
	if d, ok := x.(*pgsql.Default); ok {
		return s.b.mark(&Default{T: value.TUnknown}, d), nil
	}
	return s.expr(x)
}
