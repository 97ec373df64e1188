package plan

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/db/sqlite/fn"
	"github.com/plinth-dev/plinth/internal/value"
)

// agg writes an aggregate or window function.
func (p *printer) agg(x *bind.Agg) string {
	if s, ok := p.jsonAgg(x); ok {
		return s
	}
	out := p.aggCall(x)
	if x.Filter != nil {
		if c := p.cond(x.Filter, true); c.know != yes {
			out += " filter (where " + c.String() + ")"
		}
	}
	if x.Over != nil {
		out += " over (" + p.window(x.Over) + ")"
	}
	return out
}

func (p *printer) window(w *bind.Window) string {
	var parts []string
	if len(w.Partition) > 0 {
		keys := make([]string, len(w.Partition))
		for i, k := range w.Partition {
			keys[i] = p.sortGroup(k)
		}
		parts = append(parts, "partition by "+join(keys, ", "))
	}
	if sorts := p.sorts(w.OrderBy); len(sorts) > 0 {
		parts = append(parts, "order by "+join(sorts, ", "))
	}
	if w.Frame != "" {
		parts = append(parts, w.Frame)
	}
	return join(parts, " ")
}

func (p *printer) aggCall(x *bind.Agg) string {
	if x.Star {
		return "count(*)"
	}
	if x.Fn == nil {
		return p.windowCall(x)
	}
	if s, ok := p.nativeAgg(x); ok {
		return s
	}
	manner := fn.Plain
	switch {
	case x.Distinct:
		manner = fn.Distinct
	case x.Over != nil && x.Over.Frame != "":
		manner = fn.Moving
	}
	name := p.need(fn.Agg(x.Fn, typesOf(x.Args), x.T, manner))
	return name + "(" + p.list(x.Args) + p.aggOrder(x) + ")"
}

func (p *printer) aggOrder(x *bind.Agg) string {
	sorts := p.sorts(x.OrderBy)
	if len(sorts) == 0 || x.Distinct && x.Fn != nil && x.Fn.Name != "count" {
		return "" // a distinct aggregate sorts its inputs itself
	}
	return " order by " + join(sorts, ", ")
}

// windowCall writes the pure window functions, which SQLite shares.
func (p *printer) windowCall(x *bind.Agg) string {
	shared := []string{"row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead",
		"first_value", "last_value", "nth_value"}
	if !slices.Contains(shared, x.Name) {
		return p.fail(errUnsupported("window function "+x.Name, "Rewrite the query without it."))
	}
	return x.Name + "(" + p.list(x.Args) + ")"
}

// nativeAgg writes aggregates that SQLite computes alike.
func (p *printer) nativeAgg(x *bind.Agg) (string, bool) {
	if len(x.Args) == 0 {
		return "", false
	}
	t := x.Args[0].Type()
	arg := func() string {
		d := ""
		if x.Distinct {
			d = "distinct "
		}
		return "(" + d + p.collated(p.expr(x.Args[0]), t) + ")"
	}
	switch x.Fn.Name {
	case "count":
		return "count" + arg(), true
	case "min", "max":
		if classOf(t) == byBytes { // of equal numerics Postgres takes the last, as written
			return x.Fn.Name + arg(), true
		}
	case "sum":
		if k := t.Base().Kind; k == value.Int2 || k == value.Int4 {
			return "sum" + arg(), true
		}
	case "bool_and", "every":
		return "min" + arg(), true
	case "bool_or":
		return "max" + arg(), true
	case "string_agg":
		if len(x.Args) == 2 && plainText(t) && !x.Distinct && separator(x.Args[1]) {
			return "group_concat(" + p.expr(x.Args[0]) + ", " + p.expr(x.Args[1]) + p.aggOrder(x) + ")", true
		}
	}
	return "", false
}

// separator reports whether x is the same non-NULL text for all rows.
func separator(x bind.Expr) bool {
	switch x := x.(type) {
	case *bind.Const:
		return !x.Val.IsNull()
	case *slotExpr:
		return true
	}
	return false
}

// jsonAgg writes json_agg, its FILTER included, without a call for each row where the
// elements' JSON can be written natively.
func (p *printer) jsonAgg(x *bind.Agg) (string, bool) {
	if x.Distinct || len(x.Args) != 1 || x.Fn == nil || x.Fn.Name != "json_agg" || x.Over != nil {
		return "", false
	}
	j, ok := p.jsonOf(x.Args[0])
	if !ok {
		return "", false
	}
	sep := "', '"
	switch x.Args[0].Type().Base().Kind {
	case value.Record, value.Array:
		sep = "', ' || char(10) || ' '"
	}
	order, filter := p.aggOrder(x), ""
	if x.Filter != nil {
		filter = " filter (where " + p.cond(x.Filter, true).String() + ")"
	}
	return "('[' || group_concat(" + j + ", " + sep + order + ")" + filter + " || ']')", true
}
