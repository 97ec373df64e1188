package exec

import (
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/fault"
)

// PlanStep is a line of SQLite's plan; Parent is the ID of the step around it, 0 for none.
type PlanStep struct {
	ID     int64  `json:"id"`
	Parent int64  `json:"parent"`
	Detail string `json:"detail"`
}

// Explain asks SQLite how it executes a query; of a write, that which finds its rows.
func (a *Actor) Explain(p *Prepared, in Input) ([]PlanStep, error) {
	query := p.read
	switch w := p.write.(type) {
	case *update:
		query = w.plan
	case *remove:
		query = w.plan
	case *insert:
		query = w.source
	}
	if query == nil || len(p.with) > 0 {
		return nil, fault.SQL("0A000", "SQLite has no one plan for this").WithHint("It is no query, or several; Postgres explains both.")
	}
	r := &run{a: a, p: p, params: in.Params}
	r.ec = r.eval()
	st, err := r.prefixed("explain query plan ", query)
	if err != nil {
		return nil, err
	}
	defer st.Release()
	var steps []PlanStep
	for {
		row, err := st.Step()
		if err != nil || !row {
			return steps, lite.Fault(err)
		}
		steps = append(steps, PlanStep{st.ColumnInt(0), st.ColumnInt(1), st.ColumnString(3)})
	}
}
