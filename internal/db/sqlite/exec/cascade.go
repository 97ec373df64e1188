package exec

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/heap"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
	"github.com/plinth-dev/plinth/internal/value"
)

// What foreign keys do is carried out here, out of the statement's queue and past
// policies: a cascaded row has triggers, generated columns, NOT NULL and CHECK as any
// other. In the file every key is NO ACTION and deferred, so SQLite only counts.

// action is a foreign key of another table that refers here.
type action struct {
	table *catalog.Table // the one that refers
	key   *catalog.Foreign
	cols  []int  // of the key, there
	refs  []int  // of what it refers to, here
	find  string // rowids of the rows that refer
	has   string // whether a row here has the key
}

func newActions(cat *catalog.Catalog, t *catalog.Table) []action {
	var out []action
	for _, ref := range cat.Referencing(t) {
		f := ref.Foreign
		a := action{table: ref.Table, key: f}
		for i, c := range f.Cols {
			a.cols = append(a.cols, ref.Table.Column(c))
			a.refs = append(a.refs, t.Column(f.RefCols[i]))
		}
		a.find = "select rowid from " + heap.Quote(schema.TableName(ref.Table)) + " where " + equalTo(f.Cols)
		a.has = "select 1 from " + heap.Quote(schema.TableName(t)) + " where " + equalTo(f.RefCols)
		out = append(out, a)
	}
	return out
}

func equalTo(cols []string) string {
	conds := make([]string, len(cols))
	for i, c := range cols {
		conds[i] = heap.Quote(c) + " = ?" + strconv.Itoa(i+1)
	}
	return strings.Join(conds, " and ")
}

// does is what the key does when old becomes row, or goes; "" for nothing.
func (a *action) does(d *due) string {
	switch {
	case d.op == "insert" || slices.ContainsFunc(a.refs, func(c int) bool { return d.old[c].IsNull() }):
		return ""
	case d.op == "delete":
		return a.key.OnDelete
	case slices.ContainsFunc(a.refs, func(c int) bool { return !same(d.old[c], d.row[c]) }):
		return a.key.OnUpdate
	}
	return ""
}

// act does what the keys that refer to a row ask for, in the order that they were made.
func (r *run) act(d *due) error {
	for i := range d.rel.actions {
		a := &d.rel.actions[i]
		var err error
		switch do := a.does(d); do {
		case "":
		case "no action":
			err = r.refuseUnlessDeferred(d, a)
		case "restrict":
			err = r.refuse(d, a, false)
		default:
			err = r.cascade(d, a, do)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *run) refuseUnlessDeferred(d *due, a *action) error {
	if !r.a.Tx.Conn.DeferredFKs() {
		return nil // no key is without its parent
	}
	if a.key.InitiallyDeferred {
		return r.a.Tx.defers(deferred{actor: d.actor, key: func(r *run) error { return r.refuse(d, a, true) }})
	}
	return r.refuse(d, a, true)
}

// refuse fails where rows still refer to what the row was; unless again says that
// another row may have its key by now, and one has.
func (r *run) refuse(d *due, a *action, again bool) error {
	ids, err := r.referring(d.rel, a, a.find, d.old)
	if err != nil || len(ids) == 0 {
		return err
	}
	if again {
		if had, err := r.referring(d.rel, a, a.has, d.old); err != nil || len(had) > 0 {
			return err
		}
	}
	return r.stillReferenced(d.rel, a, d.old)
}

// cascade changes or deletes the rows that refer to what the row was.
func (r *run) cascade(d *due, a *action, do string) error {
	child, err := r.a.Tx.Cache.relation(r.a.Tx.Catalog, a.table)
	if err != nil {
		return err
	}
	o := r.as(a.table.Owner)
	op := "update"
	if do == "cascade" && d.op == "delete" {
		op = "delete"
	}
	o.set = a.cols
	if err := o.begin(child, op, a.cols); err != nil {
		return err
	}
	ids, err := r.referring(d.rel, a, a.find, d.old)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := o.cascadeTo(child, id, func(was []value.Value) ([]value.Value, error) { return o.acted(child, d, a, was) }); err != nil {
			return err
		}
	}
	o.end(child, op, a.cols)
	if do == "set default" {
		return r.refuse(d, a, true)
	}
	return nil
}

// cascadeTo deletes or changes one row that refers. next gives the row as it shall be,
// nil to delete it.
func (r *run) cascadeTo(rel *relation, id int64, next func([]value.Value) ([]value.Value, error)) error {
	old, err := r.rowAt(rel, id)
	if err != nil || old == nil {
		return err
	}
	row, err := next(old)
	if err != nil {
		return err
	}
	op := "update"
	if row == nil {
		op = "delete"
	}
	row, keep, err := r.before(rel, op, old, row)
	if err != nil {
		return err
	}
	if !keep {
		r.a.Tx.kept = true
		return nil
	}
	if op == "delete" {
		return r.deleteRow(rel, id, old)
	}
	if err := r.generate(rel, row); err != nil {
		return err
	}
	if err := r.constrain(rel, row); err != nil {
		return err
	}
	// A trigger may have set the key to what it was.
	r.a.Tx.kept = true
	return r.updateRow(rel, id, old, row)
}

// acted is the row old after an action, nil where it goes too.
func (r *run) acted(rel *relation, d *due, a *action, old []value.Value) ([]value.Value, error) {
	do := a.does(d)
	if do == "cascade" && d.op == "delete" {
		return nil, nil
	}
	row := slices.Clone(old)
	for i, c := range a.cols {
		switch {
		case do == "cascade":
			row[c] = d.row[a.refs[i]]
		case d.op == "delete" && len(a.key.SetCols) > 0 && !slices.Contains(a.key.SetCols, rel.cols[c].Name):
		case do == "set null":
			row[c] = value.Value{}
		default:
			v, err := r.defaultOf(rel, c)
			if err != nil {
				return nil, err
			}
			row[c] = v
		}
	}
	return row, nil
}

// referring returns the rowids that a query finds by old's key.
func (r *run) referring(rel *relation, a *action, find string, old []value.Value) ([]int64, error) {
	st, err := r.a.Tx.Conn.Prepare(find)
	if err != nil {
		return nil, lite.Fault(err)
	}
	defer st.Release()
	for i, c := range a.refs {
		if old[c].IsNull() {
			return nil, nil
		}
		heap.Bind(st, i+1, value.Store(rel.cols[c].Type, old[c]), rel.store.Blobs[c])
	}
	var out []int64
	for {
		more, err := st.Step()
		if err != nil || !more {
			return out, lite.Fault(err)
		}
		out = append(out, st.ColumnInt(0))
	}
}

// rowAt reads one row, nil where it is gone.
func (r *run) rowAt(rel *relation, id int64) ([]value.Value, error) {
	st, err := r.a.Tx.Conn.Prepare(rel.store.Read)
	if err != nil {
		return nil, lite.Fault(err)
	}
	defer st.Release()
	st.BindInt(1, id)
	more, err := st.Step()
	if err != nil || !more {
		return nil, lite.Fault(err)
	}
	return heap.Load(st, 0, rel.cols)
}

// as returns r acting as another role, inside the trigger that holds a foreign key.
func (r *run) as(role string) *run {
	o, actor, env := *r, *r.a, *r.a.Env
	actor.Role, env.Role = role, role
	actor.Env = &env
	env.Sequence = sequences{&actor}
	o.caller, o.a = r.a, &actor
	o.depth++
	o.ec = o.eval()
	return &o
}
