package bind

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/plinth-dev/plinth/internal/bind/tree"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// maxSets bounds the groupings of one query: each is a query of its own here.
const maxSets = 64

// groupings is what a query with GROUPING SETS, ROLLUP or CUBE groups by: each set,
// and all the keys of any.
type groupings struct {
	sets [][]pgsql.Expr
	keys []pgsql.Expr
}

// isSets reports whether x is GROUPING SETS, ROLLUP or CUBE.
func isSets(x pgsql.Expr) (*pgsql.Call, bool) {
	c, ok := x.(*pgsql.Call)
	if !ok || c.Name.Schema != "" {
		return nil, false
	}
	return c, slices.Contains([]string{"rollup", "cube", "grouping sets"}, c.Name.Name)
}

// groupingsOf takes a GROUP BY apart; nil where it has no sets.
func (b *binder) groupingsOf(in []pgsql.Expr) (*groupings, error) {
	plain := true
	for _, x := range in {
		if _, ok := isSets(x); ok {
			plain = false
		}
		if r, ok := x.(*pgsql.Row); ok && len(r.Elems) == 0 {
			plain = false
		}
	}
	if plain {
		return nil, nil
	}
	g := &groupings{sets: [][]pgsql.Expr{nil}, keys: []pgsql.Expr{}}
	for _, x := range in {
		list, err := b.setsOf(x)
		if err != nil {
			return nil, err
		}
		var out [][]pgsql.Expr
		for _, a := range g.sets {
			for _, c := range list {
				out = append(out, append(slices.Clone(a), c...))
			}
		}
		if g.sets = out; len(out) > maxSets {
			return nil, b.tooManySets(x)
		}
	}
	for _, set := range g.sets {
		g.keys = append(g.keys, set...)
	}
	return g, nil
}

func (b *binder) tooManySets(n pgsql.Node) error {
	return b.at(errUnsupported("more than %d grouping sets are not supported", maxSets).WithHint("Write the sets that are needed."), n)
}

// setsOf are the sets of one item of GROUP BY.
func (b *binder) setsOf(x pgsql.Expr) ([][]pgsql.Expr, error) {
	c, ok := isSets(x)
	if !ok {
		return [][]pgsql.Expr{elements(x)}, nil
	}
	var out [][]pgsql.Expr
	switch c.Name.Name {
	case "grouping sets":
		for _, a := range c.Args {
			list, err := b.setsOf(a)
			if err != nil {
				return nil, err
			}
			out = append(out, list...)
		}
	case "rollup":
		for n := len(c.Args); n >= 0; n-- {
			out = append(out, flat(c.Args[:n]))
		}
	case "cube":
		if len(c.Args) > 6 {
			return nil, b.tooManySets(x)
		}
		for bits := 1<<len(c.Args) - 1; bits >= 0; bits-- {
			var set []pgsql.Expr
			for i, a := range c.Args {
				if bits>>(len(c.Args)-1-i)&1 == 1 {
					set = append(set, elements(a)...)
				}
			}
			out = append(out, set)
		}
	}
	if len(out) > maxSets {
		return nil, b.tooManySets(x)
	}
	return out, nil
}

// elements are the keys of one item: those of a row, or it alone.
func elements(x pgsql.Expr) []pgsql.Expr {
	if r, ok := x.(*pgsql.Row); ok {
		return r.Elems
	}
	return []pgsql.Expr{x}
}

func flat(in []pgsql.Expr) (out []pgsql.Expr) {
	for _, x := range in {
		out = append(out, elements(x)...)
	}
	return out
}

// groupedSets binds a query with grouping sets: the union of one query for each set,
// where the keys of the other sets are NULL, in a query that orders it.
func (s *scope) groupedSets(q *Query, sel *pgsql.Select, g *groupings) error {
	b := s.b
	if sel.DistinctOn != nil {
		return b.at(errUnsupported("DISTINCT ON with grouping sets is not supported").WithHint("Put the grouping in a subquery."), sel)
	}
	var all *Query
	var order []Sort
	var n int
	seen := map[string]bool{}
	for _, set := range g.sets {
		br := b.child(s.up)
		br.ctes, br.sets = s.ctes, g.keys
		one := *sel
		one.With, one.Limit, one.Offset, one.Lock, one.Distinct = nil, nil, nil, "", false
		one.GroupBy = set
		part := &Query{}
		if err := br.core(part, &one, false); err != nil {
			return err
		}
		if sel.GroupDistinct && seen[br.grouped] {
			continue
		}
		seen[br.grouped] = true
		n = len(part.Targets) - br.hidden
		if all == nil {
			all, order = part, part.OrderBy
		}
		part.OrderBy = nil
		if part != all {
			all = &Query{Op: "union", All: true, Left: all, Right: part, Cols: all.Cols}
		}
	}
	rel := &Rel{Kind: RelQuery, Alias: "q", Cols: all.Cols, Query: all}
	q.From, q.Distinct = []From{rel}, sel.Distinct
	for i, c := range all.Cols[:n] {
		q.Targets = append(q.Targets, Target{Name: c.Name, X: &Col{Rel: rel, Idx: i, T: c.Type}})
	}
	for _, o := range order {
		i := o.X.(*Out).Idx
		o.X = &Col{Rel: rel, Idx: i, T: all.Cols[i].Type}
		q.OrderBy = append(q.OrderBy, o)
	}
	q.SetCols()
	return nil
}

