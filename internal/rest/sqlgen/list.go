package sqlgen

import (
	"slices"
	"strconv"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/rest/query"
)

// list is a select list being printed: of named columns inside a subquery, of
// columns with an encoder's shape in the outermost select.
type list struct {
	cols  []string
	names []string
	group []string // what to group by, where agg
	agg   bool
}

func (l *list) add(sql, name string) int {
	l.cols = append(l.cols, sql)
	l.names = append(l.names, name)
	return len(l.cols) - 1
}

// grouped adds a column that is no aggregate.
func (l *list) grouped(sql, name string) int {
	l.group = append(l.group, sql)
	return l.add(sql, name)
}

// named prints the columns with their names.
func (l *list) named() string {
	out := ""
	for i, c := range l.cols {
		if i > 0 {
			out += ", "
		}
		out += c + " as " + Quote(l.names[i])
	}
	return out
}

func (l *list) groupBy() string {
	if !l.agg {
		return ""
	}
	return clause("group by", l.groupKeys())
}

// groupKeys are the columns to group by.
func (l *list) groupKeys() string {
	var keep []string
	for _, g := range l.group {
		if !slices.Contains(keep, g) {
			keep = append(keep, g)
		}
	}
	out := ""
	for i, g := range keep {
		if i > 0 {
			out += ", "
		}
		out += g
	}
	return out
}

// markJoins decides which to-one embeds become joins: every spread, and in the
// outermost select (top) the embeds too, unless they are bounded.
func (g *gen) markJoins(n *node, top bool) {
	for _, k := range n.kids {
		spread := k.item.Kind == query.Spread
		plain := k.limit == nil && k.offset == nil && k.rel.Func == nil
		k.joined = k.rel.ToOne() && !k.empty() && (spread || top && plain && !g.opt.Flat)
		g.markJoins(k, k.joined && top && !spread || k.joined && spread && top)
	}
}

// innerJoin reports whether k's rows are filtered by an inner join in the FROM clause
// of the select that shows them.
func (n *node) innerJoin() bool {
	if !n.joined || n.item.Join != "inner" {
		return false
	}
	p := n.parent
	return !p.joined || p.innerJoin()
}

// joins prints the joins of n's joined embeds, depth first.
func (g *gen) joins(n *node) (string, error) {
	out := ""
	for _, k := range n.kids {
		if !k.joined {
			continue
		}
		inner := k.innerJoin()
		kind := " left join "
		if inner {
			kind = " join "
			if err := g.ask(k); err != nil {
				return "", err
			}
		}
		on := g.joinCond(k)
		where, err := g.conds(k, inner)
		if err != nil {
			return "", err
		}
		src := g.source(k)
		if k.rel.Func != nil {
			src = "lateral " + src
		}
		if on = and(on, where); on == "" {
			on = "true"
		}
		below, err := g.joins(k)
		if err != nil {
			return "", err
		}
		out += kind + src + " on " + on + below
	}
	return out, nil
}

// itemName is the name of a column in the answer.
func itemName(it *query.Item) string {
	switch {
	case it.Alias != "":
		return it.Alias
	case it.Agg != "":
		return it.Agg
	case it.Kind == query.Count:
		return "count"
	case it.Kind == query.Cursor:
		return "cursor"
	}
	for i := len(it.Field.Path) - 1; i >= 0; i-- {
		if !it.Field.Path[i].Index {
			return it.Field.Path[i].Key
		}
	}
	return it.Field.Name
}

// counts reports whether it counts rows: count(), or the old spelling "count" where
// no column has that name.
func (n *node) counts(it *query.Item) bool {
	return it.Kind == query.Count ||
		it.Kind == query.Column && it.Field.Name == "count" && len(it.Field.Path) == 0 &&
			it.Agg == "" && n.field("count") == nil
}

// column prints a Column or Count item of n into l.
func (g *gen) column(n *node, it *query.Item, l *list) error {
	name := itemName(it)
	if n.counts(it) {
		l.agg = true
		cast := it.AggCast
		if cast == "" {
			cast = it.Cast
		}
		l.add(g.cast("count(*)", cast), name)
		return nil
	}
	e, err := g.ref(n, it.Field)
	if err != nil {
		return err
	}
	sql := e.sql
	if it.Agg == "" && len(it.Field.Path) == 0 && (it.Cast == "" || g.represented(e.t)) {
		sql = g.shown(sql, e.t)
	}
	sql = g.cast(sql, it.Cast)
	if it.Agg == "" {
		l.grouped(sql, name)
		return nil
	}
	l.agg = true
	l.add(g.cast(it.Agg+"("+sql+")", it.AggCast), name)
	return nil
}

