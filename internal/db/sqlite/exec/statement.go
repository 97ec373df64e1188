package exec

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
)

// ending is what a running statement gathers for its end.
type ending struct {
	later  []*Event       // AFTER triggers, nil where no statement runs
	wrote  *catalog.Table // by the statement
	fresh  []written      // its rows, in order
	busy   map[spot]bool  // rows that cascades leave alone
	images map[changed]*images

	refused map[spot]refusal // rows that must be gone at the end of the cascades
}

// statement runs a write and then what belongs to the statement's end: foreign keys
// and AFTER triggers. A statement inside a trigger has an end of its own.
func (r *run) statement(w writer) (*Result, error) {
	x := r.a.Tx
	outer := x.ending
	x.ending = ending{later: []*Event{}, wrote: outer.wrote}
	defer func() { x.ending = outer }()
	res, err := w.run(r)
	if err != nil {
		return nil, err
	}
	if err := x.stillRefused(); err != nil {
		return nil, err
	}
	if x.cascading == 0 && x.Conn.DeferredFKs() {
		if err := x.foreignKeys(r.a.Role, false); err != nil {
			return nil, err
		}
	}
	events := x.later
	x.later = nil
	return res, r.fireAfter(events)
}

// fireAfter runs AFTER triggers: row by row, for one row by name, and those of the
// statement last; then those of rows that it cascaded to, table by table.
func (r *run) fireAfter(events []*Event) error {
	slices.SortStableFunc(events, func(a, b *Event) int { return order(a) - order(b) })
	for _, ev := range events {
		o := *r
		o.a = ev.actor
		if _, _, err := o.fire(ev); err != nil {
			return err
		}
	}
	return nil
}

func order(ev *Event) int {
	switch {
	case ev.depth > 0:
		return 1 + ev.depth
	case ev.Trigger.ForEachRow:
		return 0
	}
	return 1
}
