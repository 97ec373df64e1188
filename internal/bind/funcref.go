package bind

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// funcRef binds f(…) in FROM; its arguments see what stands before it.
func (s *scope) funcRef(it *pgsql.FuncRef, left names) (*Rel, error) {
	var rel *Rel
	err := s.seeing(left, names{}, func() (err error) {
		old := s.clause
		s.clause = "FROM"
		rel, err = s.funcRel(it)
		s.clause = old
		return err
	})
	if err != nil {
		return nil, err
	}
	if it.Ordinality {
		if rel.Func == nil {
			return nil, s.b.at(errUnsupported("WITH ORDINALITY on an SQL function is not supported"), it)
		}
		rel.Func.Ordinality = true
		rel.Cols = append(rel.Cols, value.Field{Name: "ordinality", Type: value.TInt8})
	}
	rel.Lateral = it.Lateral || mentions(rel, left)
	return rel, s.rename(rel, it.Cols, it)
}

// mentions reports whether a Rel's own expressions refer to one of the names' rels.
func mentions(rel *Rel, n names) bool {
	hit := false
	seen := func(r *Rel) {
		for _, k := range n.rels {
			hit = hit || k.rel == r
		}
	}
	Walk(rel, func(x any) bool {
		switch x := x.(type) {
		case *Col:
			seen(x.Rel)
		case *WholeRow:
			seen(x.Rel)
		}
		return !hit
	})
	return hit
}

func (s *scope) funcRel(it *pgsql.FuncRef) (*Rel, error) {
	b, x := s.b, it.Call
	alias := it.Alias
	if alias == "" {
		alias = x.Name.Name
	}
	if len(x.Args) > 0 || !x.Bare {
		if c, args, ok, err := s.setCandidate(x); err != nil {
			return nil, err
		} else if ok {
			defs, err := s.colDefs(it.ColDefs)
			if err != nil {
				return nil, err
			}
			return s.setRel(c, args, &setForm{alias: alias, defs: defs, n: x})
		}
	}
	if len(it.ColDefs) > 0 {
		return nil, b.at(fault.SQL("42601", "a column definition list is only allowed for functions returning \"record\""), it)
	}
	e, err := s.expr(x)
	if err != nil {
		return nil, err
	}
	if e, err = b.known(e); err != nil {
		return nil, err
	}
	return scalarRel(e, alias), nil
}

// scalarRel is a scalar in FROM: one row of it, or of its fields.
func scalarRel(e Expr, alias string) *Rel {
	rel := &Rel{Kind: RelFunc, Alias: alias, Func: &FuncCall{Scalar: e}}
	if t := e.Type().Base(); t.Kind == value.Record && len(t.Fields) > 0 {
		rel.Cols = slices.Clone(t.Fields)
	} else {
		rel.Cols = []value.Field{{Name: alias, Type: e.Type()}}
	}
	return rel
}

func (s *scope) colDefs(in []pgsql.ColDef) ([]value.Field, error) {
	var out []value.Field
	for _, d := range in {
		t, err := s.b.typ(d.Type)
		if err != nil {
			return nil, err
		}
		out = append(out, value.Field{Name: d.Name, Type: t})
	}
	return out, nil
}

// setCandidate picks a set-returning or user function; ok is false where the call is
// an ordinary expression.
func (s *scope) setCandidate(x *pgsql.Call) (candidate, []Expr, bool, error) {
	b := s.b
	if b.isAgg(x.Name) || isForm(x.Name.Name) {
		return candidate{}, nil, false, nil
	}
	args, err := s.list(x.Args)
	if err != nil {
		return candidate{}, nil, false, err
	}
	c, err := b.function(x, args)
	if err != nil {
		return candidate{}, nil, false, err
	}
	return c, args, c.Set != nil || c.User != nil, nil
}

func isForm(name string) bool {
	switch name {
	case "coalesce", "greatest", "least", "nullif":
		return true
	}
	return false
}

// setForm is how a function in FROM is named.
type setForm struct {
	alias string
	defs  []value.Field
	n     *pgsql.Call
}

// setRel makes the Rel of a set-returning or user function.
func (s *scope) setRel(c candidate, args []Expr, f *setForm) (*Rel, error) {
	if c.User != nil {
		return s.userRel(c, args, f)
	}
	b := s.b
	p, _ := polymorph(c.Args, exprTypes(args))
	filled, err := b.fill(args, actuals(p, c.Args, args))
	if err != nil {
		return nil, err
	}
	fc := &FuncCall{Set: c.Set, Args: filled, Defs: f.defs}
	rel := &Rel{Kind: RelFunc, Alias: f.alias, Func: fc}
	rel.Cols, err = b.setCols(c, filled, f)
	return rel, err
}

