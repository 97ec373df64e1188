package exec

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/value"
)

// images are the rows that a statement changed, for triggers that name them as
// transition tables.
type images struct {
	old, new []value.Value
}

// add keeps a row that the statement changed.
func (l *level) add(old, row []value.Value) {
	if l.images == nil {
		l.images = &images{}
	}
	if old != nil {
		l.images.old = append(l.images.old, value.List(old))
	}
	if row != nil {
		l.images.new = append(l.images.new, value.List(row))
	}
}

// Transition returns the rows of the transition tables, each a list of rows.
func (ev *Event) Transition() (old, new value.Value) {
	if ev.images == nil {
		return value.List(nil), value.List(nil)
	}
	return value.List(ev.images.old), value.List(ev.images.new)
}

// RowsOf is a relation whose rows are held by variable n: what a statement inside a
// trigger reads as a transition table.
func RowsOf(name string, t *value.Type, n int) *bind.Rel {
	return &bind.Rel{
		Kind: bind.RelFunc, Alias: name, Cols: t.Fields,
		Func: &bind.FuncCall{Set: bind.RowsFunc(t.Fields), Args: []bind.Expr{&bind.Var{N: n, T: value.ArrayOf(t)}}},
	}
}
