package bind

import (
	"strconv"

	"github.com/plinth-dev/plinth/internal/bind/label"
	"github.com/plinth-dev/plinth/internal/bind/lower"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// query binds a SELECT, VALUES or set operation. keep leaves output columns that are
// untyped literals as they are, for a place that knows their type.
func (b *binder) query(up *scope, sel *pgsql.Select, keep bool) (*Query, error) {
	if err := b.deeper(); err != nil {
		return nil, err
	}
	defer func() { b.depth-- }()
	s := b.child(up)
	q := &Query{All: sel.All, Lock: sel.Lock}
	var err error
	if q.With, err = s.with(sel.With); err != nil {
		return nil, err
	}
	q.Recursive = sel.With != nil && sel.With.Recursive
	switch {
	case sel.Op != "":
		err = s.setOp(q, sel, keep)
	case sel.Values != nil:
		err = s.values(q, sel)
	default:
		err = s.core(q, sel, keep)
	}
	if err != nil {
		return nil, err
	}
	if err = s.limits(q, sel); err == nil && sel.Ties {
		return s.ties(q, sel)
	}
	return q, err
}

// limits binds LIMIT and OFFSET, which see no column of the query.
func (s *scope) limits(q *Query, sel *pgsql.Select) error {
	l := s.b.child(s.up)
	l.ctes = s.ctes
	for _, p := range []struct {
		src  pgsql.Expr
		dst  *Expr
		name string
	}{{sel.Limit, &q.Limit, "LIMIT"}, {sel.Offset, &q.Offset, "OFFSET"}} {
		if p.src == nil {
			continue
		}
		l.clause = p.name
		x, err := l.expr(p.src)
		if err != nil {
			return err
		}
		if castClass(x.Type(), value.TInt8) > castAssignment {
			return s.b.at(fault.SQL("42804", "argument of %s must be type bigint, not type %s", p.name, typeName(x.Type())), p.src)
		}
		if *p.dst, err = s.b.coerce(x, value.TInt8, value.Assignment); err != nil {
			return err
		}
	}
	return nil
}

// core binds SELECT … FROM ….
func (s *scope) core(q *Query, sel *pgsql.Select, keep bool) error {
	g, err := s.b.groupingsOf(sel.GroupBy)
	if err != nil {
		return err
	}
	if g != nil {
		return s.groupedSets(q, sel, g)
	}
	var bad *fault.Error
	if s.named, bad = lower.Windows(sel.Windows); bad != nil {
		return s.b.at(bad, sel)
	}
	if q.From, err = s.from(sel.From); err != nil {
		return err
	}
	var lateral []From
	s.clause, s.srf, s.groups = "SELECT", &lateral, len(sel.GroupBy) > 0
	if q.Targets, err = s.targets(sel.Targets); err != nil {
		return err
	}
	s.srf = nil
	if q.Where, err = s.boolean(sel.Where, "WHERE"); err != nil {
		return err
	}
	if !keep {
		for i := range q.Targets {
			if q.Targets[i].X, err = s.b.known(q.Targets[i].X); err != nil {
				return err
			}
		}
	}
	if q.GroupBy, err = s.groupBy(q, sel.GroupBy); err != nil {
		return err
	}
	if q.Having, err = s.boolean(sel.Having, "HAVING"); err != nil {
		return err
	}
	if err = s.orderBy(q, sel); err != nil {
		return err
	}
	if err = s.distinctOn(q, sel); err != nil {
		return err
	}
	grouped := s.aggs || len(q.GroupBy) > 0 || q.Having != nil
	if err = s.beside(q, sel, lateral, grouped); err != nil {
		return err
	}
	if s.sets != nil {
		if err = s.finishSet(q); err != nil {
			return err
		}
	}
	if grouped || s.sets != nil {
		if err = s.checkGrouping(q); err != nil {
			return err
		}
	}
	q.SetCols()
	return nil
}

// beside puts the set-returning calls of a select list behind FROM.
func (s *scope) beside(q *Query, sel *pgsql.Select, calls []From, grouped bool) error {
	if len(calls) == 0 {
		return nil
	}
	if grouped || s.windows {
		return s.b.at(errUnsupported("this use of a set-returning function in a select list is not supported").
			WithHint("Move the function to FROM."), sel)
	}
	if len(calls) > 1 {
		calls = []From{s.b.sideBySide(q, calls)}
	}
	q.From = append(q.From, calls...)
	return nil
}

// targets binds a select list or RETURNING.
func (s *scope) targets(in []pgsql.Target) ([]Target, error) {
	var out []Target
	for _, t := range in {
		if c, ok := t.X.(*pgsql.Column); ok && c.Star {
			ts, err := s.star(c)
			if err != nil {
				return nil, err
			}
			out = append(out, ts...)
			continue
		}
		if f, ok := t.X.(*pgsql.Field); ok && f.Star {
			ts, err := s.starField(f)
			if err != nil {
				return nil, err
			}
			out = append(out, ts...)
			continue
		}
		x, err := s.expr(t.X)
		if err != nil {
			return nil, err
		}
		name := t.As
		if name == "" {
			name = label.Column(t.X)
		}
		out = append(out, Target{Name: name, X: x})
	}
	return out, nil
}

// star expands * and t.*.
func (s *scope) star(c *pgsql.Column) ([]Target, error) {
	b := s.b
	if len(c.Parts) == 0 {
		if len(s.ns.rels) == 0 {
			return nil, b.at(fault.SQL("42601", "SELECT * with no tables specified is not valid"), c)
		}
		out := make([]Target, 0, len(s.ns.cols))
		for _, k := range s.ns.cols {
			out = append(out, Target{Name: k.name, X: b.colRef(k, c)})
		}
		for _, r := range s.ns.rels {
			if len(r.rel.Cols) == 0 {
				b.readCol(r.rel)
			}
		}
		return out, nil
	}
	id := pgsql.Ident{Name: c.Parts[len(c.Parts)-1]}
	if len(c.Parts) > 1 {
		id.Schema = c.Parts[len(c.Parts)-2]
	}
	rel := s.rel(id)
	if rel == nil {
		if v, ok := b.variable(id.Name, c); ok && id.Schema == "" && v.Type().Base().Kind == value.Record {
			return b.spread(v, c)
		}
		return nil, b.at(s.noEntry(id), c)
	}
	out := make([]Target, len(rel.Cols))
	for i, f := range rel.Cols {
		out[i] = Target{Name: f.Name, X: b.col(rel, i, c)}
	}
	return out, nil
}

// starField expands (x).*.
func (s *scope) starField(f *pgsql.Field) ([]Target, error) {
	x, err := s.expr(f.X)
	if err != nil {
		return nil, err
	}
	return s.b.spread(x, f)
}

func (b *binder) spread(x Expr, n pgsql.Node) ([]Target, error) {
	t := x.Type().Base()
	if t.Kind != value.Record || len(t.Fields) == 0 {
		return nil, b.at(fault.SQL("42809", "column notation .* applied to type %s, which is not a composite type", typeName(x.Type())), n)
	}
	var out []Target
	for _, f := range t.Fields {
		y, err := b.field(x, f.Name, n)
		if err != nil {
			return nil, err
		}
		out = append(out, Target{Name: f.Name, X: y})
	}
	return out, nil
}

// position reads ORDER BY 2; ok is false where x is not an integer literal.
func (s *scope) position(x pgsql.Expr, n int, clause string) (i int, ok bool, err error) {
	num, isNum := x.(*pgsql.Num)
	if !isNum {
		if _, lit := x.(*pgsql.Str); lit {
			return 0, false, s.b.at(fault.SQL("42601", "non-integer constant in %s", clause), x)
		}
		return 0, false, nil
	}
	i, perr := strconv.Atoi(num.Text)
	if perr != nil {
		return 0, false, s.b.at(fault.SQL("42601", "non-integer constant in %s", clause), x)
	}
	if i < 1 || i > n {
		return 0, false, s.b.at(fault.SQL("42P10", "%s position %d is not in select list", clause, i), x)
	}
	return i - 1, true, nil
}

// output finds the target that a bare name means in ORDER BY or GROUP BY.
func (s *scope) output(q *Query, x pgsql.Expr, clause string) (Expr, error) {
	c, ok := x.(*pgsql.Column)
	if !ok || c.Star || len(c.Parts) != 1 {
		return nil, nil
	}
	var hit Expr
	for _, t := range q.Targets {
		if t.Name != c.Parts[0] {
			continue
		}
		if hit != nil && !same(hit, t.X) {
			return nil, s.b.at(fault.SQL("42702", "%s \"%s\" is ambiguous", clause, c.Parts[0]), c)
		}
		hit = t.X
	}
	return hit, nil
}

// sortKey binds an item of ORDER BY or DISTINCT ON: an output name, a position or an
// expression.
func (s *scope) sortKey(q *Query, x pgsql.Expr, clause string) (Expr, error) {
	i, ok, err := s.position(x, len(q.Targets), clause)
	if err != nil {
		return nil, err
	}
	if ok {
		return q.Targets[i].X, nil
	}
	e, err := s.output(q, x, clause)
	if e != nil || err != nil {
		return e, err
	}
	if e, err = s.expr(x); err != nil {
		return nil, err
	}
	return s.b.known(e)
}

func (s *scope) orderBy(q *Query, sel *pgsql.Select) error {
	s.clause = "ORDER BY"
	for _, o := range sel.OrderBy {
		e, err := s.sortKey(q, o.X, "ORDER BY")
		if err != nil {
			return err
		}
		if !countable(e.Type()) {
			err := fault.SQL("42883", "could not identify an ordering operator for type %s", typeName(e.Type())).
				WithHint("Use an explicit ordering operator or modify the query.")
			return s.b.at(err, o.X)
		}
		q.OrderBy = append(q.OrderBy, sortOf(e, o))
	}
	return nil
}

// distinctOn binds DISTINCT and checks it against ORDER BY.
func (s *scope) distinctOn(q *Query, sel *pgsql.Select) error {
	q.Distinct = sel.Distinct && sel.DistinctOn == nil
	if q.Distinct {
		return s.plainDistinct(q, sel)
	}
	s.clause = "DISTINCT ON"
	for _, x := range sel.DistinctOn {
		e, err := s.sortKey(q, x, "DISTINCT ON")
		if err != nil {
			return err
		}
		q.DistinctOn = append(q.DistinctOn, e)
	}
	for i, o := range q.OrderBy {
		if i >= len(q.DistinctOn) {
			break
		}
		if !anySame(q.DistinctOn, o.X) {
			return s.b.at(fault.SQL("42P10", "SELECT DISTINCT ON expressions must match initial ORDER BY expressions"), sel.DistinctOn[0])
		}
	}
	return nil
}

func (s *scope) plainDistinct(q *Query, sel *pgsql.Select) error {
	var xs []Expr
	for _, t := range q.Targets {
		if !countable(t.X.Type()) {
			return s.b.atExpr(fault.SQL("42883", "could not identify an equality operator for type %s", typeName(t.X.Type())), t.X)
		}
		xs = append(xs, t.X)
	}
	for i, o := range q.OrderBy {
		if !anySame(xs, o.X) {
			return s.b.at(fault.SQL("42P10", "for SELECT DISTINCT, ORDER BY expressions must appear in select list"), sel.OrderBy[i].X)
		}
	}
	return nil
}

// values binds VALUES (…), (…).
func (s *scope) values(q *Query, sel *pgsql.Select) error {
	s.clause = "VALUES"
	width := len(s.cells(sel.Values[0]))
	for _, row := range sel.Values {
		if row = s.cells(row); len(row) != width {
			return s.b.at(fault.SQL("42601", "VALUES lists must all be the same length"), row[0])
		}
		r, err := s.list(row)
		if err != nil {
			return err
		}
		q.Values = append(q.Values, r)
	}
	for c := range width {
		col := make([]Expr, len(q.Values))
		for i := range q.Values {
			col[i] = q.Values[i][c]
		}
		col, t, err := s.b.unify(col, "VALUES")
		if err != nil {
			return err
		}
		for i := range q.Values {
			q.Values[i][c] = col[i]
		}
		q.Cols = append(q.Cols, value.Field{Name: "column" + strconv.Itoa(c+1), Type: t})
	}
	return s.outputOrder(q, sel)
}

// outputOrder binds the ORDER BY of a set operation or VALUES: by output column only.
func (s *scope) outputOrder(q *Query, sel *pgsql.Select) error {
	for _, o := range sel.OrderBy {
		i, ok, err := s.position(o.X, len(q.Cols), "ORDER BY")
		if err != nil {
			return err
		}
		if c, isCol := o.X.(*pgsql.Column); !ok && isCol && len(c.Parts) == 1 {
			for j, f := range q.Cols {
				if f.Name == c.Parts[0] {
					i, ok = j, true
				}
			}
			if !ok {
				return s.b.at(s.missing(c.Parts[0]), c)
			}
		}
		if !ok {
			return s.b.at(fault.SQL("0A000", "invalid UNION/INTERSECT/EXCEPT ORDER BY clause").
				WithDetail("Only result column names can be used, not expressions or functions.").
				WithHint("Add the expression/function to every SELECT, or move the UNION into a FROM clause."), o.X)
		}
		q.OrderBy = append(q.OrderBy, sortOf(&Out{Idx: i, T: q.Cols[i].Type}, o))
	}
	return nil
}
