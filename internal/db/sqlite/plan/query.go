package plan

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/bind"
)

// shape says what a query's place asks of its columns.
type shape uint8

const (
	asTop    shape = iota // in order, names don't matter
	asRel                 // named c0, c1, …
	asSet                 // as asRel, and equal rows must be found equal
	asExists              // none: only whether there is a row
)

// top writes the whole statement.
func (p *printer) top(q *bind.Query) string { return p.query(q, asTop) }

func (p *printer) query(q *bind.Query, s shape) string {
	if p.err != nil {
		return "select null"
	}
	with := p.with(q)
	switch {
	case q.Values != nil:
		return with + p.values(q, s)
	case q.Op != "":
		return with + p.compound(q)
	case len(q.DistinctOn) > 0:
		return with + p.distinctOn(q)
	}
	return with + p.sel(q, s)
}

func (p *printer) with(q *bind.Query) string {
	if len(q.With) == 0 {
		return ""
	}
	for _, c := range q.With {
		p.ctes[c] = p.alias("w")
	}
	parts := make([]string, len(q.With))
	for i, c := range q.With {
		cols := make([]string, len(c.Cols))
		for j := range c.Cols {
			cols[j] = colName(j)
		}
		kind := ""
		if c.Materialized != "" {
			kind = c.Materialized + " "
		}
		if c.Query == nil {
			return p.fail(errInternal("writing CTE in a plan"))
		}
		body := p.query(c.Query, asRel)
		parts[i] = p.ctes[c] + "(" + join(cols, ", ") + ") as " + kind + "(" + body + ")"
	}
	word := "with "
	if q.Recursive {
		word = "with recursive "
	}
	return word + join(parts, ", ") + " "
}

func colName(i int) string { return "c" + strconv.Itoa(i) }

func (p *printer) values(q *bind.Query, s shape) string {
	rows := make([]string, len(q.Values))
	for i, r := range q.Values {
		rows[i] = "(" + p.cells(r) + ")"
	}
	out := "values " + join(rows, ", ")
	if s == asTop && len(q.OrderBy) == 0 && q.Limit == nil && q.Offset == nil {
		return out
	}
	cols := make([]string, len(q.Cols))
	names := make([]string, len(q.Cols))
	for i := range cols {
		names[i] = "column" + strconv.Itoa(i+1)
		cols[i] = names[i] + " as " + colName(i)
	}
	return "select " + join(cols, ", ") + " from (" + out + ")" + p.orderOut(q, names) + p.limit(q)
}

// cells writes a row of VALUES. SQLite calls a column of them column1 unless it is
// a column of a table, which it must not look like.
func (p *printer) cells(row []bind.Expr) string {
	cells := make([]string, len(row))
	for i, x := range row {
		if cells[i] = p.expr(x); strings.HasPrefix(cells[i], "t") {
			cells[i] = "+" + cells[i]
		}
	}
	return join(cells, ", ")
}

// compound writes a set operation.
func (p *printer) compound(q *bind.Query) string {
	op := q.Op
	if q.All {
		if op != "union" {
			p.fail(errUnsupported(op+" all", "Use EXISTS or NOT EXISTS."))
		}
		op += " all"
	}
	s := asSet
	if q.All {
		s = asRel
	}
	out := p.operand(q.Left, s) + " " + op + " " + p.operand(q.Right, s)
	if len(q.OrderBy) == 0 {
		return out + p.limit(q)
	}
	a := p.alias("t")
	cols := make([]string, len(q.Cols))
	for i := range cols {
		cols[i] = a + "." + colName(i)
	}
	return "select " + join(cols, ", ") + " from (" + out + ") as " + a + p.orderOut(q, cols) + p.limit(q)
}

func (p *printer) operand(q *bind.Query, s shape) string {
	sql := p.query(q, s)
	plain := q.Values == nil && len(q.With) == 0 && len(q.OrderBy) == 0 && q.Limit == nil && q.Offset == nil &&
		len(q.DistinctOn) == 0 && q.Op == ""
	if plain {
		return sql
	}
	return "select * from (" + sql + ")"
}

// orderOut writes the ORDER BY of a query over its own columns.
func (p *printer) orderOut(q *bind.Query, cols []string) string {
	parts := make([]string, len(q.OrderBy))
	for i, s := range q.OrderBy {
		sql := ""
		if o, ok := s.X.(*bind.Out); ok {
			sql = cols[o.Idx]
		} else {
			sql = p.expr(s.X)
		}
		parts[i] = p.sortKey(sql, s.X.Type()) + direction(s, false)
	}
	if len(parts) == 0 {
		return ""
	}
	return " order by " + join(parts, ", ")
}

// direction writes asc/desc and where NULLs go, if that is not SQLite's own place
// for them: named, it keeps an index from giving the order.
func direction(s bind.Sort, notNull bool) string {
	out := ""
	if s.Desc {
		out = " desc"
	}
	if notNull || s.NullsFirst == !s.Desc {
		return out
	}
	if s.NullsFirst {
		return out + " nulls first"
	}
	return out + " nulls last"
}

func (p *printer) limit(q *bind.Query) string {
	if q.Limit == nil && q.Offset == nil {
		return ""
	}
	out := " limit -1"
	if q.Limit != nil {
		out = " limit " + p.count(q.Limit, "-1")
	}
	if q.Offset != nil {
		out += " offset " + p.count(q.Offset, "0")
	}
	return out
}

