package plan

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/value"
)

// Exprs compiles expressions over rows that are given from outside (RelRow): one
// result row with a column for each. The rows' columns are slots, so an expression
// that reads no table is computed in Go: see Local.
func Exprs(cfg Config, xs []bind.Expr) (*Plan, error) {
	q := &bind.Query{}
	for _, x := range xs {
		q.Targets = append(q.Targets, bind.Target{X: x})
		q.Cols = append(q.Cols, value.Field{Type: x.Type()})
	}
	return Query(cfg, q)
}

// Local returns the result row of a plan that reads no table, as datums; ok is false
// where the plan must run in SQLite.
func (p *Plan) Local(ec *eval.Ctx) (row []value.Value, ok bool, err error) {
	if len(p.q.From) > 0 || p.q.Op != "" || p.q.Values != nil || p.q.Where != nil || len(p.q.With) > 0 ||
		p.q.Limit != nil || p.q.Offset != nil || p.q.Having != nil {
		return nil, false, nil
	}
	for _, t := range p.q.Targets {
		switch t.X.(type) {
		case *slotExpr, *bind.Const:
		default:
			return nil, false, nil
		}
	}
	row = make([]value.Value, len(p.q.Targets))
	for i, t := range p.q.Targets {
		if c, lit := t.X.(*bind.Const); lit {
			row[i] = c.Val
			continue
		}
		if row[i], err = p.slots[t.X.(*slotExpr).n].prog(ec); err != nil {
			return nil, true, err
		}
	}
	return row, true, nil
}

// Targets compiles the scan of a write: q reads rel, whose rowid comes first in the
// result, before q's own columns. rel.Filter is what the policies demand.
func Targets(_ Config, rel *bind.Rel, q *bind.Query) (*Plan, error) {
	s := newSlotter()
	s.query(q)
	p := newPlan(q, s)
	p.scan = rel
	p.Cols = append([]value.Field{{Name: "rowid", Type: value.TInt8}}, q.Cols...)
	if _, err := p.print(nil, nil); err != nil {
		return nil, err
	}
	return p, nil
}
