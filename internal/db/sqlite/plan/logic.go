package plan

import (
	"strconv"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/db/sqlite/fn"
)

// cond is a condition: SQL, or its value where that is known.
type cond struct {
	sql  string
	know tri
}

func (c cond) String() string {
	switch c.know {
	case yes:
		return "1"
	case no:
		return "0"
	case null:
		return "null"
	}
	return c.sql
}

// cond writes a condition. Where filter is set, its place does not tell NULL from
// false: WHERE, ON, FILTER, WHEN.
func (p *printer) cond(x bind.Expr, filter bool) cond {
	c := p.condition(x, filter)
	if filter && c.know == null {
		c.know = no
	}
	return c
}

func (p *printer) condition(x bind.Expr, filter bool) cond {
	switch x := x.(type) {
	case nil:
		return cond{know: yes}
	case *bind.Const:
		switch {
		case x.Val.IsNull():
			return cond{know: null}
		case x.Val.True():
			return cond{know: yes}
		}
		return cond{know: no}
	case *slotExpr:
		return p.slotCond(x)
	case *bind.Logic:
		parts := make([]cond, len(x.Args))
		for i, a := range x.Args {
			parts[i] = p.cond(a, filter)
		}
		return combine(x.Or, parts)
	case *bind.Not:
		return negate(p.cond(x.X, false))
	case *bind.Sub:
		return cond{sql: p.sub(x, filter)}
	case *bind.AnyAll:
		return cond{sql: p.anyAll(x, filter)}
	}
	return cond{sql: p.expr(x)}
}

func (p *printer) slotCond(x *slotExpr) cond {
	s := &p.p.slots[x.n]
	if i, bad := p.failed[x.n]; bad {
		return cond{sql: fn.RaiseName + "(" + strconv.Itoa(i) + ")"}
	}
	if s.logical >= 0 && s.logical < len(p.known) && p.known[s.logical] != failing {
		return cond{know: p.known[s.logical]}
	}
	return cond{sql: p.param(x.n)}
}

func negate(c cond) cond {
	switch c.know {
	case yes:
		return cond{know: no}
	case no:
		return cond{know: yes}
	case open:
		return cond{sql: "(not " + c.sql + ")"}
	}
	return c
}

// combine joins conditions; a known one that decides the whole prunes the rest.
func combine(or bool, parts []cond) cond {
	decides, neutral, word := no, yes, " and "
	if or {
		decides, neutral, word = yes, no, " or "
	}
	var sqls []string
	unknown := false
	for _, c := range parts {
		switch c.know {
		case decides:
			return c
		case neutral:
		case null:
			unknown = true
		default:
			sqls = append(sqls, c.sql)
		}
	}
	switch {
	case len(sqls) == 0 && unknown:
		return cond{know: null}
	case len(sqls) == 0:
		return cond{know: neutral}
	case unknown:
		sqls = append(sqls, "null")
	}
	if len(sqls) == 1 {
		return cond{sql: sqls[0]}
	}
	return cond{sql: "(" + join(sqls, word) + ")"}
}

// conjuncts splits a condition at its ands.
func conjuncts(x bind.Expr) []bind.Expr {
	if l, ok := x.(*bind.Logic); ok && !l.Or {
		var out []bind.Expr
		for _, a := range l.Args {
			out = append(out, conjuncts(a)...)
		}
		return out
	}
	if x == nil {
		return nil
	}
	return []bind.Expr{x}
}
