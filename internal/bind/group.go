package bind

import (
	"github.com/plinth-dev/plinth/internal/bind/tree"
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
		if tree.HasAgg(e) {
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

// checkGrouping refuses what stands outside aggregates without being grouped.
func (s *scope) checkGrouping(q *Query) error {
	g := tree.NewGrouping(q.GroupBy)
	for _, r := range s.ns.rels {
		g.Own(r.rel)
	}
	for _, t := range q.Targets {
		g.Check(t.X)
	}
	g.Check(q.Having)
	for _, o := range q.OrderBy {
		g.Check(o.X)
	}
	for _, x := range q.DistinctOn {
		g.Check(x)
	}
	if g.Bad == nil {
		return nil
	}
	if g.Inner {
		return s.b.atExpr(fault.SQL("42803", "subquery uses ungrouped column \"%s\" from outer query", g.Name), g.Bad)
	}
	return s.b.atExpr(fault.SQL("42803", "column \"%s\" must appear in the GROUP BY clause or be used in an aggregate function", g.Name), g.Bad)
}
