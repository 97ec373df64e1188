package eval

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// sub runs a subquery here where it reads no table or its rows are given, else hands
// it to Ctx.Sub.
func sub(e *bind.Sub) Program {
	switch {
	case runnable(e.Query):
		return local(e)
	case !Simple(e.Query):
		return func(c *Ctx) (value.Value, error) { return c.sub(e) }
	}
	here := local(e)
	return func(c *Ctx) (value.Value, error) {
		if c.Rows == nil {
			return c.sub(e)
		}
		return here(c)
	}
}

func (c *Ctx) sub(e *bind.Sub) (value.Value, error) {
	if c.Sub == nil {
		return value.Value{}, ErrNeedsDB
	}
	return c.Sub(e)
}

// local runs a subquery in memory.
func local(e *bind.Sub) Program {
	q := newQuery(e.Query)
	switch e.Kind {
	case "exists":
		q.targets = nil // which nobody computes
		return exists(q, e.Not)
	case "array":
		return arrayOf(q)
	case "any", "all":
		return quantified(q, e)
	}
	return scalar(q)
}

func scalar(q *query) Program {
	return func(c *Ctx) (value.Value, error) {
		var out value.Value
		n := 0
		err := q.run(c, func(row []value.Value) bool {
			if n++; n == 1 {
				out = row[0]
			}
			return n < 2
		})
		if err == nil && n > 1 {
			err = fault.SQL("21000", "more than one row returned by a subquery used as an expression")
		}
		if err != nil {
			return value.Value{}, err
		}
		return out, nil
	}
}

func exists(q *query, negate bool) Program {
	return func(c *Ctx) (value.Value, error) {
		hit := false
		err := q.run(c, func([]value.Value) bool { hit = true; return false })
		return value.Truth(hit != negate), err
	}
}

func arrayOf(q *query) Program {
	return func(c *Ctx) (value.Value, error) {
		var out []value.Value
		err := q.run(c, func(row []value.Value) bool { out = append(out, row[0]); return true })
		return value.List(out), err
	}
}

// quantified is x op any|all (query), x [not] in (query); x may be a row.
func quantified(q *query, e *bind.Sub) Program {
	left := compileAll(e.X)
	ops := make([]compareFunc, len(e.Op))
	for i, op := range e.Op {
		ops[i] = binary(op, e.X[i].Type(), e.Query.Cols[i].Type)
	}
	return func(c *Ctx) (value.Value, error) {
		x, err := runAll(c, left)
		if err != nil {
			return value.Value{}, err
		}
		t := tally{all: e.Kind == "all"}
		var opErr error
		err = q.run(c, func(row []value.Value) bool {
			var r value.Value
			if r, opErr = matchRow(c, x, row, ops); opErr == nil {
				t.add(r)
			}
			return opErr == nil && !t.decided
		})
		if err == nil {
			err = opErr
		}
		out := t.result()
		if e.Not && !out.IsNull() {
			out = value.Truth(!out.True())
		}
		return out, err
	}
}

// matchRow is the conjunction of the comparisons of two rows.
func matchRow(c *Ctx, l, r []value.Value, ops []compareFunc) (value.Value, error) {
	out := value.Truth(true)
	for i, op := range ops {
		v, err := op(c, l[i], r[i])
		if err != nil {
			return v, err
		}
		if !v.IsNull() && !v.True() {
			return v, nil
		}
		if v.IsNull() {
			out = v
		}
	}
	return out, nil
}

// runnable reports whether a query can be run in memory: a plain SELECT over nothing,
// functions and other such queries.
func runnable(q *bind.Query) bool { return plain(q, false) }

// Simple reports whether a query can be run in memory once the rows of its tables are
// given.
func Simple(q *bind.Query) bool { return plain(q, true) }

func plain(q *bind.Query, tables bool) bool {
	if q == nil || q.Op != "" || len(q.With) > 0 || len(q.GroupBy) > 0 || q.Having != nil || q.Distinct ||
		len(q.DistinctOn) > 0 || len(q.OrderBy) > 0 || q.Lock != "" {
		return false
	}
	for _, f := range q.From {
		if !plainFrom(f, tables) {
			return false
		}
	}
	ok := true
	for _, t := range q.Targets {
		bind.Walk(t.X, func(n any) bool {
			_, agg := n.(*bind.Agg)
			_, inner := n.(*bind.Query)
			ok = ok && !agg
			return ok && !inner
		})
	}
	return ok
}

func plainFrom(f bind.From, tables bool) bool {
	switch f := f.(type) {
	case *bind.Rel:
		switch {
		case f.Kind == bind.RelTable:
			return tables
		case f.Filter != nil:
			return false
		case f.Kind == bind.RelQuery:
			return (f.Table == nil || tables) && plain(f.Query, tables)
		}
		return f.Kind == bind.RelFunc && f.Func.User == nil
	case *bind.Join:
		return (f.Kind == "inner" || f.Kind == "cross") && plainFrom(f.L, tables) && plainFrom(f.R, tables)
	}
	return false
}

// query is a compiled query over sources that need no database.
type query struct {
	rels    []*bind.Rel
	sources []source
	filters []Program // the policies of each Rel, nil for none
	where   []Program
	targets []Program
	values  [][]Program
	limit   Program
	offset  Program
}

// source yields the rows of a Rel.
type source func(c *Ctx, yield func([]value.Value) bool) error

