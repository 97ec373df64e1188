package exec

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/value"
)

// liftWrites compiles data-modifying CTEs. In the tree each becomes a query over the
// rows that it returned, held by a variable.
func (c *compiler) liftWrites(ctes []*bind.CTE) {
	defer func() { c.ctes = nil }()
	for i, cte := range ctes {
		if cte.Write == nil || c.failed != nil {
			continue
		}
		c.ctes = ctes[:i]
		w, err := c.writer(cte.Write)
		if err != nil {
			c.failed = err
			return
		}
		slot := c.next
		c.next++
		c.with = append(c.with, withWrite{w, slot})
		cte.Write, cte.Query = nil, rowsQuery(cte.Cols, slot)
	}
}

func (c *compiler) err() error { return c.failed }

// rowsQuery selects the rows that variable slot holds: a list of lists.
func rowsQuery(cols []value.Field, slot int) *bind.Query {
	t := value.ArrayOf(&value.Type{Kind: value.Record, Fields: cols})
	rel := &bind.Rel{Kind: bind.RelFunc, Cols: cols, Func: &bind.FuncCall{
		Set: rowsFunc(cols), Args: []bind.Expr{&bind.Var{N: slot, T: t}},
	}}
	q := &bind.Query{From: []bind.From{rel}, Cols: cols}
	for i, f := range cols {
		q.Targets = append(q.Targets, bind.Target{Name: f.Name, X: &bind.Col{Rel: rel, Idx: i, T: f.Type}})
	}
	return q
}

func rowsFunc(cols []value.Field) *builtin.SetFunc {
	return &builtin.SetFunc{
		Schema: "plinth", Name: "rows", Cols: cols, NotStrict: true, Volatility: builtin.Stable,
		Rows: func(_ *builtin.Call, args []value.Value, yield func([]value.Value) bool) error {
			for _, row := range args[0].L {
				if !yield(row.L) {
					break
				}
			}
			return nil
		},
	}
}
