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

// changed is which rows an images holds.
type changed struct {
	table, depth int
	op           string
}

func (m *images) add(old, row []value.Value) {
	if old != nil {
		m.old = append(m.old, value.List(old))
	}
	if row != nil {
		m.new = append(m.new, value.List(row))
	}
}

// imagesFor returns what the transition tables of ev's trigger are filled with, nil
// where it has none.
func (x *Tx) imagesFor(ev *Event) *images {
	if ev.Trigger.OldTable == "" && ev.Trigger.NewTable == "" {
		return nil
	}
	if x.images == nil {
		x.images = map[changed]*images{}
	}
	k := changed{ev.Table.ID, ev.depth, ev.Op}
	if x.images[k] == nil {
		x.images[k] = &images{}
	}
	return x.images[k]
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
