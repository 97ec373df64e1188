package exec

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec/sight"
	"github.com/plinth-dev/plinth/internal/value"
)

// lift compiles the CTEs of a statement that writes, each by itself: it is made of
// several plans, which all see the CTEs' rows, held by variables. All of them read
// before any writes, so each sees the tables as they were.
func (c *compiler) lift(root any, ctes []*bind.CTE, recursive bool) {
	for _, cte := range ctes {
		if c.failed != nil {
			return
		}
		step := lifted{slot: c.next}
		c.next++
		used := toVariable(root, cte, step.slot)
		switch {
		case cte.Write != nil:
			c.lift(cte.Write, cte.Write.With, cte.Write.Recursive)
			cte.Write.With = nil
			step.write, c.failed = c.writer(cte.Write)
			step.last = !used
		case !used:
			continue
		default:
			c.asks = append(c.asks, cte.Query)
			if c.onlyEarly(cte.Query) {
				c.early[step.slot] = true
			}
			step.read, c.failed = c.query(wholeOf(cte, recursive))
		}
		c.with = append(c.with, step)
	}
}

// onlyEarly reports whether a query needs no rows of a CTE that writes.
func (c *compiler) onlyEarly(q *bind.Query) bool {
	if c.early == nil {
		c.early = map[int]bool{}
	}
	return sight.Vars(q, func(n int) bool { return n < firstSlot || c.early[n] })
}

// inOrder puts what is read before the first write first.
func (c *compiler) inOrder() []lifted {
	slices.SortStableFunc(c.with, func(a, b lifted) int { return c.rank(a) - c.rank(b) })
	return c.with
}

func (c *compiler) rank(l lifted) int {
	switch {
	case c.early[l.slot]:
		return 0
	case l.last:
		return 2
	}
	return 1
}

// toVariable makes every use of a CTE a use of the variable that holds its rows.
func toVariable(root any, cte *bind.CTE, slot int) (used bool) {
	t := value.ArrayOf(&value.Type{Kind: value.Record, Fields: cte.Cols})
	bind.Walk(root, func(n any) bool {
		if n == any(cte) && cte.Write == nil {
			return false // its own uses of itself stay
		}
		if rel, ok := n.(*bind.Rel); ok && rel.Kind == bind.RelCTE && rel.CTE == cte {
			rel.Kind, rel.CTE = bind.RelFunc, nil
			rel.Func = &bind.FuncCall{Set: bind.RowsFunc(cte.Cols), Args: []bind.Expr{&bind.Var{N: slot, T: t}}}
			used = true
		}
		return true
	})
	return used
}

// wholeOf selects all rows of a CTE.
func wholeOf(cte *bind.CTE, recursive bool) *bind.Query {
	rel := &bind.Rel{Kind: bind.RelCTE, CTE: cte, Cols: cte.Cols}
	q := &bind.Query{With: []*bind.CTE{cte}, Recursive: recursive, From: []bind.From{rel}, Cols: cte.Cols}
	for i, f := range cte.Cols {
		q.Targets = append(q.Targets, bind.Target{Name: f.Name, X: &bind.Col{Rel: rel, Idx: i, T: f.Type}})
	}
	return q
}

func (c *compiler) err() error { return c.failed }
