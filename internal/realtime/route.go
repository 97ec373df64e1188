package realtime

import (
	"context"

	"github.com/plinth-dev/plinth/internal/policy/sight"
	"github.com/plinth-dev/plinth/internal/value"
)

// route enters a group where the rows that may concern it lead to: by what its filter
// or its policies want a column to equal, through a table that the policies read, or
// among the rest.
func (b *board) route(g *group) {
	b.all.put(g)
	var routes []*sight.Route
	if !g.asks && !g.view.plan.Open {
		routes = g.view.plan.Routes
	}
	switch {
	case routes != nil && direct(routes):
		b.enter(g, routes)
	case b.enterFilter(g):
	case routes != nil:
		b.enter(g, routes)
	default:
		b.rest.put(g)
	}
}

// direct reports whether all routes are equalities with what a person is.
func direct(routes []*sight.Route) bool {
	for _, r := range routes {
		if r.Via != nil || r.Slot < 0 || r.Col < 0 {
			return false
		}
	}
	return true
}

// enterFilter enters a group by an equality of its filter, where there is one.
func (b *board) enterFilter(g *group) bool {
	for i := range g.terms {
		t := &g.terms[i]
		if t.not || t.op != "eq" && t.op != "in" {
			continue
		}
		for _, v := range t.vals {
			b.at(t.col, value.Key(b.table.Columns[t.col].Type, v)).put(g)
		}
		return true
	}
	return false
}

func (b *board) enter(g *group, routes []*sight.Route) {
	for _, r := range routes {
		if r.Col < 0 && g.slots[r.Slot].True() {
			b.rest.put(g) // whatever the row is
			return
		}
	}
	for _, r := range routes {
		if r.Col < 0 {
			continue
		}
		v, ok := r.Value(g.slots)
		switch {
		case !ok:
		case r.Via == nil:
			b.at(r.Col, value.Key(b.table.Columns[r.Col].Type, v)).put(g)
		default:
			b.through(r).at(value.Key(r.Via.Type(), v)).put(g)
		}
	}
}

func (b *board) at(col int, key string) *bucket {
	if b.byCol[col] == nil {
		b.byCol[col] = map[string]*bucket{}
	}
	return bucketAt(b.byCol[col], key)
}

func (b *board) through(r *sight.Route) *crossing {
	c := b.byVia[r.Via]
	if c == nil {
		c = &crossing{col: r.Col, to: map[string]*bucket{}}
		b.byVia[r.Via] = c
	}
	return c
}

func (c *crossing) at(key string) *bucket { return bucketAt(c.to, key) }

func bucketAt(m map[string]*bucket, key string) *bucket {
	at := m[key]
	if at == nil {
		at = &bucket{of: m, key: key}
		m[key] = at
	}
	return at
}

// candidates calls f for each group that a row may concern.
func (b *board) candidates(ctx context.Context, row []value.Value, f func(g *group)) {
	b.x.turn++
	once := func(list *bucket) {
		if list == nil {
			return
		}
		for _, g := range list.groups {
			if g.turn != b.x.turn {
				g.turn = b.x.turn
				f(g)
			}
		}
	}
	once(&b.rest)
	for col, m := range b.byCol {
		once(m[value.Key(b.table.Columns[col].Type, row[col])])
	}
	for via, c := range b.byVia {
		b.cross(ctx, via, c, row[c.col], once)
	}
}

// cross looks into the table between. Where that can't be done everybody may be meant.
func (b *board) cross(ctx context.Context, via *sight.Via, c *crossing, v value.Value, once func(*bucket)) {
	if v.IsNull() {
		return
	}
	err := b.x.roster.Rows(ctx, via.Read, []value.Value{v}, nil, func(row []value.Value) bool {
		if !row[via.Col].IsNull() {
			once(c.to[value.Key(via.Type(), row[via.Col])])
		}
		return true
	})
	if err != nil {
		for _, list := range c.to {
			once(list)
		}
	}
}
