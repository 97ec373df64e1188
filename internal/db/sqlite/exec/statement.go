package exec

import (
	"slices"
	"strings"
)

// statement runs a write and then what belongs to the statement's end: foreign keys
// and AFTER triggers. A statement inside a trigger has an end of its own.
func (r *run) statement(w writer) (*Result, error) {
	x := r.a.Tx
	outer := x.later
	x.later = []*Event{}
	defer func() { x.later = outer }()
	res, err := w.run(r)
	if err != nil {
		return nil, err
	}
	if x.Conn.DeferredFKs() {
		if err := x.foreignKeys(false); err != nil {
			return nil, err
		}
	}
	events := x.later
	x.later = nil
	return res, r.fireAfter(events)
}

// fireAfter runs AFTER triggers: by name, and for one trigger in the rows' order.
func (r *run) fireAfter(events []*Event) error {
	slices.SortStableFunc(events, func(a, b *Event) int { return strings.Compare(a.Trigger.Name, b.Trigger.Name) })
	for _, ev := range events {
		if _, _, err := r.fire(ev); err != nil {
			return err
		}
	}
	return nil
}
