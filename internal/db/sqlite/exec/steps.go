package exec

import (
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec/sight"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// stepwise decides whether each row of the statement is written before the next is
// proposed, as Postgres does it, so that a trigger of a later row sees the earlier ones.
// Whatever else the statement asks must not see them: where it reads the table itself,
// all rows are proposed before any is written.
func (t *target) stepwise(asked []computed, op string) {
	t.steps = !t.reads && !t.rel.steady && (t.rel.steps[op] || t.w.Conflict != nil && t.rel.steps["update"])
	for _, x := range asked {
		t.steps = t.steps && (x.x == nil || sight.Blind(x.x, t.w.Table))
	}
}

// inTurn reports whether t's rows are written in turn. Another part of the statement,
// which early stands for, must not see them.
func (r *run) inTurn(t *target, early bool) bool { return t.steps && (!early || r.p.alone) }

// beforeOf runs the BEFORE triggers of a row that a statement found. Neither they nor
// those of an earlier row may have changed it themselves.
func (r *run) beforeOf(rel *relation, op string, t *touched, row []value.Value) ([]value.Value, bool, error) {
	if len(rel.steps) == 0 {
		return r.before(rel, op, t.old, row)
	}
	e, at := &r.a.Tx.ending, spot{rel.table.ID, t.id}
	if e.struck == nil {
		e.struck = map[spot]bool{}
	}
	if e.struck[at] {
		return nil, false, struck("update")
	}
	row, keep, err := r.before(rel, op, t.old, row)
	if err == nil && keep && e.struck[at] {
		err = struck(op)
	}
	return row, keep, err
}

func struck(op string) error {
	return fault.SQL("27000", "tuple to be %sd was already modified by an operation triggered by the current command", op).
		WithHint("Consider using an AFTER trigger instead of a BEFORE trigger to propagate changes to other rows.")
}

// strikes tells the statements whose triggers run this one that a row changes.
func (x *Tx) strikes(at spot) {
	for e := x.ending.outer; e != nil; e = e.outer {
		if e.struck != nil {
			e.struck[at] = true
		}
	}
}
