package catalog

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/pgsql"
)

// Writes reports whether rows of t take event: "insert", "update" or "delete". A view
// takes it through a trigger, or where it shows the rows of one table as they are.
func (t *Table) Writes(event string) bool {
	switch {
	case t.Kind == Base:
		return true
	case t.Kind == MatView || t.ViewDef == nil:
		return false
	case t.ViewDef.Writes != nil:
		return slices.Contains(t.ViewDef.Writes, event)
	}
	return t.InsteadOf(event) || t.ViewDef.plain()
}

// plain reports whether the view is written to through its table. Whether that one is a
// view that can be written to, only the writing itself tells.
func (v *ViewDef) plain() bool {
	q := v.Query
	if q == nil || q.Op != "" || q.Values != nil || q.With != nil || q.Distinct || len(q.DistinctOn) > 0 ||
		len(q.GroupBy) > 0 || q.Having != nil || q.Limit != nil || q.Offset != nil || len(q.From) != 1 {
		return false
	}
	if _, ok := q.From[0].(*pgsql.TableRef); !ok {
		return false
	}
	return slices.ContainsFunc(q.Targets, func(t pgsql.Target) bool {
		_, ok := t.X.(*pgsql.Column)
		return ok
	})
}
