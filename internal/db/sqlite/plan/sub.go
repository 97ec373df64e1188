package plan

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/db/sqlite/fn"
	"github.com/plinth-dev/plinth/internal/value"
)

// sub writes a subquery in an expression.
func (p *printer) sub(x *bind.Sub, filter bool) string {
	switch x.Kind {
	case "exists":
		out := "exists (" + p.query(x.Query, asExists) + ")"
		if x.Not {
			return "(not " + out + ")"
		}
		return out
	case "scalar":
		return p.scalarSub(x)
	case "array":
		a := p.alias("t")
		return "(select coalesce(json_group_array(" + p.storable(a+".c0", x.Query.Cols[0].Type) + "), '[]') from (" +
			p.query(x.Query, asRel) + ") as " + a + ")"
	case "any", "all":
		return p.quantified(x, filter)
	}
	return p.fail(errInternal("unknown kind of subquery " + x.Kind))
}

func (p *printer) scalarSub(x *bind.Sub) string {
	if oneRow(x.Query) {
		return "(" + p.query(x.Query, asRel) + ")"
	}
	a := p.alias("t")
	return "(select " + fn.SingleName + "(" + a + ".c0) from (" + p.query(x.Query, asRel) + ") as " + a + ")"
}

// quantified writes x op any|all (query).
func (p *printer) quantified(x *bind.Sub, filter bool) string {
	in := x.Kind == "any"
	for i, op := range x.Op {
		in = in && op.Name == "=" && comparable(x.X[i].Type(), x.Query.Cols[i].Type)
	}
	if x.Kind == "all" && len(x.X) == 1 && x.Op[0].Name == "<>" && comparable(x.X[0].Type(), x.Query.Cols[0].Type) {
		rows := p.query(x.Query, asRel)
		return "(" + p.collated(p.expr(x.X[0]), x.X[0].Type(), rows) + " not in (" + rows + "))"
	}
	switch {
	case in && filter && !x.Not && p.constant(x):
		return "(select " + p.member(x) + ")" // which SQLite runs once
	case in && filter && !x.Not && p.asksOnce(x):
		return p.member(x)
	case in:
		rows := p.query(x.Query, asRel)
		parts := make([]string, len(x.X))
		for i, l := range x.X {
			parts[i] = p.collated(p.expr(l), l.Type(), rows)
		}
		left := parts[0]
		if len(parts) > 1 {
			left = "(" + join(parts, ", ") + ")"
		}
		not := ""
		if x.Not {
			not = " not"
		}
		out := "(" + left + not + " in (" + rows + "))"
		if p.constant(x) {
			return "(select " + out + ")"
		}
		return out
	}
	if len(x.X) != 1 {
		return p.fail(errUnsupported("a row comparison with a subquery other than IN", "Use EXISTS with a condition for each column."))
	}
	a := p.alias("t")
	from := "(" + p.query(x.Query, asRel) + ") as " + a
	out := p.fold(x.Kind == "all", filter && !x.Not, p.applied(x.Op[0], x.X[0], a+".c0", x.Query.Cols[0].Type), from)
	if x.Not {
		return "(not " + out + ")"
	}
	return out
}

// applied writes x op r for SQL r of type rt.
func (p *printer) applied(op *builtin.Func, x bind.Expr, r string, rt *value.Type) string {
	l := p.expr(x)
	switch op.Name {
	case "=", "<>", "<", ">", "<=", ">=":
		if comparable(x.Type(), rt) {
			return p.compare(op.Name, x.Type(), l, r)
		}
	}
	ret := value.TBool
	return p.need(fn.Scalar(op, []*value.Type{x.Type(), rt}, ret)) + "(" + l + ", " + r + ")"
}

// fold joins a condition over all rows of from by or (any) or and (all), with three
// values; where NULL counts as false, any is exists.
func (p *printer) fold(all, filter bool, cond, from string) string {
	if !all && filter {
		return "exists (select 1 from " + from + " where " + cond + ")"
	}
	a := p.alias("t")
	rows := " from (select " + cond + " as r from " + from + ") as " + a + ")"
	if all {
		return "(select case when min(" + a + ".r) = 0 then 0 when count(" + a + ".r) < count(*) then null else 1 end" + rows
	}
	return "(select case when max(" + a + ".r) = 1 then 1 when count(" + a + ".r) < count(*) then null else 0 end" + rows
}

