package plan

import (
	"strconv"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/fn"
	"github.com/plinth-dev/plinth/internal/value"
)

// scope is the FROM list being written.
type scope struct {
	before map[*bind.Rel]bool // rels already written: what LATERAL may refer to
}

// from writes a FROM list. The conditions are the policies' filters, for WHERE.
func (p *printer) from(list []bind.From) (string, []cond) {
	sc := &scope{before: map[*bind.Rel]bool{}}
	out := ""
	var conds []cond
	for i, f := range list {
		sql, c := p.item(f, sc, false)
		if i > 0 {
			out += ", "
		}
		out += sql
		conds = append(conds, c...)
	}
	return out, conds
}

func (p *printer) item(f bind.From, sc *scope, nullable bool) (string, []cond) {
	switch f := f.(type) {
	case *bind.Join:
		return p.join(f, sc, nullable)
	case *bind.Rel:
		sql := p.rel(f, sc, nullable)
		sc.before[f] = true
		if f.Filter == nil {
			return sql, nil
		}
		if nullable {
			return sql, []cond{p.filter(f)}
		}
		return sql, []cond{p.ownFilter(f)}
	}
	return p.fail(errInternal("unknown item of FROM")), nil
}

// join writes a join. Filters of the side that may be missing belong to ON; those of
// a full join are decided inside each side.
func (p *printer) join(j *bind.Join, sc *scope, nullable bool) (string, []cond) {
	leftNull := nullable || j.Kind == "right" || j.Kind == "full"
	rightNull := nullable || j.Kind == "left" || j.Kind == "full"
	if j.Kind == "full" {
		p.bury(j.L)
		p.bury(j.R)
	}
	l, lc := p.item(j.L, sc, leftNull)
	r, rc := p.item(j.R, sc, rightNull)
	if _, nested := j.R.(*bind.Join); nested {
		r = "(" + r + ")"
	}
	var on, up []cond
	for _, c := range conjuncts(j.On) {
		on = append(on, p.guarded(c))
	}
	word := " join "
	switch j.Kind {
	case "left":
		word, on, up = " left join ", append(rc, on...), lc
	case "right":
		word, on, up = " right join ", append(lc, on...), rc
	case "full":
		word, up = " full join ", nil
	default:
		up = append(lc, rc...)
	}
	out := l + word + r
	if c := combine(false, on); c.know != yes {
		out += " on " + c.String()
	} else if word != " join " {
		out += " on 1"
	}
	return out, up
}

// bury moves filters of tables into derived tables.
func (p *printer) bury(f bind.From) {
	switch f := f.(type) {
	case *bind.Join:
		p.bury(f.L)
		p.bury(f.R)
	case *bind.Rel:
		if f.Filter != nil {
			p.buried[f] = true
		}
	}
}

// rel writes one entry and gives it its names.
func (p *printer) rel(r *bind.Rel, sc *scope, nullable bool) string {
	n := &relName{alias: p.alias("t"), nullable: nullable}
	p.rels[r] = n
	switch r.Kind {
	case bind.RelTable:
		return p.table(r, n)
	case bind.RelQuery:
		if refersAny(r.Query, sc.before) {
			return p.lateral(r, n)
		}
		n.number(len(r.Cols))
		return p.marked("("+p.derived(r.Query)+")", n)
	case bind.RelCTE:
		name, ok := p.ctes[r.CTE]
		if !ok {
			return p.fail(errInternal("CTE that is not in scope"))
		}
		n.number(len(r.Cols))
		return p.marked(name, n)
	case bind.RelFunc:
		return p.function(r, n, sc)
	}
	return p.fail(errInternal("row in FROM"))
}

// derived writes a derived table's query.
func (p *printer) derived(q *bind.Query) string { return p.query(q, asRel) }

func (n *relName) number(cols int) {
	for i := range cols {
		n.cols = append(n.cols, n.alias+"."+colName(i))
	}
}

