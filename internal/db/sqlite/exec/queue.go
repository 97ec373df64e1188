package exec

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// ending is Postgres' queue of AFTER triggers of one statement: what foreign keys do is
// a trigger too. A row's are queued when it is written; those of rows that a cascade
// writes come behind, so that cascades go level by level.
type ending struct {
	on     bool // a statement runs
	queue  []*due
	levels map[levelKey]*level
	met    map[spot]bool   // rows that a part of the statement took: another part leaves them
	seen   map[string]bool // keys that an upsert took, or gave up
	kept   bool            // a trigger kept a row from a cascade
	outer  *ending         // of the statement whose trigger runs this one
	struck map[spot]bool   // rows that triggers changed meanwhile
}

// spot is a row of a table.
type spot struct {
	table int
	rowid int64
}

// due is what a statement's end owes to a row that was written, or to the statement
// itself, which has a trigger and no row.
type due struct {
	rel      *relation
	op       string
	old, row []value.Value
	id       int64 // where row is
	asked    bool  // keys that did not change are asked about as well
	set      []int
	actor    *Actor
	level    *level
	trigger  *trigger
	done     bool
}

type levelKey struct {
	table int
	op    string
}

// level is what one operation on one table shares within a statement.
type level struct {
	begun  bool // its BEFORE triggers of the statement have run
	ended  bool // its AFTER triggers of the statement are queued, at …
	at     int
	images *images
}

func (x *Tx) level(t *catalog.Table, op string) *level {
	if x.levels == nil {
		x.levels = map[levelKey]*level{}
	}
	k := levelKey{t.ID, op}
	if x.levels[k] == nil {
		x.levels[k] = &level{}
	}
	return x.levels[k]
}

// whole runs a statement and then what its end owes. A statement inside a trigger has
// an end of its own.
func (r *run) whole() (*Result, error) {
	x := r.a.Tx
	outer := x.ending
	x.ending = ending{on: true, outer: &outer}
	defer func() { x.ending = outer }()
	res, err := r.carried()
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(x.queue); i++ {
		d := x.queue[i]
		x.queue[i] = nil
		if d.done {
			continue
		}
		if err := r.settle(d); err != nil {
			return nil, err
		}
	}
	if x.kept && !outer.on && x.Conn.DeferredFKs() {
		return res, x.foreignKeys(r.a.Role, false)
	}
	return res, nil
}

// after queues what the statement's end owes to one row: of d the operation and the row
// before and after, and where it is.
func (r *run) after(rel *relation, d due) {
	x := r.a.Tx
	if rel.transitions[d.op] {
		d.level = x.level(rel.table, d.op)
		d.level.add(d.old, d.row)
	}
	if len(rel.parents) > 0 && d.op != "delete" {
		at := spot{rel.table.ID, d.id}
		d.asked = d.op == "insert" || x.own.has(at)
		x.own.add(at)
	}
	if len(rel.actions) == 0 && len(rel.parents) == 0 && len(rel.late) == 0 && !rel.after[d.op] {
		return
	}
	queued := d
	queued.rel, queued.set, queued.actor = rel, r.set, r.asked()
	x.queue = append(x.queue, &queued)
}

// asked is who asked for the statement: a cascade acts as another, but what it leads to
// afterwards does not.
func (r *run) asked() *Actor {
	if r.caller != nil {
		return r.caller
	}
	return r.a
}

// maxOwn bounds how many rows of its own a transaction remembers.
const maxOwn = 1 << 16

// rowSet is a set of rows, in a list while they are few.
type rowSet struct {
	few  []spot
	many map[spot]bool
}

func (s *rowSet) has(at spot) bool { return s.many[at] || slices.Contains(s.few, at) }

func (s *rowSet) add(at spot) {
	switch {
	case s.has(at) || len(s.many) >= maxOwn:
	case len(s.few) < 8:
		s.few = append(s.few, at)
	case s.many == nil:
		s.many = map[spot]bool{at: true}
	default:
		s.many[at] = true
	}
}

// begin runs the BEFORE triggers of a statement on rel, once however many parts it has.
func (r *run) begin(rel *relation, op string, set []int) error {
	if !rel.before[op] {
		return nil
	}
	l := r.a.Tx.level(rel.table, op)
	if l.begun {
		return nil
	}
	l.begun = true
	for _, t := range rel.triggers {
		if t.def.ForEachRow || !t.matches("before", op, set) {
			continue
		}
		if _, _, err := r.fire(&Event{Table: rel.table, Trigger: t.def, Op: op, compiled: t}); err != nil {
			return err
		}
	}
	return nil
}

