package sqlgen

import (
	"encoding/json"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/rest/query"
)

// Page says which bounds the outermost select has.
type Page struct {
	Limit, Offset, Count bool
	Keyset               *Keyset // nil where no cursor was sent
}

// Read compiles a GET of a table or view.
func (c Compiler) Read(t *catalog.Table, req *query.Request, page Page) (*Plan, error) {
	g := c.gen(t.Schema)
	root, err := g.newNode(&node{table: t, items: itemsOf(req)})
	if err != nil {
		return nil, err
	}
	if err := g.attach(root, req); err != nil {
		return nil, err
	}
	p := &Plan{Mode: Rows}
	if page.Keyset == nil && cursors(root.items) {
		page.Keyset = &Keyset{}
	}
	agg, err := g.top(p, root, g.source(root), page)
	if err != nil || !page.Count {
		return p, err
	}
	return p, c.countAll(p, t, req, agg)
}

func itemsOf(req *query.Request) []*query.Item {
	if req.Select == nil {
		return star
	}
	return req.Select
}

// top prints the outermost select into p and tells whether it aggregates.
func (g *gen) top(p *Plan, root *node, from string, page Page) (bool, error) {
	g.markJoins(root, true)
	if err := g.total(root, page.Keyset); err != nil {
		return false, err
	}
	var l list
	outs, err := g.outs(root, &l)
	if err != nil {
		return false, err
	}
	joins, err := g.joins(root)
	if err != nil {
		return false, err
	}
	where, err := g.conds(root, true)
	if err != nil {
		return false, err
	}
	order, err := g.orderBy(root)
	if err != nil {
		return false, err
	}
	limit := Limit
	if page.Keyset != nil {
		beyond, err := g.beyond(page.Keyset)
		if err != nil {
			return false, err
		}
		if l.agg {
			return false, errCursorAgg
		}
		where, order, limit = and(where, beyond), g.keyOrder(page.Keyset.Back), More
		p.Order = g.place(root, page.Keyset, &l)
	}
	if order == "" && l.agg {
		order = l.groupKeys()
	}
	cols := commas(l.cols)
	switch {
	case g.opt.Handler != nil:
		cols = l.named()
	case cols == "":
		cols = "1"
	}
	p.SQL = "select " + cols + " from " + from + joins + clause("where", where) + l.groupBy() +
		clause("order by", order)
	if page.Limit {
		p.SQL += " limit " + g.arg(Arg{From: limit})
	}
	if page.Offset {
		p.SQL += " offset " + g.arg(Arg{From: Offset})
	}
	g.handle(p, "_t")
	p.Args, p.Out = g.args, outs
	return l.agg, nil
}

func commas(list []string) string {
	out := ""
	for i, s := range list {
		if i > 0 {
			out += ", "
		}
		out += s
	}
	return out
}

// outs prints n's select list for the encoder: joined embeds become objects.
func (g *gen) outs(n *node, l *list) ([]Out, error) {
	var outs []Out
	next := 0
	for _, it := range n.items {
		first := len(l.cols)
		switch {
		case it.Kind == query.Cursor && n.parent == nil && g.keys != nil:
			o := NewOut(itemName(it), -1)
			o.Cursor = true
			outs = append(outs, o)
			continue
		case it.Kind != query.Embed && it.Kind != query.Spread:
			one := &node{}
			*one = *n
			one.items, one.kids = []*query.Item{it}, nil
			if err := g.columns(one, l); err != nil {
				return nil, err
			}
		default:
			k := n.kids[next]
			next++
			kids, err := g.embedOuts(k, l)
			if err != nil {
				return nil, err
			}
			if kids != nil {
				outs = append(outs, kids...)
				continue
			}
		}
		for i := first; i < len(l.cols); i++ {
			outs = append(outs, NewOut(l.names[i], i))
		}
	}
	return outs, nil
}

// embedOuts handles the joined embeds; nil for those that are plain columns.
func (g *gen) embedOuts(k *node, l *list) ([]Out, error) {
	if !k.joined {
		return nil, g.embedColumns(k, l)
	}
	kids, err := g.outs(k, l)
	if err != nil || k.item.Kind == query.Spread {
		if kids == nil {
			kids = []Out{}
		}
		return kids, err
	}
	o := NewOut(k.label(), 0)
	o.Object, o.Kids = true, kids
	o.Present = l.place(k.column(k.rel.RefCols[0]))
	return []Out{o}, nil
}

// place returns the place of a column, adding it where it is not there yet.
func (l *list) place(sql string) int {
	for i, c := range l.cols {
		if c == sql {
			return i
		}
	}
	return l.grouped(sql, "")
}

// NewOut returns the member name, taken from column col.
func NewOut(name string, col int) Out {
	key, _ := json.Marshal(name)
	return Out{Name: name, Key: append(key, ':'), Col: col}
}

// countAll adds the statement that counts all rows.
func (c Compiler) countAll(p *Plan, t *catalog.Table, req *query.Request, agg bool) error {
	c.Handler = nil
	g := c.gen(t.Schema)
	root, err := g.newNode(&node{table: t, items: itemsOf(req)})
	if err != nil {
		return err
	}
	if err := g.attach(root, req); err != nil {
		return err
	}
	if agg {
		var whole Plan
		if _, err := g.top(&whole, root, g.source(root), Page{}); err != nil {
			return err
		}
		p.CountFrom, p.CountArgs = " from ("+whole.SQL+") c", whole.Args
		p.CountSQL = "select count(*)" + p.CountFrom
		return nil
	}
	where, err := g.conds(root, false)
	if err != nil {
		return err
	}
	p.CountFrom = " from " + g.source(root) + clause("where", where)
	p.CountSQL, p.CountArgs = "select count(*)"+p.CountFrom, g.args
	return nil
}