func newQuery(q *bind.Query) *query {
	out := &query{}
	for _, f := range q.From {
		out.from(f)
	}
	if q.Where != nil {
		out.where = append(out.where, Compile(q.Where))
	}
	for _, t := range q.Targets {
		out.targets = append(out.targets, Compile(t.X))
	}
	for _, row := range q.Values {
		out.values = append(out.values, compileAll(row))
	}
	if q.Limit != nil {
		out.limit = Compile(q.Limit)
	}
	if q.Offset != nil {
		out.offset = Compile(q.Offset)
	}
	return out
}

func (q *query) from(f bind.From) {
	if j, ok := f.(*bind.Join); ok {
		q.from(j.L)
		q.from(j.R)
		if j.On != nil {
			q.where = append(q.where, Compile(j.On))
		}
		return
	}
	rel := f.(*bind.Rel)
	q.rels, q.filters = append(q.rels, rel), append(q.filters, nil)
	var src source
	switch {
	case rel.Kind == bind.RelTable:
		src = func(c *Ctx, yield func([]value.Value) bool) error { return c.Rows(c, rel, yield) }
		if rel.Filter != nil {
			q.filters[len(q.rels)-1] = Compile(rel.Filter)
		}
	case rel.Kind == bind.RelQuery:
		src = newQuery(rel.Query).run
	case rel.Func.Set != nil:
		src = setSource(rel)
	default:
		src = scalarSource(rel)
	}
	q.sources = append(q.sources, src)
}

func setSource(rel *bind.Rel) source {
	fc := rel.Func
	args := compileAll(fc.Args)
	cols := rel.Cols
	if fc.Ordinality {
		cols = cols[:len(cols)-1]
	}
	proto := builtin.Call{Args: types(fc.Args), Ret: &value.Type{Kind: value.Record, Fields: cols}, Defs: cols}
	return func(c *Ctx, yield func([]value.Value) bool) error {
		vs, err := runAll(c, args)
		if err != nil {
			return err
		}
		bc := proto
		bc.Env = c.Env
		n := int64(0)
		return fc.Set.Series(&bc, vs, func(row []value.Value) bool {
			if n++; fc.Ordinality {
				row = append(append([]value.Value(nil), row...), value.Int(n))
			}
			return yield(row)
		})
	}
}

func scalarSource(rel *bind.Rel) source {
	x := Compile(rel.Func.Scalar)
	t := rel.Func.Scalar.Type().Base()
	spread := t.Kind == value.Record && len(t.Fields) > 0
	return func(c *Ctx, yield func([]value.Value) bool) error {
		v, err := x(c)
		if err != nil {
			return err
		}
		row := []value.Value{v}
		if spread {
			row = make([]value.Value, len(t.Fields))
			copy(row, v.L)
		}
		if rel.Func.Ordinality {
			row = append(row, value.Int(1))
		}
		yield(row)
		return nil
	}
}

// run yields the query's rows; yield returns false to stop.
func (q *query) run(c *Ctx, yield func([]value.Value) bool) error {
	left, skip, err := q.window(c)
	if err != nil || left == 0 {
		return err
	}
	emit := func(row []value.Value) bool {
		if skip > 0 {
			skip--
			return true
		}
		left--
		return yield(row) && left != 0
	}
	if q.values != nil {
		return q.runValues(c, emit)
	}
	s := &scan{q: q, rows: make([][]value.Value, len(q.rels)), emit: emit}
	inner := *c
	inner.Row = func(rel *bind.Rel) []value.Value {
		for i, r := range q.rels {
			if r == rel {
				return s.rows[i]
			}
		}
		if c.Row == nil {
			return nil
		}
		return c.Row(rel)
	}
	_, err = s.step(&inner, 0)
	return err
}

// window computes LIMIT (-1 for none) and OFFSET.
func (q *query) window(c *Ctx) (limit, offset int64, err error) {
	limit = -1
	if q.limit != nil {
		v, err := q.limit(c)
		if err != nil {
			return 0, 0, err
		}
		if !v.IsNull() {
			if limit = v.I; limit < 0 {
				return 0, 0, fault.SQL("2201W", "LIMIT must not be negative")
			}
		}
	}
	if q.offset != nil {
		v, err := q.offset(c)
		if err != nil {
			return 0, 0, err
		}
		if offset = v.I; offset < 0 {
			return 0, 0, fault.SQL("2201X", "OFFSET must not be negative")
		}
	}
	return limit, offset, nil
}

func (q *query) runValues(c *Ctx, emit func([]value.Value) bool) error {
	for _, cells := range q.values {
		row, err := runAll(c, cells)
		if err != nil {
			return err
		}
		if !emit(row) {
			return nil
		}
	}
	return nil
}

// scan is a nested loop over the sources.
type scan struct {
	q    *query
	rows [][]value.Value
	emit func([]value.Value) bool
}

// step loops over source i; more is false once the reader has enough.
func (s *scan) step(c *Ctx, i int) (more bool, err error) {
	if i == len(s.q.sources) {
		return s.leaf(c)
	}
	more = true
	var inner error
	err = s.q.sources[i](c, func(row []value.Value) bool {
		s.rows[i] = row
		if f := s.q.filters[i]; f != nil {
			var v value.Value
			if v, inner = f(c); inner != nil || !v.True() {
				return inner == nil
			}
		}
		more, inner = s.step(c, i+1)
		return more && inner == nil
	})
	if err == nil {
		err = inner
	}
	return more, err
}

func (s *scan) leaf(c *Ctx) (bool, error) {
	for _, w := range s.q.where {
		v, err := w(c)
		if err != nil {
			return false, err
		}
		if !v.True() {
			return true, nil
		}
	}
	row, err := runAll(c, s.q.targets)
	if err != nil {
		return false, err
	}
	return s.emit(row), nil
}
