package sight

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/value"
)

// lookups decides for each table of each subquery by which columns its rows are found:
// those that equal something of the row where there are any, else of the person.
func (c *compiler) lookups(x bind.Expr) {
	bind.Walk(x, func(n any) bool {
		if q, ok := n.(*bind.Query); ok {
			c.lookupsOf(q)
		}
		return true
	})
}

func (c *compiler) lookupsOf(q *bind.Query) {
	var rels []*bind.Rel
	var conds []bind.Expr
	if q.Where != nil {
		conds = conjuncts(q.Where)
	}
	var flat func(f bind.From)
	flat = func(f bind.From) {
		switch f := f.(type) {
		case *bind.Join:
			flat(f.L)
			flat(f.R)
			if f.On != nil {
				conds = append(conds, conjuncts(f.On)...)
			}
		case *bind.Rel:
			rels = append(rels, f)
		}
	}
	for _, f := range q.From {
		flat(f)
	}
	for i, rel := range rels {
		if rel.Kind == bind.RelTable {
			c.look(rel, conds, rels[i:])
		}
	}
}

// look finds the key of one table; later are the relations that have no row yet when
// its rows are looked up.
func (c *compiler) look(rel *bind.Rel, conds []bind.Expr, later []*bind.Rel) {
	l := &look{rel: rel, read: &Read{Table: rel.Table}}
	if rel.Filter != nil {
		conds = append(slices.Clone(conds), conjuncts(rel.Filter)...)
	}
	var byRow, byPerson look
	for _, x := range conds {
		col, other, ok := lookupOf(x, rel, later)
		if !ok {
			continue
		}
		to := &byPerson
		if eval.DependsOn(other).Cols {
			to = &byRow
		}
		if to.read == nil {
			to.read = &Read{}
		}
		if !slices.Contains(to.read.Key, col) {
			to.read.Key, to.exprs = append(to.read.Key, col), append(to.exprs, other)
		}
	}
	switch {
	case byRow.read != nil:
		l.read.Key, l.exprs = byRow.read.Key, byRow.exprs
		if byPerson.read != nil {
			l.narrow, l.narrowExprs = byPerson.read.Key, byPerson.exprs
		}
	case byPerson.read != nil:
		l.read.Key, l.exprs = byPerson.read.Key, byPerson.exprs
	}
	c.looks = append(c.looks, l)
	c.plan.reads[rel] = l.read
}

// lookupOf reads column = expression, where the expression is known before rel's row.
func lookupOf(x bind.Expr, rel *bind.Rel, later []*bind.Rel) (col int, other bind.Expr, ok bool) {
	l, r, ok := equality(x)
	if !ok {
		return 0, nil, false
	}
	for _, s := range [2][2]bind.Expr{{l, r}, {r, l}} {
		c, isCol := s[0].(*bind.Col)
		if isCol && c.Rel == rel && keyed(c.T, s[1].Type()) && !refers(s[1], rel) &&
			!slices.ContainsFunc(later, func(o *bind.Rel) bool { return refers(s[1], o) }) && !eval.DependsOn(s[1]).DB {
			return c.Idx, s[1], true
		}
	}
	return 0, nil, false
}

// keyed reports whether equal datums of two types have equal keys.
func keyed(a, b *value.Type) bool {
	x, y := a.Base(), b.Base()
	return x.Kind == y.Kind && x.Kind != value.Record && x.Kind != value.Array || integer(x.Kind) && integer(y.Kind)
}

func integer(k value.Kind) bool { return k == value.Int2 || k == value.Int4 || k == value.Int8 }

func refers(x bind.Expr, rel *bind.Rel) bool {
	hit := false
	bind.Walk(x, func(n any) bool {
		switch n := n.(type) {
		case *bind.Col:
			hit = hit || n.Rel == rel
		case *bind.WholeRow:
			hit = hit || n.Rel == rel
		}
		return !hit
	})
	return hit
}

// project keeps of each table the columns that are named, and numbers the references
// anew. Of the row itself it notes them.
func (c *compiler) project(x bind.Expr) {
	used := map[*bind.Rel][]int{}
	use := func(rel *bind.Rel, i int) {
		if !slices.Contains(used[rel], i) {
			used[rel] = append(used[rel], i)
		}
	}
	each(x, func(col *bind.Col) { use(col.Rel, col.Idx) }, func(w *bind.WholeRow) {
		for i := range w.Rel.Cols {
			use(w.Rel, i)
		}
	})
	for _, i := range used[c.plan.rel] {
		c.plan.cols[i] = true
	}
	for _, l := range c.looks {
		slices.Sort(used[l.rel])
		l.read.Cols = used[l.rel]
		for _, i := range l.narrow {
			l.read.Narrow = append(l.read.Narrow, slices.Index(l.read.Cols, i))
		}
	}
	each(x, func(col *bind.Col) {
		if r := c.plan.reads[col.Rel]; r != nil {
			col.Idx = slices.Index(r.Cols, col.Idx)
		}
	}, nil)
	for _, r := range c.plan.Routes {
		if r.Via != nil {
			r.Via.Col = slices.Index(r.Via.Read.Cols, r.Via.Col)
		}
	}
}

// each calls f once for each reference to a column, and w for each to a whole row.
func each(x bind.Expr, f func(*bind.Col), w func(*bind.WholeRow)) {
	seen := map[any]bool{}
	bind.Walk(x, func(n any) bool {
		switch n := n.(type) {
		case *bind.Col:
			if !seen[n] {
				seen[n] = true
				f(n)
			}
		case *bind.WholeRow:
			if w != nil {
				w(n)
			}
		}
		return true
	})
}
