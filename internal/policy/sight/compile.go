package sight

import (
	"fmt"
	"slices"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/bind/tree"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/value"
)

// compiler takes one secured condition apart. The tree was bound for it alone.
type compiler struct {
	plan     *Plan
	readable func(*catalog.Table) bool
	slots    []bind.Expr
	looks    []*look
}

// look is a table of a subquery, and how its rows are found.
type look struct {
	rel   *bind.Rel
	read  *Read
	exprs []bind.Expr // what the key's columns equal

	narrow      []int // columns of the table
	narrowExprs []bind.Expr
}

// compile returns why it can't be done, "" where it can.
func (c *compiler) compile(x bind.Expr) string {
	if x == nil {
		x = &bind.Const{Val: value.Truth(true), T: value.TBool}
	}
	x = positive(x)
	if why := c.check(x); why != "" {
		return why
	}
	x = c.slotted(x)
	c.lookups(x)
	p := c.plan
	p.Routes = c.routes(x)
	c.project(x)
	for _, s := range c.slots {
		p.slots, p.types = append(p.slots, eval.Compile(s)), append(p.types, s.Type())
	}
	for _, l := range c.looks {
		l.read.keys, l.read.narrow = programs(l.exprs), programs(l.narrowExprs)
		p.Reads = append(p.Reads, l.read)
	}
	p.cond = eval.Compile(x)
	return ""
}

func programs(xs []bind.Expr) []eval.Program {
	out := make([]eval.Program, len(xs))
	for i, x := range xs {
		out[i] = eval.Compile(x)
	}
	return out
}

// check finds what can't be computed in memory.
func (c *compiler) check(x bind.Expr) (why string) {
	bind.Walk(x, func(n any) bool {
		switch n := n.(type) {
		case *bind.UserCall:
			why = fmt.Sprintf("it calls %s.%s, which is not one SQL expression", n.Fn.Schema, n.Fn.Name)
		case *bind.Call:
			if n.Fn.Volatility == builtin.Volatile {
				why = "it calls the volatile " + n.Fn.Name
			}
		case *bind.Sub:
			loosen(n)
			if !eval.Simple(n.Query) {
				why = "it has a subquery that is more than rows of tables under a condition"
			}
		case *bind.Rel:
			if n.Kind == bind.RelTable && n != c.plan.rel {
				why = c.unreadable(n.Table)
			}
		}
		return why == ""
	})
	return why
}

func (c *compiler) unreadable(t *catalog.Table) string {
	switch {
	case !c.readable(t):
		return fmt.Sprintf("it reads %s.%s, whose changes are not in the feed", t.Schema, t.Name)
	case t.PrimaryKey() == nil:
		return fmt.Sprintf("it reads %s.%s, which has no primary key", t.Schema, t.Name)
	}
	return ""
}

// loosen drops what does not matter to a question that only asks whether there is a row.
func loosen(s *bind.Sub) {
	switch s.Kind {
	case "exists", "any", "all":
		if q := s.Query; q.Limit == nil && q.Offset == nil && len(q.DistinctOn) == 0 {
			q.Distinct, q.OrderBy = false, nil
		}
		if s.Kind == "exists" && s.Query.Targets != nil && len(s.Query.GroupBy) == 0 && !slices.ContainsFunc(s.Query.Targets, aggregated) {
			s.Query.Targets = []bind.Target{}
		}
	}
}

func aggregated(t bind.Target) bool {
	hit := false
	bind.Walk(t.X, func(n any) bool {
		_, agg := n.(*bind.Agg)
		hit = hit || agg
		return !hit
	})
	return hit
}

// slotted replaces the largest parts that the request alone decides by parameters.
func (c *compiler) slotted(x bind.Expr) bind.Expr {
	whole := map[bind.Expr]bool{}
	bind.Walk(x, func(n any) bool {
		e, ok := n.(bind.Expr)
		if !ok {
			return true
		}
		if _, constant := e.(*bind.Const); constant || !personal(e) {
			return true
		}
		whole[e] = true
		return false
	})
	return bind.Rewrite(x, func(e bind.Expr) bind.Expr {
		if whole[e] {
			return c.slot(e)
		}
		return e
	})
}

func (c *compiler) slot(e bind.Expr) bind.Expr {
	i := slices.IndexFunc(c.slots, func(s bind.Expr) bool { return tree.Same(s, e) })
	if i < 0 {
		i = len(c.slots)
		c.slots = append(c.slots, e)
	}
	return &bind.Param{N: i + 1, T: e.Type()}
}

// personal reports whether e depends on the session and on nothing else, the time
// included: its value stays.
func personal(e bind.Expr) bool {
	n := eval.DependsOn(e)
	return n.Session && !n.Cols && !n.Volatile && !n.DB && !n.Params && !n.Vars && !timely(e)
}

// timely reports whether e depends on the time.
func timely(e bind.Expr) bool {
	hit := false
	bind.Walk(e, func(n any) bool {
		switch n := n.(type) {
		case *bind.Call:
			hit = hit || n.Fn.Volatility == builtin.Stable && (clocks[n.Fn.Name] || isTime(n.T) && len(n.Args) == 0)
		case *bind.Cast:
			hit = hit || isTime(n.T) && !isTime(n.X.Type()) // 'now', 'today'
		}
		return !hit
	})
	return hit
}

var clocks = map[string]bool{"now": true, "age": true}

func isTime(t *value.Type) bool {
	switch t.Base().Kind {
	case value.Date, value.Time, value.Timetz, value.Timestamp, value.Timestamptz:
		return true
	}
	return false
}