// finishSet makes one grouping's query: what it sorts by becomes output columns, keys of
// the other sets become NULL, GROUPING a number.
func (s *scope) finishSet(q *Query) error {
	if s.windows {
		return errUnsupported("window functions beside grouping sets are not supported").
			WithHint("Put the grouping in a subquery, and the window around it.")
	}
	for i, o := range q.OrderBy {
		at := slices.IndexFunc(q.Targets, func(t Target) bool { return same(t.X, o.X) })
		if at < 0 {
			at = len(q.Targets)
			q.Targets = append(q.Targets, Target{Name: "sort" + strconv.Itoa(i), X: o.X})
			s.hidden++
		}
		q.OrderBy[i].X = &Out{Idx: at, T: o.X.Type()}
	}
	keys := make([]Expr, 0, len(s.sets))
	for _, x := range s.sets {
		k, err := s.groupKey(q, x)
		if err != nil {
			return err
		}
		if !anySame(keys, k) {
			keys = append(keys, k)
		}
	}
	for i, k := range keys {
		if anySame(q.GroupBy, k) {
			s.grouped += strconv.Itoa(i) + " "
		}
	}
	slices.SortStableFunc(keys, func(a, b Expr) int { return cmp.Compare(size(b), size(a)) })
	for i := range q.Targets {
		x, err := s.ungrouped(q.Targets[i].X, keys, q.GroupBy)
		if err != nil {
			return err
		}
		q.Targets[i].X = x
	}
	var err error
	if q.Having != nil {
		if q.Having, err = s.ungrouped(q.Having, keys, q.GroupBy); err != nil {
			return err
		}
	}
	if len(q.GroupBy) > 0 || slices.ContainsFunc(q.Targets, func(t Target) bool { return tree.HasAgg(t.X) }) {
		return nil
	}
	return s.oneRow(q)
}

// oneRow makes the empty set a row, also where there is nothing to group: the first
// column counts, for SQLite to see an aggregate.
func (s *scope) oneRow(q *Query) error {
	if len(q.Targets) == 0 {
		q.From, q.Where, q.Having = nil, q.Having, nil
		return nil
	}
	n := &Agg{Fn: builtin.Aggs("", "count")[0], Name: "count", Star: true, T: value.TInt8}
	some, err := s.b.apply(">=", n, &Const{Val: value.Int(0), T: value.TInt8}, &pgsql.Num{})
	x := q.Targets[0].X
	q.Targets[0].X = &Case{Whens: []When{{Cond: some, Then: x}}, T: x.Type()}
	return err
}

func size(x Expr) (n int) {
	Walk(x, func(any) bool { n++; return true })
	return n
}

// groupingMark is the type of a GROUPING that has not got its number yet: a row of
// its arguments, which must be keys.
var groupingMark = &value.Type{Kind: value.Int4}

// ungrouped replaces in x, outside aggregates, the keys that this set does not group by.
// What stays is put aside meanwhile, the larger keys first.
func (s *scope) ungrouped(x Expr, keys, grouped []Expr) (Expr, error) {
	var aside []Expr
	put := func(e Expr) Expr {
		aside = append(aside, e)
		return &Param{N: -len(aside), T: e.Type()}
	}
	var bad error
	x = tree.Rewrite(x, func(e Expr) Expr {
		switch e := e.(type) {
		case *Agg:
			return put(e)
		case *RowExpr:
			if e.T == groupingMark {
				n := int64(0)
				for _, a := range e.Elems {
					if !anySame(keys, a) {
						bad = s.b.atExpr(fault.SQL("42803", "arguments to GROUPING must be grouping expressions of the associated query level"), a)
					}
					if n <<= 1; !anySame(grouped, a) {
						n |= 1
					}
				}
				return &Const{Val: value.Int(n), T: value.TInt4}
			}
		}
		return e
	})
	for _, k := range keys {
		x = tree.Rewrite(x, func(e Expr) Expr {
			if !same(e, k) {
				return e
			}
			if anySame(grouped, k) {
				return put(e)
			}
			return put(&Const{T: k.Type()})
		})
	}
	for range 2 { // an aggregate may stand in what was put aside
		x = tree.Rewrite(x, func(e Expr) Expr {
			if p, ok := e.(*Param); ok && p.N < 0 {
				return aside[-p.N-1]
			}
			return e
		})
	}
	return x, bad
}

// grouping binds GROUPING(…), which finishSet makes a number.
func (s *scope) grouping(x *pgsql.Call) (Expr, error) {
	args, err := s.list(x.Args)
	if err != nil {
		return nil, err
	}
	if s.sets == nil {
		if !s.groups {
			return nil, s.b.at(fault.SQL("42803", "arguments to GROUPING must be grouping expressions of the associated query level"), x)
		}
		return s.b.mark(&Const{Val: value.Int(0), T: value.TInt4}, x), nil
	}
	return s.b.mark(&RowExpr{Elems: args, T: groupingMark}, x), nil
}
