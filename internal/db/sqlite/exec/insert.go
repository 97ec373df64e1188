package exec

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec/sight"
	"github.com/plinth-dev/plinth/internal/db/sqlite/plan"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/value"
)

// insert is a compiled INSERT.
type insert struct {
	*target
	cells  [][]eval.Program // VALUES computed in memory, nil for DEFAULT …
	source *plan.Plan       // … or a query
	checks guards
	upsert *upsert
}

func (c *compiler) insert(w *bind.Write) (writer, error) {
	in := &insert{}
	var err error
	if w.Conflict != nil {
		in.upsert = &upsert{existing: outside(w)}
		in.target, err = c.target(w, in.upsert.existing)
	} else {
		in.target, err = c.target(w, nil)
	}
	if err != nil {
		return nil, err
	}
	if in.checks, err = c.guards(in.rules.Insert); err != nil {
		return nil, err
	}
	if in.upsert != nil {
		if err := c.conflict(in); err != nil {
			return nil, err
		}
	}
	in.stepwise(append([]computed{in.checks.computed}, in.upsert.reads()...), "insert")
	if src := w.Source; src != nil && sight.InMemory(src) {
		in.steps = in.steps && sight.Blind(src, w.Table)
	}
	return in, c.source(in)
}

// source compiles where the rows come from.
func (c *compiler) source(in *insert) (err error) {
	switch src := in.w.Source; {
	case src == nil:
		in.cells = [][]eval.Program{{}}
	case sight.InMemory(src):
		in.cells = programs(src.Values)
	default:
		in.source, err = c.query(src)
	}
	return err
}

func programs(rows [][]bind.Expr) [][]eval.Program {
	out := make([][]eval.Program, len(rows))
	for i, row := range rows {
		out[i] = make([]eval.Program, len(row))
		for j, x := range row {
			if _, def := x.(*bind.Default); !def {
				out[i][j] = eval.Compile(x)
			}
		}
	}
	return out
}

func (in *insert) run(r *run, early bool) (*Result, carry, error) {
	if in.upsert != nil {
		if err := in.upsert.fold(r); err != nil {
			return nil, nil, err
		}
	}
	var read [][]value.Value
	var err error
	if in.source != nil { // what triggers do it does not see
		read, err = r.collect(in.source)
	}
	if err == nil {
		err = in.begin(r)
	}
	if err != nil {
		return nil, nil, err
	}
	if in.upsert != nil {
		return in.runUpsert(r, read, early)
	}
	var rows [][]value.Value
	res := &Result{Cols: in.w.Out}
	for i := range in.count(read) {
		row, err := in.sourced(r, read, i)
		keep := false
		if err == nil {
			row, keep, err = in.propose(r, row)
		}
		if err == nil && keep {
			err = r.constrain(in.rel, row)
		}
		switch {
		case err != nil || !keep:
		case r.inTurn(in.target, early):
			if err = r.insertRow(in.rel, row); err == nil {
				err = r.output(in.target, res, row)
			}
		default:
			rows = append(rows, row)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	now := early || in.reads
	failed := in.finishIf(now, r, res, rows)
	return res, func() error {
		for _, row := range rows {
			if err := r.insertRow(in.rel, row); err != nil {
				return err
			}
		}
		r.end(in.rel, "insert", nil)
		if now {
			return failed
		}
		return in.finish(r, res, rows)
	}, nil
}

func (in *insert) finishIf(now bool, r *run, res *Result, rows [][]value.Value) error {
	if !now {
		return nil
	}
	return in.finish(r, res, rows)
}

// begin runs what belongs to the statement's beginning. An upsert is an UPDATE too.
func (in *insert) begin(r *run) error {
	r.given = in.w.Cols
	if err := r.begin(in.rel, "insert", nil); err != nil {
		return err
	}
	if in.upsert == nil || in.upsert.nothing {
		return nil
	}
	r.set = append(assigned(in.w.Conflict.Set), in.rel.computed()...)
	return r.begin(in.rel, "update", r.set)
}

// finish computes RETURNING for rows.
func (in *insert) finish(r *run, res *Result, rows [][]value.Value) error {
	for _, row := range rows {
		if err := r.output(in.target, res, row); err != nil {
			return err
		}
	}
	return nil
}

// propose makes a row of a source: BEFORE triggers, generated columns, policies. keep is
// false where a trigger dropped it.
func (in *insert) propose(r *run, row []value.Value) (_ []value.Value, keep bool, err error) {
	row, keep, err = r.before(in.rel, "insert", nil, row)
	if err != nil || !keep {
		return nil, false, err
	}
	if err := r.generate(in.rel, row); err != nil {
		return nil, false, err
	}
	return row, true, r.admit(in.checks, in.fresh, row)
}

// count is how many rows there are, of what was read or of VALUES.
func (in *insert) count(read [][]value.Value) int {
	if in.source == nil {
		return len(in.cells)
	}
	return len(read)
}

// sourced makes one of them, with its defaults.
func (in *insert) sourced(r *run, read [][]value.Value, i int) ([]value.Value, error) {
	if in.source == nil {
		return in.fromCells(r, in.cells[i])
	}
	return in.fill(r, read[i], nil)
}

func (in *insert) fromCells(r *run, cells []eval.Program) ([]value.Value, error) {
	vals := make([]value.Value, len(cells))
	var defaulted []bool
	for i, x := range cells {
		if x == nil {
			if defaulted == nil {
				defaulted = make([]bool, len(cells))
			}
			defaulted[i] = true
			continue
		}
		v, err := x(r.ec)
		if err != nil {
			return nil, err
		}
		vals[i] = v
	}
	return in.fill(r, vals, defaulted)
}

// fill places vals into the row and gives every other column its default.
func (in *insert) fill(r *run, vals []value.Value, defaulted []bool) ([]value.Value, error) {
	row := make([]value.Value, len(in.rel.cols))
	given := make([]bool, len(row))
	for i, col := range in.w.Cols {
		if i < len(vals) && (defaulted == nil || !defaulted[i]) {
			row[col], given[col] = vals[i], true
		}
	}
	for i := range row {
		if given[i] || in.rel.generated[i] != nil {
			continue
		}
		v, err := r.defaultOf(in.rel, i)
		if err != nil {
			return nil, err
		}
		row[i] = v
	}
	return row, nil
}
