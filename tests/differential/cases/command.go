package cases

import (
	"fmt"
	"strings"
)

// command returns one statement of a client.
func (g *gen) command() string {
	t := g.tables[g.n(len(g.tables))]
	switch g.n(20) {
	case 0, 1, 2, 3, 4:
		return g.selects(t)
	case 5, 6, 7, 8:
		return g.inserts(t)
	case 9, 10, 11:
		return g.updates(t)
	case 12, 13:
		return g.deletes(t)
	case 14, 15, 16:
		return g.upserts(t)
	case 17:
		return g.insertSelect(t)
	case 18:
		return g.withWrite(t)
	}
	return g.selects(t)
}

func (g *gen) list(sc []ref, n int) string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("%s as c%d", g.scalar(sc), i+1))
	}
	return strings.Join(out, ", ")
}

func (g *gen) selects(t *table) string {
	if len(g.views) > 0 && g.chance(25) {
		t = g.views[g.n(len(g.views))]
	}
	sc := scopeOf("", t)
	from, where := t.name, g.where(sc, t)
	switch g.n(10) {
	case 0, 1:
		return g.grouped(t)
	case 2, 3:
		return g.joined(t)
	case 4:
		return fmt.Sprintf("select %s, row_number() over (order by id) as rn, count(*) over (partition by %s) as cw from %s%s order by id",
			g.list(sc, 2), sc[g.n(len(sc))].sql, from, where)
	case 5:
		return fmt.Sprintf("select id::text as x from %s%s %s select id::text from %s", from, where,
			g.of("union", "union all", "intersect", "except"), g.tables[g.n(len(g.tables))].name)
	case 6:
		if g.chance(40) {
			return fmt.Sprintf("select id from %s%s order by id limit %d offset %d", from, where, 1+g.n(4), g.n(3))
		}
		return fmt.Sprintf("select %s from %s%s order by id%s limit %d", g.list(sc, 3), from, where, g.of("", " desc"), 1+g.n(4))
	case 7:
		o := g.tables[g.n(len(g.tables))]
		return fmt.Sprintf("select id, (select count(*) from %s) as n, exists (select 1 from %s o where o.id::text = %s.id::text) as e from %s%s",
			o.name, o.name, t.name, from, where)
	case 8:
		r := sc[g.n(len(sc))].sql
		return fmt.Sprintf("select %s, id from %s%s order by %s%s, id", r, from, where, r, g.of("", " desc", " nulls first", " desc nulls last"))
	}
	return fmt.Sprintf("select %s%s from %s%s", g.of("", "", "distinct "), g.list(sc, 3), from, where)
}

func (g *gen) grouped(t *table) string {
	sc := scopeOf("", t)
	r := sc[g.n(len(sc))]
	aggs := []string{"count(*)", "count(" + r.sql + ")", "count(distinct " + r.sql + ")", "array_agg(id order by id)",
		"string_agg(id::text, ',' order by id)", "jsonb_agg(" + r.sql + " order by id)", "jsonb_object_agg(id::text, " + r.sql + ")"}
	switch family(r.typ) {
	case "int", "num":
		aggs = append(aggs, "sum("+r.sql+")", "avg("+r.sql+")", "max("+r.sql+")", "min("+r.sql+")", "stddev("+r.sql+")")
	case "text", "mood", "date", "timestamptz":
		aggs = append(aggs, "max("+r.sql+")", "min("+r.sql+")")
	case "bool":
		aggs = append(aggs, "bool_and("+r.sql+")", "every("+r.sql+")", "bool_or("+r.sql+")")
	}
	by := sc[g.n(len(sc))].sql
	a, b := g.of(aggs...), g.of(aggs...)
	if g.chance(40) {
		return fmt.Sprintf("select %s as x, %s filter (where %s) as y from %s%s", a, b, g.simple(sc), t.name, g.where(sc, t))
	}
	having := g.of("", "", " having count(*) > 1")
	return fmt.Sprintf("select %s as k, %s as x, %s as y from %s%s group by %s%s", by, a, b, t.name, g.where(sc, t), by, having)
}

func (g *gen) joined(t *table) string {
	for _, c := range t.cols {
		if c.ref == nil {
			continue
		}
		sc := append(scopeOf("a", t), scopeOf("b", c.ref)...)
		if g.chance(25) {
			return fmt.Sprintf("select a.id, x.* from %s a %s join lateral (select count(*) as n, max(b.id::text) as m from %s b where b.id = a.%s) x on true order by a.id",
				t.name, g.of("left", "cross")[:4], c.ref.name, c.name)
		}
		return fmt.Sprintf("select %s from %s a %s %s b on b.id = a.%s%s", g.list(sc, 3), t.name, g.of("join", "left join", "full join"), c.ref.name, c.name,
			g.of("", " where "+g.simple(sc)))
	}
	return fmt.Sprintf("select * from %s", t.name)
}

