package plan

import (
	"github.com/plinth-dev/plinth/internal/bind"
)

// A condition that may raise must see only rows that passed the policies, or its
// error would tell of the others. SQLite decides the terms of WHERE in any order, so
// such a term carries the filters of the tables that it reads.

// guarded writes a condition in WHERE or ON.
func (p *printer) guarded(x bind.Expr) cond {
	if c, ok := x.(*bind.Call); ok && c.Fn.Operator && c.Fn.Name == "~~" {
		if span, call, ok := p.like(c); ok { // the range can't raise
			return cond{sql: "(" + span + " and " + p.guardValue(x, call) + ")"}
		}
	}
	c := p.cond(x, true)
	if c.know != open {
		return c
	}
	return cond{sql: p.guardValue(x, c.sql)}
}

// guardValue wraps sql, which is x, in the filters that it must wait for.
func (p *printer) guardValue(x bind.Expr, sql string) string {
	if !mayRaise(x) {
		return sql
	}
	var conds []cond
	for _, r := range p.filtered(x) {
		conds = append(conds, p.passed(r))
	}
	switch c := combine(false, conds); c.know {
	case yes:
		return sql
	default:
		return "(case when " + c.String() + " then " + sql + " end)"
	}
}

// filtered returns the rels around x that have a filter and that x reads, each once.
func (p *printer) filtered(x bind.Expr) []*bind.Rel {
	var read []*bind.Rel
	inside := map[*bind.Rel]bool{}
	bind.Walk(x, func(n any) bool {
		switch n := n.(type) {
		case *bind.Rel:
			inside[n] = true
		case *bind.Col:
			read = append(read, n.Rel)
		case *bind.WholeRow:
			read = append(read, n.Rel)
		}
		return true
	})
	var out []*bind.Rel
	for _, r := range read {
		if r.Filter != nil && p.rels[r] != nil && !inside[r] && !p.filtering[r] {
			inside[r] = true
			out = append(out, r)
		}
	}
	return out
}

// filter writes the policies' condition on r. Inside it, nothing waits for it.
func (p *printer) filter(r *bind.Rel) cond {
	outer := p.filtering[r]
	p.filtering[r] = true
	c := p.cond(r.Filter, true)
	p.filtering[r] = outer
	return c
}

// passed is the filter of r, true for the missing row of an outer join too.
func (p *printer) passed(r *bind.Rel) cond {
	c := p.filter(r)
	n := p.rels[r]
	if c.know == yes || !n.nullable || n.present == "" {
		return c
	}
	return cond{sql: "(" + n.present + " is null or " + c.String() + ")"}
}
