package bind

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// ties lowers FETCH FIRST n ROWS WITH TIES: every row gets its number and its rank in
// the order, and those stay whose rank is not behind the last row's number.
func (s *scope) ties(q *Query, sel *pgsql.Select) (*Query, error) {
	b := s.b
	inner := *q
	inner.With, inner.Recursive, inner.OrderBy, inner.Limit, inner.Offset = nil, false, nil, nil, nil
	order, in := slices.Clone(q.OrderBy), &inner
	if q.Op != "" || q.Values != nil || q.Distinct || len(q.DistinctOn) > 0 {
		if len(q.DistinctOn) > 0 {
			inner.OrderBy = q.OrderBy
		}
		in = b.wrap(&inner)
		for i, o := range order {
			at := slices.IndexFunc(q.Targets, func(t Target) bool { return same(t.X, o.X) })
			if out, ok := o.X.(*Out); ok {
				at = out.Idx
			}
			if at < 0 {
				return nil, b.at(errUnsupported("WITH TIES by an expression that is not selected is not supported").WithHint("Select it too."), sel)
			}
			order[i].X = in.Targets[at].X
		}
	}
	n := len(q.Cols)
	in.Targets = append(slices.Clone(in.Targets),
		Target{Name: "rank", X: &Agg{Name: "rank", Over: &Window{OrderBy: order}, T: value.TInt8}},
		Target{Name: "row", X: &Agg{Name: "row_number", Over: &Window{OrderBy: order}, T: value.TInt8}})
	in.SetCols()
	out := b.wrap(in)
	rank, row := out.Targets[n].X, out.Targets[n+1].X
	out.Targets = out.Targets[:n]
	out.With, out.Recursive, out.Lock = q.With, q.Recursive, q.Lock
	out.SetCols()
	zero := &Const{Val: value.Int(0), T: value.TInt8}
	var offset Expr = zero
	if q.Offset != nil {
		offset = &Coalesce{Args: []Expr{q.Offset, zero}, T: value.TInt8}
	}
	last, err := b.apply("+", q.Limit, offset, sel)
	if err != nil {
		return nil, err
	}
	conds := make([]Expr, 3)
	for i, c := range []struct {
		op   string
		l, r Expr
	}{{"<=", rank, last}, {">", row, offset}, {">", q.Limit, zero}} {
		if conds[i], err = b.apply(c.op, c.l, c.r, sel); err != nil {
			return nil, err
		}
	}
	out.Where = joinLogic(false, conds)
	out.OrderBy = []Sort{{X: row}}
	return out, nil
}

// numbered gives equal rows of q numbers, so that INTERSECT ALL and EXCEPT ALL can take
// each as often as it is there.
func (b *binder) numbered(q *Query) *Query {
	out := b.wrap(q)
	var cols []Expr
	for _, t := range out.Targets {
		cols = append(cols, t.X)
	}
	out.Targets = append(out.Targets, Target{Name: "row", X: &Agg{Name: "row_number", Over: &Window{Partition: cols}, T: value.TInt8}})
	out.SetCols()
	return out
}
