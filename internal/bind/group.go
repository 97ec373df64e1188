package bind

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// groupBy binds GROUP BY: an input column before an output name, or a position.
func (s *scope) groupBy(q *Query, in []pgsql.Expr) ([]Expr, error) {
	old := s.aggs
	s.clause = "GROUP BY"
	var out []Expr
	for _, x := range in {
		e, err := s.groupKey(q, x)
		if err != nil {
			return nil, err
		}
		if hasAgg(e) {
			return nil, s.b.at(fault.SQL("42803", "aggregate functions are not allowed in GROUP BY"), x)
		}
		if !countable(e.Type()) {
			return nil, s.b.at(fault.SQL("42883", "could not identify an equality operator for type %s", typeName(e.Type())), x)
		}
		out = append(out, e)
	}
	s.aggs = old
	return out, nil
}

func (s *scope) groupKey(q *Query, x pgsql.Expr) (Expr, error) {
	i, ok, err := s.position(x, len(q.Targets), "GROUP BY")
	if err != nil {
		return nil, err
	}
	if ok {
		return q.Targets[i].X, nil
	}
	if c, isCol := x.(*pgsql.Column); isCol && len(c.Parts) == 1 && !c.Star {
		if _, n := s.ns.find(c.Parts[0]); n == 0 {
			if e, err := s.output(q, x, "GROUP BY"); e != nil || err != nil {
				return e, err
			}
		}
	}
	e, err := s.expr(x)
	if err != nil {
		return nil, err
	}
	return s.b.known(e)
}

func hasAgg(e Expr) bool {
	hit := false
	Walk(e, func(x any) bool {
		switch x := x.(type) {
		case *Agg:
			hit = hit || x.Over == nil
		case *Query:
			return false
		}
		return !hit
	})
	return hit
}

// grouping checks that what stands outside aggregates is grouped.
type grouping struct {
	b    *binder
	keys []Expr
	rels map[*Rel]bool // this query's own
	full map[*Rel]bool // whose primary key is grouped
	err  error
	sub  bool
}

func (s *scope) checkGrouping(q *Query) error {
	g := &grouping{b: s.b, keys: q.GroupBy, rels: map[*Rel]bool{}, full: map[*Rel]bool{}}
	for _, r := range s.ns.rels {
		g.rels[r.rel] = true
		g.full[r.rel] = keyGrouped(r.rel, q.GroupBy)
	}
	for _, t := range q.Targets {
		g.check(t.X)
	}
	g.check(q.Having)
	for _, o := range q.OrderBy {
		g.check(o.X)
	}
	for _, x := range q.DistinctOn {
		g.check(x)
	}
	return g.err
}

// keyGrouped reports whether the columns of rel's primary key are all grouped: then
// its other columns depend on them.
func keyGrouped(rel *Rel, keys []Expr) bool {
	if rel.Kind != RelTable || rel.Table == nil || rel.Table.PrimaryKey() == nil {
		return false
	}
	for _, name := range rel.Table.PrimaryKey().Cols {
		i := rel.Table.Column(name)
		if !slices.ContainsFunc(keys, func(k Expr) bool {
			c, ok := k.(*Col)
			return ok && c.Rel == rel && c.Idx == i
		}) {
			return false
		}
	}
	return true
}

func (g *grouping) check(e Expr) {
	if e == nil {
		return
	}
	Walk(e, func(x any) bool {
		if g.err != nil {
			return false
		}
		if k, ok := x.(Expr); ok && anySame(g.keys, k) {
			return false
		}
		switch x := x.(type) {
		case *Agg:
			return x.Over != nil
		case *Col:
			if g.rels[x.Rel] && !g.full[x.Rel] {
				g.fail(x, x.Rel, x.Rel.Cols[x.Idx].Name)
			}
		case *WholeRow:
			if g.rels[x.Rel] && !g.full[x.Rel] {
				g.fail(x, x.Rel, "*")
			}
		case *Sub:
			return g.subquery(x)
		}
		return true
	})
}

// subquery checks a subquery's references to this query's columns.
func (g *grouping) subquery(x *Sub) bool {
	if g.sub {
		return true
	}
	for _, e := range x.X {
		g.check(e)
	}
	inner := &grouping{b: g.b, keys: g.keys, rels: g.rels, full: g.full, sub: true}
	Walk(x.Query, func(n any) bool {
		if e, ok := n.(Expr); ok {
			inner.check(e)
			return false
		}
		return true
	})
	if g.err == nil {
		g.err = inner.err
	}
	return false
}

func (g *grouping) fail(x Expr, rel *Rel, col string) {
	if rel.Alias != "" {
		col = rel.Alias + "." + col
	}
	if g.sub {
		g.err = g.b.atExpr(fault.SQL("42803", "subquery uses ungrouped column \"%s\" from outer query", col), x)
		return
	}
	g.err = g.b.atExpr(fault.SQL("42803", "column \"%s\" must appear in the GROUP BY clause or be used in an aggregate function", col), x)
}