// end queues the AFTER triggers of a statement on rel, in the place of those that an
// earlier part of it queued and that have not run.
func (r *run) end(rel *relation, op string, set []int) {
	if !rel.after[op] {
		return
	}
	x := r.a.Tx
	l := x.level(rel.table, op)
	if l.ended {
		for _, d := range x.queue[l.at:] {
			if d != nil && (d.trigger == nil || d.rel.table != rel.table || d.op != op) {
				break
			}
			if d != nil {
				d.done = true
			}
		}
	}
	l.ended, l.at = true, len(x.queue)
	for _, t := range rel.triggers {
		if !t.def.ForEachRow && t.matches("after", op, set) {
			x.queue = append(x.queue, &due{rel: rel, op: op, trigger: t, level: l, actor: r.asked(), set: set})
		}
	}
}

// settle runs what is due: triggers and foreign keys, by the names that Postgres gives.
func (r *run) settle(d *due) error {
	if d.trigger != nil {
		return r.fireDue(d, d.trigger)
	}
	for _, t := range d.rel.triggers {
		if t.def.Name < foreignTrigger {
			if err := r.fireRow(d, t); err != nil {
				return err
			}
		}
	}
	if err := r.act(d); err != nil {
		return err
	}
	if err := r.askParents(d); err != nil {
		return err
	}
	if err := r.askLate(d); err != nil {
		return err
	}
	for _, t := range d.rel.triggers {
		if t.def.Name >= foreignTrigger {
			if err := r.fireRow(d, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// foreignTrigger begins the names of the triggers that hold foreign keys in Postgres.
const foreignTrigger = "RI_ConstraintTrigger_"

func (r *run) fireRow(d *due, t *trigger) error {
	if !t.def.ForEachRow || !t.matches("after", d.op, d.set) {
		return nil
	}
	return r.fireDue(d, t)
}

func (r *run) fireDue(d *due, t *trigger) error {
	ev := &Event{Table: d.rel.table, Trigger: t.def, Op: d.op, Old: d.old, New: d.row, compiled: t}
	if t.def.Deferred {
		return r.a.Tx.defers(deferred{actor: d.actor, event: ev})
	}
	if t.def.OldTable != "" || t.def.NewTable != "" {
		if d.level == nil {
			d.level = r.a.Tx.level(d.rel.table, d.op)
		}
		if ev.images = d.level.images; ev.images == nil {
			ev.images = &images{}
		}
		r.a.Tx.closes(levelKey{d.rel.table.ID, d.op}, d.level)
	}
	o := *r
	o.a = d.actor
	_, _, err := o.fire(ev)
	return err
}

// closes ends a level: what follows has images of its own.
func (x *Tx) closes(k levelKey, l *level) {
	if x.levels[k] == l {
		delete(x.levels, k)
	}
}

// deferred is what waits for the transaction's end: a constraint trigger, or a key.
type deferred struct {
	actor *Actor
	event *Event
	key   func(r *run) error
}

// maxDeferred bounds what a transaction puts off.
const maxDeferred = 1 << 18

func (x *Tx) defers(d deferred) error {
	if len(x.deferred) >= maxDeferred {
		return fault.SQL("54000", "a transaction defers more than %d triggers and keys", maxDeferred)
	}
	x.deferred = append(x.deferred, d)
	return nil
}

// Deferred counts what waits; Forget takes back what came since, as a savepoint does.
func (x *Tx) Deferred() int { return len(x.deferred) }

// Forget takes back what was deferred after the first n.
func (x *Tx) Forget(n int) { x.deferred = x.deferred[:n] }

// Finish runs what waited for the transaction's end, before it commits.
func (x *Tx) Finish() error {
	for i := 0; i < len(x.deferred); i++ {
		d := x.deferred[i]
		x.deferred[i] = deferred{}
		r := &run{a: d.actor, rows: map[*bind.Rel][]value.Value{}}
		r.ec = r.eval()
		var err error
		if d.event != nil {
			_, _, err = r.fire(d.event)
		} else {
			err = d.key(r)
		}
		if err != nil {
			return err
		}
	}
	x.deferred = nil
	return nil
}