func (p *printer) count(x bind.Expr, none string) string {
	switch x := x.(type) {
	case *bind.Const:
		if x.Val.IsNull() {
			return none
		}
		return literalSQL(x)
	case *slotExpr:
		return p.param(x.n)
	}
	return "coalesce(" + p.expr(x) + ", " + none + ")"
}

// sel writes a plain select.
func (p *printer) sel(q *bind.Query, s shape) string {
	p.fix(q)
	from, conds := p.from(q.From)
	where := p.where(q, conds)
	out := "select "
	if q.Distinct {
		out += "distinct "
	}
	bare := len(q.GroupBy) == 0 && q.Having == nil && !q.Distinct && !anyAgg(q.Targets)
	if s == asExists && bare {
		out += "1"
	} else {
		out += p.targets(q, s, bare)
	}
	if from != "" {
		out += " from " + from
	}
	out += where + p.group(q)
	if s == asExists && bare && q.Limit == nil && q.Offset == nil {
		return out
	}
	return out + p.order(q) + p.limit(q)
}

func (p *printer) where(q *bind.Query, conds []cond) string {
	for _, c := range conjuncts(q.Where) {
		conds = append(conds, p.guarded(c))
	}
	switch c := combine(false, conds); c.know {
	case yes:
		return ""
	case open:
		return " where " + c.sql
	}
	return " where 0"
}

func (p *printer) targets(q *bind.Query, s shape, bare bool) string {
	parts := append([]string(nil), p.prefix(q)...)
	for i, t := range q.Targets {
		sql := p.expr(t.X)
		if (s == asRel || s == asSet) && bare {
			sql = p.guardValue(t.X, sql)
		}
		if q.Distinct || s == asSet {
			sql = p.distinctive(t.X, sql)
		}
		if s != asTop {
			sql += " as " + colName(i)
		}
		parts = append(parts, sql)
	}
	if len(parts) == 0 {
		return "null"
	}
	return join(parts, ", ")
}

// distinctive gives a computed value the collation of its type, for DISTINCT and
// UNION; a column of the file has it already.
func (p *printer) distinctive(x bind.Expr, sql string) string {
	return p.collated(sql, x.Type())
}

// prefix is what a target scan selects before the targets.
func (p *printer) prefix(q *bind.Query) []string {
	if q != p.p.q || p.p.scan == nil {
		return nil
	}
	return []string{p.rels[p.p.scan].alias + ".rowid"}
}

func (p *printer) group(q *bind.Query) string {
	out := ""
	if len(q.GroupBy) > 0 {
		var parts []string
		for _, x := range q.GroupBy {
			switch x.(type) {
			case *bind.Const, *slotExpr: // a number would be a column's place
			default:
				parts = append(parts, p.sortGroup(x))
			}
		}
		if len(parts) == 0 {
			parts = []string{"null"}
		}
		out = " group by " + join(parts, ", ")
	}
	if q.Having == nil {
		return out
	}
	switch c := p.cond(q.Having, true); c.know {
	case yes:
		return out
	default:
		return out + " having " + c.String()
	}
}

func (p *printer) sortGroup(x bind.Expr) string {
	return p.collated(p.expr(x), x.Type())
}

func (p *printer) order(q *bind.Query) string {
	parts := p.sorts(q.OrderBy)
	if len(parts) == 0 {
		return ""
	}
	return " order by " + join(parts, ", ")
}

func (p *printer) sorts(list []bind.Sort) []string {
	var parts []string
	for _, s := range list {
		switch s.X.(type) {
		case *bind.Const, *slotExpr: // orders nothing
			continue
		}
		parts = append(parts, p.sortKey(p.expr(s.X), s.X.Type())+direction(s, p.notNull(s.X)))
	}
	return parts
}

// notNull reports whether x is a column that is never NULL.
func (p *printer) notNull(x bind.Expr) bool {
	c, ok := x.(*bind.Col)
	if !ok || p.rels[c.Rel] == nil || p.rels[c.Rel].nullable {
		return false
	}
	switch c.Rel.Kind {
	case bind.RelTable:
		return columnNotNull(c.Rel.Table, c.Rel.Cols[c.Idx].Name)
	case bind.RelQuery:
		if q := c.Rel.Query; q.Op == "" && c.Idx < len(q.Targets) {
			return p.notNull(q.Targets[c.Idx].X)
		}
	}
	return false
}

// distinctOn keeps the first row of each group, by a row number.
func (p *printer) distinctOn(q *bind.Query) string {
	from, conds := p.from(q.From)
	where := p.where(q, conds)
	a := p.alias("t")
	cols := p.targets(q, asSet, false)
	part := make([]string, len(q.DistinctOn))
	for i, x := range q.DistinctOn {
		part[i] = p.sortGroup(x)
	}
	sorts := p.sorts(q.OrderBy)
	over := "partition by " + join(part, ", ")
	if len(sorts) > 0 {
		over += " order by " + join(sorts, ", ")
	}
	var keys []string
	for i, s := range q.OrderBy {
		k := "k" + strconv.Itoa(i)
		cols += ", " + p.sortKey(p.expr(s.X), s.X.Type()) + " as " + k
		keys = append(keys, a+"."+k+direction(s, false))
	}
	outer := make([]string, len(q.Targets))
	for i := range outer {
		outer[i] = a + "." + colName(i) + " as " + colName(i)
	}
	out := "select " + join(outer, ", ") + " from (select " + cols + ", row_number() over (" + over + ") as rn"
	if from != "" {
		out += " from " + from
	}
	out += where + p.group(q) + ") as " + a + " where " + a + ".rn = 1"
	if len(keys) > 0 {
		out += " order by " + join(keys, ", ")
	}
	return out + p.limit(q)
}
