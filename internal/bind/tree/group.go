package tree

// Grouping finds what stands outside aggregates without being grouped.
type Grouping struct {
	keys []Expr
	rels map[*Rel]bool // this query's own; true where its primary key is grouped
	sub  bool

	Bad   Expr   // the first ungrouped reference, nil for none
	Name  string // what it refers to
	Inner bool   // it stands in a subquery
}

// NewGrouping starts a check against the GROUP BY keys.
func NewGrouping(keys []Expr) *Grouping {
	return &Grouping{keys: keys, rels: map[*Rel]bool{}}
}

// Own adds a Rel of the grouped query itself.
func (g *Grouping) Own(r *Rel) { g.rels[r] = KeyGrouped(r, g.keys) }

// Check looks through an expression of the select list, HAVING or ORDER BY.
func (g *Grouping) Check(e Expr) {
	if e == nil {
		return
	}
	Walk(e, func(x any) bool {
		if g.Bad != nil {
			return false
		}
		if k, ok := x.(Expr); ok && g.grouped(k) {
			return false
		}
		switch x := x.(type) {
		case *Agg:
			return x.Over != nil
		case *Col:
			g.reference(x, x.Rel, x.Rel.Cols[x.Idx].Name)
		case *WholeRow:
			g.reference(x, x.Rel, "*")
		case *Sub:
			return g.subquery(x)
		}
		return true
	})
}

func (g *Grouping) grouped(x Expr) bool {
	for _, k := range g.keys {
		if Same(k, x) {
			return true
		}
	}
	return false
}

func (g *Grouping) reference(x Expr, rel *Rel, name string) {
	if full, own := g.rels[rel]; !own || full {
		return
	}
	if rel.Alias != "" {
		name = rel.Alias + "." + name
	}
	g.Bad, g.Name, g.Inner = x, name, g.sub
}

// subquery checks a subquery's references to this query's columns.
func (g *Grouping) subquery(x *Sub) bool {
	if g.sub {
		return true
	}
	for _, e := range x.X {
		g.Check(e)
	}
	inner := &Grouping{keys: g.keys, rels: g.rels, sub: true}
	Walk(x.Query, func(n any) bool {
		if e, ok := n.(Expr); ok {
			inner.Check(e)
			return false
		}
		return true
	})
	if g.Bad == nil {
		g.Bad, g.Name, g.Inner = inner.Bad, inner.Name, inner.Inner
	}
	return false
}
