package exec

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/db/sqlite/plan"
	"github.com/plinth-dev/plinth/internal/value"
)

// instead is a write to a view whose INSTEAD OF triggers take the rows.
type instead struct {
	insert // of an INSERT: where its rows come from
	scan   *plan.Plan
	set    []bind.Assign
}

func (c *compiler) instead(w *bind.Write) (writer, error) {
	t, err := c.target(w, nil)
	if err != nil {
		return nil, err
	}
	i := &instead{insert: insert{target: t}, set: w.Set}
	if w.Command == "insert" {
		return i, c.source(&i.insert)
	}
	q := scanQuery(w.Target, w.Where)
	q.From = append(q.From, w.From...)
	q.Cols = q.Cols[:len(q.Cols):len(q.Cols)]
	for _, a := range w.Set {
		if d, ok := a.X.(*bind.Default); ok {
			a.X = &bind.Const{T: d.T} // a view's columns have none
		}
		q.Cols = append(q.Cols, value.Field{Type: a.X.Type()})
		q.Targets = append(q.Targets, bind.Target{X: a.X})
	}
	i.scan, err = c.query(q)
	return i, err
}

func (i *instead) run(r *run, _ bool) (*Result, carry, error) {
	r.set = assigned(i.set)
	rows, err := i.found(r)
	if err == nil {
		err = r.begin(i.rel, i.w.Command, r.set)
	}
	if err != nil {
		return nil, nil, err
	}
	res, err := i.offerAll(r, rows)
	if err == nil {
		r.end(i.rel, i.w.Command, r.set)
	}
	return res, nil, err
}

func (i *instead) found(r *run) ([][]value.Value, error) {
	if i.scan == nil {
		return i.given(r)
	}
	return r.collect(i.scan)
}

func (i *instead) offerAll(r *run, rows [][]value.Value) (*Result, error) {
	res := &Result{Cols: i.w.Out}
	n := len(i.rel.cols)
	for _, found := range rows {
		if i.scan == nil {
			if err := i.offer(r, res, nil, found); err != nil {
				return nil, err
			}
			continue
		}
		var row []value.Value
		if i.w.Command == "update" {
			row = append(row, found[:n]...)
			for k, a := range i.set {
				row[a.Idx] = found[n+k]
			}
		}
		if err := i.offer(r, res, found[:n:n], row); err != nil {
			return nil, err
		}
	}
	return res, nil
}

// given are the rows of an INSERT.
func (i *instead) given(r *run) (rows [][]value.Value, err error) {
	if i.source != nil {
		rows, err = r.collect(i.source)
	}
	if err != nil {
		return nil, err
	}
	out := make([][]value.Value, i.count(rows))
	for k := range out {
		if out[k], err = i.sourced(r, rows, k); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// offer gives one row to the triggers; a row that one of them drops was not written.
func (i *instead) offer(r *run, res *Result, old, row []value.Value) error {
	row, keep, err := r.rowTriggers("instead of", &Event{Table: i.rel.table, Op: i.w.Command, Old: old, New: row}, i.rel)
	if err != nil || !keep {
		return err
	}
	if row == nil {
		row = old
	}
	return r.output(i.target, res, row)
}