// columns prints n's select list as named columns.
func (g *gen) columns(n *node, l *list) error {
	next := 0
	for _, it := range n.items {
		switch it.Kind {
		case query.Star:
			for i := range n.fields {
				name := n.fields[i].Name
				l.grouped(g.shown(n.column(name), n.fields[i].Type), name)
			}
		case query.Cursor:
			return errCursorPlace
		case query.Column, query.Count:
			if err := g.column(n, it, l); err != nil {
				return err
			}
		default:
			k := n.kids[next]
			next++
			if err := g.embedColumns(k, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// embedColumns prints an embed as one JSON column, a spread as its columns.
func (g *gen) embedColumns(k *node, l *list) error {
	switch {
	case k.empty():
		return nil
	case k.item.Kind == query.Embed:
		sql, err := g.embedJSON(k)
		if err != nil {
			return err
		}
		l.correlate(k)
		l.add(sql, k.label())
		return nil
	case k.joined:
		return g.columns(k, l)
	}
	return g.spreadMany(k, l)
}

// correlate groups by the parent's columns that a subquery refers to.
func (l *list) correlate(k *node) {
	for _, c := range k.rel.Cols {
		l.group = append(l.group, k.parent.column(c))
	}
}

// embedJSON is an embed as a correlated subquery.
func (g *gen) embedJSON(k *node) (string, error) {
	var l list
	if err := g.columns(k, &l); err != nil {
		return "", err
	}
	inner, err := g.embedSelect(k, &l, l.named())
	if err != nil {
		return "", err
	}
	form := ""
	if g.raw {
		form = "::jsonb" // whose text others show
	}
	if k.rel.ToOne() {
		return "(select row_to_json(r)" + form + " from (" + inner + ") r)", nil
	}
	return "(select coalesce('[' || string_agg(row_to_json(r)::text, ',') || ']', '[]')::json" + form + " from (" + inner + ") r)", nil
}

// embedSelect is the select of an embed's rows with the given columns.
func (g *gen) embedSelect(k *node, l *list, cols string) (string, error) {
	joins, err := g.joins(k)
	if err != nil {
		return "", err
	}
	on := g.joinCond(k)
	where, err := g.conds(k, true)
	if err != nil {
		return "", err
	}
	order, err := g.orderBy(k)
	if err != nil {
		return "", err
	}
	sql := "select " + cols + " from " + g.source(k) + joins + clause("where", and(on, where)) +
		l.groupBy() + clause("order by", order)
	if k.limit != nil {
		sql += " limit " + g.arg(Arg{From: Param, Form: Number, N: k.limit.Param})
	} else if g.opt.MaxRows > 0 && !k.rel.ToOne() {
		sql += " limit " + strconv.Itoa(g.opt.MaxRows)
	} else if k.mayBeMany() {
		sql += " limit 1"
	}
	if k.offset != nil {
		sql += " offset " + g.arg(Arg{From: Param, Form: Number, N: k.offset.Param})
	}
	return sql, nil
}

// mayBeMany reports whether k, which shows one row, may have several: no key of a view
// says otherwise, and "rows 1" of a function is a promise that nobody keeps it to.
func (k *node) mayBeMany() bool {
	if k.rel.Func != nil {
		return k.rel.ToOne() && k.rel.Func.SetOf
	}
	return k.rel.ToOne() && k.table.Kind != catalog.Base
}

// spreadMany prints each column of a to-many spread as an array.
func (g *gen) spreadMany(k *node, l *list) error {
	var kl list
	if err := g.columns(k, &kl); err != nil {
		return err
	}
	if kl.agg {
		return errSpreadAgg
	}
	l.correlate(k)
	for i, c := range kl.cols {
		inner, err := g.embedSelect(k, &kl, c+" as v")
		if err != nil {
			return err
		}
		l.add("(select coalesce(json_agg(r.v), '[]') from ("+inner+") r)", kl.names[i])
	}
	return nil
}