func (g *gen) someColumns(t *table) []*col {
	var out []*col
	for _, c := range t.cols {
		if !c.computed && (c.key && !c.fill || !c.fill && g.chance(75) || g.chance(45)) {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		out = append(out, t.cols[0])
	}
	return out
}

func names(cols []*col) string {
	var out []string
	for _, c := range cols {
		out = append(out, c.name)
	}
	return strings.Join(out, ", ")
}

func (g *gen) values(cols []*col, n int) string {
	var rows []string
	for range n {
		var vals []string
		for _, c := range cols {
			v := g.input(c)
			if c.fill && g.chance(15) {
				v = "default"
			}
			vals = append(vals, v)
		}
		rows = append(rows, "("+strings.Join(vals, ", ")+")")
	}
	return strings.Join(rows, ", ")
}

func (g *gen) returning(t *table) string {
	switch g.n(5) {
	case 0, 1:
		return ""
	case 2:
		return " returning *"
	case 3:
		return " returning id"
	}
	return " returning " + g.list(scopeOf(t.name, t), 2)
}

func (g *gen) inserts(t *table) string {
	if g.chance(4) {
		return fmt.Sprintf("insert into %s default values%s", t.name, g.returning(t))
	}
	cols := g.someColumns(t)
	return fmt.Sprintf("insert into %s (%s) values %s%s", t.name, names(cols), g.values(cols, 1+g.n(3)), g.returning(t))
}

func (g *gen) sets(t *table, prefix string) string {
	var out []string
	for _, c := range t.cols {
		if c.computed || c.key && !g.chance(8) || !g.chance(35) {
			continue
		}
		v := g.input(c)
		switch {
		case g.chance(12) && c.fill:
			v = "default"
		case g.chance(25) && prefix != "":
			v = "excluded." + c.name
		case g.chance(25) && !c.unique && !c.indexed && family(c.typ) == "int" && !c.key && c.ref == nil:
			v = t.name + "." + c.name + " + 1"
		case g.chance(20) && family(c.typ) == "text" && !c.unique:
			v = "left(" + t.name + "." + c.name + " || 'z', 4)"
		case g.chance(10) && family(c.typ) == "int":
			v = "(select count(*) from log)"
		}
		out = append(out, c.name+" = "+v)
	}
	if len(out) == 0 {
		c := t.cols[len(t.cols)-1]
		if c.computed {
			return c.name + " = default"
		}
		return c.name + " = " + g.input(c)
	}
	return strings.Join(out, ", ")
}

func (g *gen) updates(t *table) string {
	sc := scopeOf(t.name, t)
	if g.chance(15) {
		for _, c := range t.cols {
			if c.ref != nil {
				return fmt.Sprintf("update %s set %s from %s b where b.id = %s.%s and %s%s", t.name, g.sets(t, ""), c.ref.name, t.name, c.name,
					g.simple(scopeOf("b", c.ref)), g.of("", " returning "+t.name+".id, b.id as bid"))
			}
		}
	}
	return fmt.Sprintf("update %s set %s%s%s", t.name, g.sets(t, ""), g.target(sc, t), g.returning(t))
}

// target is the filter of a write: mostly one row.
func (g *gen) target(sc []ref, t *table) string {
	if t.single || g.chance(50) {
		return " where " + t.name + ".id = " + keyLiteral(t.cols[0].typ, 1+g.n(6))
	}
	return g.where(sc, t)
}

func (g *gen) deletes(t *table) string {
	sc := scopeOf(t.name, t)
	if g.chance(12) {
		for _, c := range t.cols {
			if c.ref != nil {
				return fmt.Sprintf("delete from %s using %s b where b.id = %s.%s and %s returning %s.id", t.name, c.ref.name, t.name, c.name,
					g.simple(scopeOf("b", c.ref)), t.name)
			}
		}
	}
	return fmt.Sprintf("delete from %s%s%s", t.name, g.target(sc, t), g.returning(t))
}

func (g *gen) upserts(t *table) string {
	cols := g.someColumns(t)
	target := "(id)"
	for _, c := range t.cols {
		if c.unique && g.chance(40) {
			target = "(" + c.name + ")"
		}
	}
	if t.unique != nil && g.chance(30) {
		target = "(" + strings.Join(t.unique, ", ") + ")"
	}
	act := " do nothing"
	if g.chance(65) {
		act = " do update set " + g.sets(t, "excluded")
		if g.chance(25) {
			act += " where " + g.simple(scopeOf(t.name, t))
		}
	} else if g.chance(50) {
		target = ""
	}
	return fmt.Sprintf("insert into %s (%s) values %s on conflict %s%s%s", t.name, names(cols), g.values(cols, g.few(t)), target, act, g.returning(t))
}

// few is a number of rows that may be written at once.
func (g *gen) few(t *table) int {
	if t.single {
		return 1
	}
	return 1 + g.n(2)
}

func (g *gen) insertSelect(t *table) string {
	var cols []*col
	var list []string
	for _, c := range t.cols {
		switch {
		case c.computed:
			continue
		case c.key && c.typ == "uuid":
			list = append(list, "md5(id::text)::uuid")
		case c.key && c.typ == "text":
			list = append(list, "id || 'c'")
		case c.key:
			list = append(list, "id + 50")
		default:
			list = append(list, g.of(c.name, c.name, g.input(c)))
		}
		cols = append(cols, c)
	}
	return fmt.Sprintf("insert into %s (%s) select %s from %s%s order by id limit 2%s", t.name, names(cols), strings.Join(list, ", "), t.name,
		g.where(scopeOf("", t), t), g.returning(t))
}

func (g *gen) withWrite(t *table) string {
	o := g.tables[g.n(len(g.tables))]
	sc := scopeOf(t.name, t)
	switch g.n(4) {
	case 0:
		return fmt.Sprintf("with w as (delete from %s%s returning *) select count(*) as n, (select count(*) from %s o where o.id::text = 'no') as m from w", t.name, g.target(sc, t), o.name)
	case 1:
		cols := g.someColumns(t)
		return fmt.Sprintf("with w as (insert into %s (%s) values %s returning *) select id, (select count(*) from w) as m from w", t.name, names(cols), g.values(cols, 2))
	case 2:
		return fmt.Sprintf("with w as (update %s set %s%s returning %s.id) insert into log (what) select id::text from w order by 1 returning what", t.name, g.sets(t, ""), g.target(sc, t), t.name)
	}
	return fmt.Sprintf("with q as (select id from %s where %s) delete from %s where id in (select id from q) returning id", t.name, g.simple(scopeOf("", t)), t.name)
}