// setCols are the output columns of a built-in set-returning function.
func (b *binder) setCols(c candidate, args []Expr, f *setForm) ([]value.Field, error) {
	set := c.Set
	if set.Cols == nil {
		return b.recordCols(args, f)
	}
	if f.defs != nil {
		return nil, b.at(fault.SQL("42601", "a column definition list is only allowed for functions returning \"record\""), f.n)
	}
	p, _ := polymorph(c.Args, exprTypes(args))
	out := slices.Clone(set.Cols)
	for i := range out {
		switch {
		case out[i].Type == nil && p.Any:
			out[i].Type = p.Actual(value.TAnyElement)
		case out[i].Type == nil && len(args) > 0:
			out[i].Type = args[0].Type()
		default:
			out[i].Type = p.Actual(out[i].Type)
		}
	}
	if len(out) == 1 && (out[0].Name == set.Name || out[0].Name == "") {
		out[0].Name = f.alias
	}
	return out, nil
}

// recordCols are the columns of a function that returns records: the definition list,
// or the fields of the row type it is given.
func (b *binder) recordCols(args []Expr, f *setForm) ([]value.Field, error) {
	if len(args) > 0 {
		if t := args[0].Type().Base(); t.Kind == value.Record && len(t.Fields) > 0 {
			return slices.Clone(t.Fields), nil
		}
	}
	if len(args) > 1 && args[0].Type().Base().Kind != value.Record && !isUnknown(args[0].Type()) {
		return nil, b.at(fault.SQL("42804", "first argument of %s must be a row type", f.n.Name.Name), f.n)
	}
	if f.defs == nil {
		return nil, b.at(fault.SQL("42601", "a column definition list is required for functions returning \"record\""), f.n)
	}
	return slices.Clone(f.defs), nil
}

// userRel makes the Rel of a user function: its body where it is a plain query, else
// a call.
func (s *scope) userRel(c candidate, args []Expr, f *setForm) (*Rel, error) {
	b := s.b
	full, err := s.userArgs(c, args, f.n)
	if err != nil {
		return nil, err
	}
	fn := c.User
	if fn.Procedure {
		_, err := s.userCall(fn, full, f.n)
		return nil, err
	}
	b.called(fn)
	fn = concrete(fn, full)
	c.User = fn
	cols := b.userCols(c, full, f)
	if cols == nil {
		return nil, b.at(fault.SQL("42601", "a column definition list is required for functions returning \"record\""), f.n)
	}
	rel := &Rel{Kind: RelFunc, Alias: f.alias, Cols: cols, Func: &FuncCall{User: fn, Args: full, Defs: f.defs}}
	if fn.SetOf {
		body, ok, err := b.inlineSet(fn, full, cols)
		if err != nil {
			return nil, err
		}
		if ok {
			rel = body
			rel.Alias = f.alias
		}
	}
	if t := fn.Returns; t != nil && t.Base().Kind == value.Record && t.Base().Name != "" {
		b.rows[rel] = t
	}
	return rel, nil
}

// userCols are the columns that a user function shows in FROM; nil: it returns
// records and no column list was given.
func (b *binder) userCols(c candidate, args []Expr, f *setForm) []value.Field {
	fn := c.User
	if len(fn.OutCols) > 0 {
		return slices.Clone(fn.OutCols)
	}
	t := resultType(fn, args)
	if base := t.Base(); base.Kind == value.Record {
		if len(base.Fields) > 0 {
			return slices.Clone(base.Fields)
		}
		if len(f.defs) > 0 {
			return slices.Clone(f.defs)
		}
		return nil
	}
	return []value.Field{{Name: f.alias, Type: t}}
}

// setCall lowers a set-returning call in a select list to a lateral FROM item.
func (s *scope) setCall(c candidate, args []Expr, x *pgsql.Call) (Expr, error) {
	b := s.b
	if s.srf == nil || s.inAgg {
		where := "this context"
		if words, no := noAggs[s.clause]; no {
			where = words
		}
		return nil, b.at(fault.SQL("0A000", "set-returning functions are not allowed in %s", where), x)
	}
	rel, err := s.setRel(c, args, &setForm{alias: x.Name.Name, n: x})
	if err != nil {
		return nil, err
	}
	rel.Lateral = true
	*s.srf = append(*s.srf, rel)
	if len(rel.Cols) == 1 {
		return b.mark(&Col{Rel: rel, Idx: 0, T: rel.Cols[0].Type}, x), nil
	}
	return b.mark(&WholeRow{Rel: rel, T: b.rowType(rel)}, x), nil
}
