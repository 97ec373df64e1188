package exec

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec/sight"
	"github.com/plinth-dev/plinth/internal/policy"
	"github.com/plinth-dev/plinth/internal/value"
)

// target is what all three commands share: the table, the policies' conditions on
// proposed rows and the RETURNING list.
type target struct {
	w      *bind.Write
	rel    *relation
	rules  *policy.Rules
	fresh  *bind.Rel // the proposed row in the rules
	ret    []computed
	reads  bool      // ret reads tables, and calls nothing that sees the present
	steps  bool      // each row is written before the next is proposed
	retRow *bind.Rel // the returned row in ret
	others *bind.Rel // columns of FROM or USING in ret, nil for none
}

// guards are policies' conditions on a row, compiled to one expression: the place,
// from 1, of the first that does not hold; 0 where all hold.
type guards struct {
	checks []policy.Check
	computed
}

func (c *compiler) guards(checks []policy.Check) (g guards, err error) {
	x := number(0)
	for i := len(checks); i > 0; i-- {
		x = &bind.Case{Whens: []bind.When{{Cond: checks[i-1].X, Then: x}}, Else: number(i), T: value.TInt4}
	}
	g.checks = checks
	g.computed, err = c.compute(x)
	return g, err
}

func number(i int) bind.Expr { return &bind.Const{Val: value.Int(int64(i)), T: value.TInt4} }

// ask asks about the row that is given.
func (g guards) ask(r *run) error {
	if len(g.checks) == 0 {
		return nil
	}
	n, err := r.value(g.computed)
	if err == nil && n.I > 0 {
		err = g.checks[n.I-1].Violated()
	}
	return err
}

// target compiles the common part of a write. existing is for upserts.
func (c *compiler) target(w *bind.Write, existing *bind.Rel) (*target, error) {
	rel, err := c.cfg.Cache.relation(c.cfg.Catalog, w.Table)
	if err != nil {
		return nil, err
	}
	t := &target{w: w, rel: rel, fresh: outside(w)}
	rules, err := policy.Checks(c.cfg.policy(), policy.Target{
		Table: w.Table, Command: w.Command, Upsert: w.Conflict != nil && !w.Conflict.Nothing,
		Reads: sight.ReadsTarget(w), Actor: w.Target.Actor, Rel: w.Target, New: t.fresh, Existing: existing,
	})
	if err != nil {
		return nil, err
	}
	for _, x := range w.Checks {
		ch := policy.Check{X: sight.Onto(x.X, w.Target, t.fresh), View: x.Name}
		rules.Insert, rules.Update = append(rules.Insert, ch), append(rules.Update, ch)
	}
	t.rules = rules
	t.retRow = outside(w)
	t.ret, err = c.computeAll(c.returning(w, t.retRow))
	for _, x := range t.ret {
		t.reads = t.reads || (x.plan != nil || !sight.Blind(x.x, w.Table)) && !policy.Volatile(x.x)
	}
	return t, err
}

// outside is a row of the target that is given from outside.
func outside(w *bind.Write) *bind.Rel {
	return &bind.Rel{Kind: bind.RelRow, Alias: w.Target.Alias, Table: w.Table, Cols: w.Target.Cols, Actor: w.Target.Actor}
}

// returning moves RETURNING from the target's scan to the row that was written.
func (c *compiler) returning(w *bind.Write, row *bind.Rel) []bind.Target {
	out := make([]bind.Target, len(w.Returning))
	for i, t := range w.Returning {
		out[i] = bind.Target{Name: t.Name, X: sight.Onto(t.X, w.Target, row)}
	}
	return out
}

// admit asks the policies about a proposed row.
func (r *run) admit(g guards, rel *bind.Rel, row []value.Value) error {
	return r.withRow(rel, row, func() error { return g.ask(r) })
}

// output computes RETURNING for one row.
func (r *run) output(t *target, res *Result, row []value.Value) error {
	res.Affected++
	if len(t.ret) == 0 {
		return nil
	}
	return r.withRow(t.retRow, row, func() error {
		out := make([]value.Value, len(t.ret))
		for i, c := range t.ret {
			v, err := r.value(c)
			if err != nil {
				return err
			}
			out[i] = v
		}
		res.Rows = append(res.Rows, out)
		return nil
	})
}