// anyAll writes x op any|all (array).
func (p *printer) anyAll(x *bind.AnyAll, filter bool) string {
	arr := p.expr(x.Arr)
	t := x.X.Type()
	elem := x.Arr.Type().Base().Elem
	if elem == nil {
		return p.fail(errInternal("ANY of something that is no array"))
	}
	eq := x.Op.Name == "=" && !x.All
	ne := x.Op.Name == "<>" && x.All
	if (eq || ne) && comparable(t, elem) {
		not := ""
		if ne {
			not = " not"
		}
		in := "(" + p.collated(p.expr(x.X), t, arr) + not + " in (select " + p.elem("value", elem) + " from json_each(" + arr + ")))"
		if eq && filter {
			return in
		}
		return "(case when " + arr + " is not null then " + in + " end)"
	}
	a := p.alias("t")
	cond := p.applied(x.Op, x.X, p.elem(a+".value", elem), elem)
	out := p.fold(x.All, filter, cond, "json_each("+arr+") as "+a)
	if filter && !x.All {
		return out
	}
	return "(case when " + arr + " is not null then " + out + " end)"
}

// elem is an element of a stored list. JSON has no infinities, and a real is written in
// decimals there.
func (p *printer) elem(sql string, t *value.Type) string {
	k := t.Base().Kind
	switch {
	case value.StoredBlob(t):
		return "unhex(" + sql + ")"
	case k != value.Float4 && k != value.Float8:
		return sql
	}
	sql = "case " + sql + " when 'Infinity' then 9e999 when '-Infinity' then -9e999 else " + sql + " end"
	if k == value.Float4 {
		return p.need(fn.Cast(value.TFloat8, value.TFloat4, value.Explicit)) + "(" + sql + ")"
	}
	return "(" + sql + ")"
}

// oneRow reports whether q yields at most one row.
func oneRow(q *bind.Query) bool {
	if c, ok := q.Limit.(*bind.Const); ok && !c.Val.IsNull() && c.Val.I <= 1 {
		return true
	}
	if q.Op != "" || q.Values != nil {
		return len(q.Values) == 1
	}
	if len(q.From) == 0 {
		return true
	}
	if len(q.GroupBy) == 0 && (q.Having != nil || anyAgg(q.Targets)) {
		return true
	}
	if len(q.From) != 1 || len(q.GroupBy) > 0 {
		return false
	}
	r, ok := q.From[0].(*bind.Rel)
	if !ok {
		return false
	}
	if r.Kind == bind.RelQuery {
		return oneRow(r.Query)
	}
	return r.Kind == bind.RelTable && keyed(r, conjuncts(q.Where))
}

// keyed reports whether the conditions fix all columns of a unique key of r.
func keyed(r *bind.Rel, conds []bind.Expr) bool {
	fixed := map[string]bool{}
	for _, c := range conds {
		call, ok := c.(*bind.Call)
		if !ok || !call.Fn.Operator || call.Fn.Name != "=" || len(call.Args) != 2 {
			continue
		}
		for i := range 2 {
			col, ok := call.Args[i].(*bind.Col)
			if ok && col.Rel == r && !refers(call.Args[1-i], r) {
				fixed[r.Cols[col.Idx].Name] = true
			}
		}
	}
	for _, k := range r.Table.Keys {
		all := len(k.Cols) > 0
		for _, c := range k.Cols {
			all = all && fixed[c]
		}
		if all {
			return true
		}
	}
	return false
}

// refers reports whether x reads a column of r, at any depth.
func refers(x any, r *bind.Rel) bool {
	return refersAny(x, map[*bind.Rel]bool{r: true})
}

func refersAny(x any, rels map[*bind.Rel]bool) bool {
	found := false
	bind.Walk(x, func(n any) bool {
		switch n := n.(type) {
		case *bind.Col:
			found = found || rels[n.Rel]
		case *bind.WholeRow:
			found = found || rels[n.Rel]
		}
		return !found
	})
	return found
}

func anyAgg(ts []bind.Target) bool {
	for _, t := range ts {
		if hasAgg(t.X) {
			return true
		}
	}
	return false
}

// hasAgg reports whether x holds an aggregate of its own query.
func hasAgg(x bind.Expr) bool {
	found := false
	bind.Walk(x, func(n any) bool {
		switch n := n.(type) {
		case *bind.Agg:
			found = found || n.Over == nil
		case *bind.Query:
			return false
		}
		return !found
	})
	return found
}
