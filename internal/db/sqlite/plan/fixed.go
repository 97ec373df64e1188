package plan

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/value"
)

// A condition `room_id = $1` beside a policy `room_id in (select …)` lets the policy ask
// about $1: SQLite then decides it once, not for every row. Rows for which that would
// be another answer are not the query's, since they fail the condition itself. An
// expression that waits for the policy, because it may raise, gets it as it was
// written: it may run before the condition.

// place is a column of a table in FROM.
type place struct {
	rel *bind.Rel
	col int
}

// fix notes the columns that a query's conditions set equal to a slot.
func (p *printer) fix(q *bind.Query) {
	for _, c := range conjuncts(q.Where) {
		call, ok := c.(*bind.Call)
		if !ok || !call.Fn.Operator || call.Fn.Name != "=" || len(call.Args) != 2 {
			continue
		}
		for i := range 2 {
			col, isCol := call.Args[i].(*bind.Col)
			slot, isSlot := call.Args[1-i].(*slotExpr)
			if !isCol || !isSlot || !identical(col.T, slot.t) {
				continue
			}
			if _, bad := p.failed[slot.n]; !bad {
				p.fixed[place{col.Rel, col.Idx}] = slot
			}
		}
	}
}

// identical reports whether equal values of both types are the same in the file, so
// that one may stand for the other.
func identical(a, b *value.Type) bool {
	return integral(a) && integral(b) || plainText(a) && plainText(b) ||
		a.Base().Kind == value.UUID && b.Base().Kind == value.UUID
}

// ownFilter writes the policies' condition on r where r stands in FROM.
func (p *printer) ownFilter(r *bind.Rel) cond {
	outer := p.fixing
	p.fixing = r
	c := p.filter(r)
	p.fixing = outer
	return c
}

// constant reports whether what is left of IN depends on no row.
func (p *printer) constant(x *bind.Sub) bool {
	return !slices.ContainsFunc(x.X, func(l bind.Expr) bool {
		switch l := l.(type) {
		case *slotExpr, *bind.Const:
			return false
		case *bind.Col:
			return l.Rel != p.fixing || p.fixed[place{l.Rel, l.Idx}] == nil
		}
		return true
	})
}

// asksOnce reports whether x is about a row of the table whose policies are being
// written, and the conditions fix a key of it: there is one such row at most.
func (p *printer) asksOnce(x *bind.Sub) bool {
	r := p.fixing
	about := func(e bind.Expr) bool { return refers(e, r) }
	if r == nil || r.Kind != bind.RelTable || !slices.ContainsFunc(x.X, about) {
		return false
	}
	loose := func(col string) bool {
		return p.fixed[place{r, slices.IndexFunc(r.Cols, func(c value.Field) bool { return c.Name == col })}] == nil
	}
	return slices.ContainsFunc(r.Table.Keys, func(k *catalog.Key) bool {
		return len(k.Cols) > 0 && !slices.ContainsFunc(k.Cols, loose)
	})
}

// member writes left in (rows) as a question about one left: SQLite looks it up, where
// for IN it would gather all rows first.
func (p *printer) member(x *bind.Sub) string {
	a := p.alias("t")
	from := "(" + p.query(x.Query, asRel) + ") as " + a
	conds := make([]string, len(x.X))
	for i, l := range x.X {
		conds[i] = p.compare("=", l.Type(), p.expr(l), a+"."+colName(i))
	}
	return "exists (select 1 from " + from + " where " + join(conds, " and ") + ")"
}
