package tree

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
)

// Use says that a statement needs Priv on Table for Actor ("" = the session's role).
// Cols are the columns that select, insert and update touch; a select without
// columns (count(*)) has none.
type Use struct {
	Table *catalog.Table
	Actor string
	Priv  string
	Cols  []int
}

// useKey is what one Use is about.
type useKey struct {
	table *catalog.Table
	actor string
	priv  string
}

// UseSet collects Uses in order of appearance.
type UseSet struct {
	List []Use
	at   map[useKey]int
}

// Add notes a use of columns; the same table, actor and privilege stand once.
func (u *UseSet) Add(t *catalog.Table, actor, priv string, cols ...int) {
	k := useKey{t, actor, priv}
	if u.at == nil {
		u.at = map[useKey]int{}
	}
	i, ok := u.at[k]
	if !ok {
		i = len(u.List)
		u.at[k] = i
		u.List = append(u.List, Use{Table: t, Actor: actor, Priv: priv})
	}
	for _, c := range cols {
		if !slices.Contains(u.List[i].Cols, c) {
			u.List[i].Cols = append(u.List[i].Cols, c)
		}
	}
}
