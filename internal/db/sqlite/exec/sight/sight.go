// Package sight answers what a bound expression reads, and when it must be computed to
// see what Postgres shows it.
package sight

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/eval"
)

// Onto replaces references to one rel by references to another.
func Onto(x bind.Expr, from, to *bind.Rel) bind.Expr {
	if x == nil {
		return nil
	}
	return bind.Rewrite(x, func(e bind.Expr) bind.Expr {
		switch e := e.(type) {
		case *bind.Col:
			if e.Rel == from {
				return &bind.Col{Rel: to, Idx: e.Idx, T: e.T}
			}
		case *bind.WholeRow:
			if e.Rel == from {
				return &bind.WholeRow{Rel: to, T: e.T}
			}
		}
		return e
	})
}

// ReadsTarget reports whether the statement reads the target's columns, which brings
// the select policies in.
func ReadsTarget(w *bind.Write) bool {
	if w.Conflict != nil && (!w.Conflict.Nothing || w.Conflict.Key != nil || w.Conflict.Index != nil) {
		return true
	}
	found := refers(w.Where, w.Target)
	for _, t := range w.Returning {
		found = found || refers(t.X, w.Target)
	}
	for _, a := range w.Set {
		found = found || refers(a.X, w.Target)
	}
	return found
}

// refers reports whether x reads a column of rel, or its whole row.
func refers(x bind.Expr, rel *bind.Rel) bool {
	if x == nil {
		return false
	}
	found := false
	bind.Walk(x, func(n any) bool {
		switch n := n.(type) {
		case *bind.Col:
			found = found || n.Rel == rel
		case *bind.WholeRow:
			found = found || n.Rel == rel
		}
		return !found
	})
	return found
}

// Folded reports whether Postgres computes x while it plans.
func Folded(x bind.Expr) bool {
	if n := eval.DependsOn(x); !n.Constant() || n.Params || n.Vars {
		return false
	}
	yes := true
	bind.Walk(x, func(n any) bool {
		if call, ok := n.(*bind.Call); ok && call.Fn.Volatility != builtin.Immutable {
			yes = false
		}
		return yes
	})
	return yes
}

// Blind reports whether x, asked while rows of t are written, can't see them before
// Postgres would.
func Blind(x any, t *catalog.Table) bool {
	yes := true
	bind.Walk(x, func(n any) bool {
		switch n := n.(type) {
		case *bind.Rel:
			yes = yes && (n.Kind != bind.RelTable || n.Table != t)
		case *bind.UserCall:
			yes = yes && volatile(n.Fn)
		case *bind.FuncCall:
			yes = yes && (n.User == nil || volatile(n.User))
		}
		return yes
	})
	return yes
}

// Present reports whether x calls a function of the project that sees the present.
func Present(x bind.Expr) bool {
	found := false
	bind.Walk(x, func(n any) bool {
		c, ok := n.(*bind.UserCall)
		found = found || ok && volatile(c.Fn)
		return !found
	})
	return found
}

func volatile(f *catalog.Function) bool {
	return f.Volatility != "stable" && f.Volatility != "immutable"
}

// InMemory reports whether a source is VALUES that need no table.
func InMemory(q *bind.Query) bool {
	if q.Values == nil || len(q.OrderBy) > 0 || q.Limit != nil || q.Offset != nil || len(q.With) > 0 {
		return false
	}
	for _, row := range q.Values {
		for _, x := range row {
			if eval.NeedsDB(x) {
				return false
			}
		}
	}
	return true
}

// Vars reports whether all variables that x reads are such as ok takes.
func Vars(x any, ok func(n int) bool) bool {
	all := true
	bind.Walk(x, func(n any) bool {
		v, is := n.(*bind.Var)
		all = all && (!is || ok(v.N))
		return all
	})
	return all
}
