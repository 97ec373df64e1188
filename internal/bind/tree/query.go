package tree

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/value"
)

// SetCols derives the output columns from the targets.
func (q *Query) SetCols() {
	q.Cols = make([]value.Field, len(q.Targets))
	for i, t := range q.Targets {
		q.Cols[i] = value.Field{Name: t.Name, Type: t.X.Type()}
	}
}

// Outputs are expressions with the types (and, for a plain SELECT, the positions) of
// the query's columns.
func (q *Query) Outputs() []Expr {
	out := make([]Expr, len(q.Cols))
	for i, c := range q.Cols {
		if q.Targets != nil {
			out[i] = q.Targets[i].X
			continue
		}
		out[i] = &Out{Idx: i, T: c.Type}
	}
	return out
}

// Bare reports whether the query is nothing but its select list.
func (q *Query) Bare() bool {
	if q.Targets == nil || len(q.With)+len(q.From)+len(q.GroupBy)+len(q.OrderBy)+len(q.DistinctOn) > 0 ||
		q.Where != nil || q.Having != nil || q.Distinct || q.Limit != nil || q.Offset != nil {
		return false
	}
	return !slices.ContainsFunc(q.Targets, func(t Target) bool { return HasAgg(t.X) || HasWindow(t.X) })
}

// HasWindow reports whether x has a window function of its own query.
func HasWindow(x Expr) bool {
	hit := false
	Walk(x, func(n any) bool {
		if a, ok := n.(*Agg); ok {
			hit = hit || a.Over != nil
		}
		_, sub := n.(*Query)
		return !sub
	})
	return hit
}

// Volatile reports whether evaluating x twice may give two answers.
func Volatile(x Expr) bool {
	hit := false
	Walk(x, func(n any) bool {
		switch n := n.(type) {
		case *Call:
			hit = hit || n.Fn.Volatility == builtin.Volatile
		case *UserCall:
			hit = hit || n.Fn.Volatility == "" || n.Fn.Volatility == "volatile"
		}
		return !hit
	})
	return hit
}

// HasAgg reports whether x has an aggregate of its own query.
func HasAgg(e Expr) bool {
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

// KeyGrouped reports whether the columns of rel's primary key are all grouped: then
// its other columns depend on them.
func KeyGrouped(rel *Rel, keys []Expr) bool {
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
