package lower

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/pgsql"
)

// IsHypothetical reports whether x asks for the rank of a row that is not there:
// rank(a) within group (order by b).
func IsHypothetical(x *pgsql.Call) bool {
	return x.Within != nil && (x.Name.Schema == "" || x.Name.Schema == "pg_catalog") &&
		slices.Contains([]string{"rank", "dense_rank", "percent_rank", "cume_dist"}, x.Name.Name)
}

// Hypothetical is such a rank as the count of the rows that sort before the row; it has
// as many arguments as columns to sort by.
func Hypothetical(x *pgsql.Call) pgsql.Expr {
	h := hypothetical{at: x.At, call: x}
	before, peer := h.order()
	one := pgsql.Expr(&pgsql.Num{At: h.at, Text: "1"})
	switch x.Name.Name {
	case "rank":
		return h.op("+", h.count(before), one)
	case "dense_rank":
		row := &pgsql.Row{At: h.at}
		for _, s := range x.Within {
			row.Elems = append(row.Elems, s.X)
		}
		n := h.count(before)
		n.Star, n.Distinct, n.Args = false, true, []pgsql.Expr{row}
		return h.op("+", n, one)
	case "percent_rank":
		all := h.count(nil)
		return &pgsql.Case{At: h.at, Whens: []pgsql.When{{
			Cond: h.op("=", all, &pgsql.Num{At: h.at, Text: "0"}),
			Then: h.float(&pgsql.Num{At: h.at, Text: "0"}),
		}}, Else: h.op("/", h.float(h.count(before)), all)}
	}
	return h.op("/", h.float(h.op("+", h.count(h.op("or", before, peer)), one)), h.op("+", h.count(nil), one))
}

// hypothetical builds expressions at the place of the call.
type hypothetical struct {
	at   pgsql.At
	call *pgsql.Call
}

// order says of a row of the group whether it sorts before the one that is not there,
// and whether it is its peer.
func (h hypothetical) order() (before, peer pgsql.Expr) {
	for i := len(h.call.Within) - 1; i >= 0; i-- {
		s, a := h.call.Within[i], h.call.Args[i]
		less, null, value := "<", a, s.X
		if s.Desc {
			less = ">"
		}
		if s.Nulls == "first" || s.Nulls == "" && s.Desc {
			null, value = s.X, a
		}
		first := h.op("or", h.op("and", h.isNull(null, false), h.isNull(value, true)), h.op(less, s.X, a))
		same := pgsql.Expr(&pgsql.IsDistinct{At: h.at, L: s.X, R: a, Not: true})
		if before == nil {
			before, peer = first, same
			continue
		}
		before, peer = h.op("or", first, h.op("and", same, before)), h.op("and", same, peer)
	}
	return before, peer
}

func (h hypothetical) op(op string, l, r pgsql.Expr) pgsql.Expr {
	return &pgsql.Binary{At: h.at, Op: op, L: l, R: r}
}

func (h hypothetical) isNull(x pgsql.Expr, not bool) pgsql.Expr {
	return &pgsql.Is{At: h.at, X: x, What: "null", Not: not}
}

func (h hypothetical) float(x pgsql.Expr) pgsql.Expr {
	return &pgsql.Cast{At: h.at, X: x, To: pgsql.TypeName{At: h.at, Name: "float8"}}
}

// count counts the group's rows for which cond is true, nil for all.
func (h hypothetical) count(cond pgsql.Expr) *pgsql.Call {
	c := &pgsql.Call{At: h.at, Name: pgsql.Ident{Schema: "pg_catalog", Name: "count"}, Star: true, Filter: h.call.Filter}
	switch {
	case cond == nil:
	case c.Filter == nil:
		c.Filter = cond
	default:
		c.Filter = h.op("and", c.Filter, cond)
	}
	return c
}