// marked adds a column that tells a row from a missing one, where one may miss.
func (p *printer) marked(sql string, n *relName) string {
	if !n.nullable {
		return sql + " as " + n.alias
	}
	n.present = n.alias + ".present"
	return "(select *, 1 as present from " + sql + ") as " + n.alias
}

func (p *printer) table(r *bind.Rel, n *relName) string {
	if r.Table == nil {
		return p.fail(errInternal("table entry without a table"))
	}
	for _, c := range r.Cols {
		n.cols = append(n.cols, n.alias+"."+quote(c.Name))
	}
	n.present = n.alias + ".rowid"
	name := tableName(r.Table.Schema, r.Table.Name)
	if !p.buried[r] {
		return name + " as " + n.alias
	}
	where := p.filter(r).String()
	return "(select " + n.alias + ".rowid, " + n.alias + ".* from " + name + " as " + n.alias + " where " + where + ") as " + n.alias
}

// lateral writes a subquery that refers to its neighbours: its rows come as one JSON
// array, which json_each unfolds beside each row of theirs.
func (p *printer) lateral(r *bind.Rel, n *relName) string {
	a := p.alias("t")
	cols := make([]string, len(r.Cols))
	for i, c := range r.Cols {
		cols[i] = p.storable(a+"."+colName(i), c.Type)
	}
	elem := join(cols, ", ")
	if len(cols) != 1 {
		elem = "json_array(" + elem + ")"
	}
	p.unfold(n, r.Cols)
	return "json_each((select json_group_array(" + elem + ") from (" + p.derived(r.Query) + ") as " + a + ")) as " + n.alias
}

// unfold names the columns of rows that json_each gives.
func (p *printer) unfold(n *relName, cols []value.Field) {
	n.present = n.alias + ".key"
	if len(cols) == 1 {
		n.cols = []string{p.elem(n.alias+".value", cols[0].Type)}
		return
	}
	for i, c := range cols {
		n.cols = append(n.cols, p.elem("json_extract("+n.alias+".value, '$["+strconv.Itoa(i)+"]')", c.Type))
	}
}

// function writes a function in FROM.
func (p *printer) function(r *bind.Rel, n *relName, sc *scope) string {
	f, cols := r.Func, r.Cols
	if f.Ordinality {
		cols = cols[:len(cols)-1]
	}
	src := ""
	switch {
	case f.Set != nil:
		src = p.setCall(f, cols)
	case f.User != nil:
		src = p.need(fn.UserRows(f.User, typesOf(f.Args), cols)) + "(" + p.guardedList(f.Args) + ")"
	case f.Scalar != nil:
		src = "json_array(" + p.storable(p.guardValue(f.Scalar, p.expr(f.Scalar)), f.Scalar.Type()) + ")"
	}
	p.unfold(n, cols)
	if f.Ordinality {
		n.cols = append(n.cols, "("+n.alias+".key + 1)")
	}
	return "json_each(" + src + ") as " + n.alias
}

func (p *printer) setCall(f *bind.FuncCall, cols []value.Field) string {
	if s, ok := single(f.Args); ok && p.p.slots[s.n].kind == slotRows {
		return p.param(s.n)
	}
	if f.Set.Name == "unnest" && len(f.Args) == 1 {
		return p.guardedList(f.Args)
	}
	return p.need(fn.SetOf(f.Set, typesOf(f.Args), cols)) + "(" + p.guardedList(f.Args) + ")"
}

func (p *printer) guardedList(xs []bind.Expr) string {
	parts := make([]string, len(xs))
	for i, x := range xs {
		parts[i] = p.guardValue(x, p.expr(x))
	}
	return join(parts, ", ")
}

func columnNotNull(t *catalog.Table, name string) bool {
	if i := t.Column(name); i >= 0 && t.Columns[i].NotNull {
		return true
	}
	for _, k := range t.Keys {
		for _, c := range k.Cols {
			if k.Primary && c == name {
				return true
			}
		}
	}
	return false
}
