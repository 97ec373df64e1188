package plan

import (
	"github.com/plinth-dev/plinth/internal/bind"
)

// A condition that may raise must see only rows that passed the policies, or its
// error would tell of the others. SQLite decides the terms of WHERE in any order, so
// such a term carries the filters of the tables that it reads.

// guarded writes a condition in WHERE or ON.
func (p *printer) guarded(x bind.Expr) cond {
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

// filtered returns the rels with a filter that x reads, each once.
func (p *printer) filtered(x bind.Expr) []*bind.Rel {
	var out []*bind.Rel
	seen := map[*bind.Rel]bool{}
	add := func(r *bind.Rel) {
		if r.Filter != nil && p.rels[r] != nil && !seen[r] {
			seen[r] = true
			out = append(out, r)
		}
	}
	bind.Walk(x, func(n any) bool {
		switch n := n.(type) {
		case *bind.Col:
			add(n.Rel)
		case *bind.WholeRow:
			add(n.Rel)
		}
		return true
	})
	return out
}

// passed is the filter of r, true for the missing row of an outer join too.
func (p *printer) passed(r *bind.Rel) cond {
	c := p.cond(r.Filter, true)
	n := p.rels[r]
	if c.know == yes || !n.nullable || n.present == "" {
		return c
	}
	return cond{sql: "(" + n.present + " is null or " + c.String() + ")"}
}
