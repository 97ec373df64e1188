package exec

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/db/sqlite/plan"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/value"
)

// computed is an expression over rows given from outside: computed in memory, or by
// the database where it reads tables.
type computed struct {
	x    bind.Expr
	prog eval.Program
	plan *plan.Plan // nil: in memory
}

// scalar is the query that computes one expression.
func scalar(x bind.Expr) *bind.Query {
	f := []value.Field{{Name: "x", Type: x.Type()}}
	return &bind.Query{Targets: []bind.Target{{Name: "x", X: x}}, Cols: f}
}

// compute compiles a secured expression.
func (c *compiler) compute(x bind.Expr) (computed, error) {
	if !eval.NeedsDB(x) {
		return computed{x: x, prog: eval.Compile(x)}, nil
	}
	p, err := c.query(scalar(x))
	return computed{x: x, plan: p}, err
}

// computeAll compiles the expressions of targets.
func (c *compiler) computeAll(targets []bind.Target) ([]computed, error) {
	out := make([]computed, len(targets))
	for i, t := range targets {
		var err error
		if out[i], err = c.compute(t.X); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r *run) value(c computed) (value.Value, error) {
	if c.plan == nil {
		return c.prog(r.ec)
	}
	rows, err := r.collect(c.plan)
	if err != nil || len(rows) == 0 {
		return value.Value{}, err
	}
	return rows[0][0], nil
}
