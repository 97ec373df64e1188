package exec

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
	"github.com/plinth-dev/plinth/internal/value"
)

// Cascades are carried out here, before the row that they come from is written: a
// cascaded row has triggers, generated columns, NOT NULL and CHECK as any other.
// They act as the table's owner, past policies. SQLite's own actions then find
// nothing left to do, but for rows that the statement itself writes.

// action is a foreign key of another table that acts when a row here goes, or gets
// another key.
type action struct {
	table *catalog.Table // the one that refers
	key   *catalog.Foreign
	cols  []int  // of the key, there
	refs  []int  // of what it refers to, here
	find  string // rowids of the rows that refer
	// first: on delete it changes rows that an older action reaches too, by way of other
	// tables. Postgres goes level by level, so this one is carried out before that.
	first bool
}

// spot is a row of a table.
type spot struct {
	table int
	rowid int64
}

func acts(do string) bool { return do == "cascade" || do == "set null" || do == "set default" }

func newActions(cat *catalog.Catalog, t *catalog.Table) []action {
	var out []action
	for _, ref := range cat.Referencing(t) {
		f := ref.Foreign
		a := action{table: ref.Table, key: f}
		var conds []string
		for i, c := range f.Cols {
			a.cols = append(a.cols, ref.Table.Column(c))
			a.refs = append(a.refs, t.Column(f.RefCols[i]))
			conds = append(conds, quote(c)+" = ?"+strconv.Itoa(i+1))
		}
		a.find = "select rowid from " + quote(schema.TableName(ref.Table)) + " where " + strings.Join(conds, " and ")
		a.first = a.goesFirst(cat, out)
		out = append(out, a)
	}
	return out
}

func (a *action) goesFirst(cat *catalog.Catalog, older []action) bool {
	// A row that goes, with others that refer to it, stays in its turn.
	leaf := a.key.OnDelete == "cascade" && len(cat.Referencing(a.table)) == 0
	if a.key.OnDelete == "cascade" && !leaf || !acts(a.key.OnDelete) {
		return false
	}
	reached, gone := map[*catalog.Table]bool{}, map[*catalog.Table]bool{}
	for _, o := range older {
		switch {
		case o.table == a.table:
			return false // in the order of the keys
		case o.key.OnDelete == "cascade":
			gone[o.table] = true
			deletes(cat, o.table, reached)
		}
	}
	if !leaf {
		return reached[a.table]
	}
	// Where it would be deleted all the same, the order is all one.
	return slices.ContainsFunc(a.table.Foreign, func(f *catalog.Foreign) bool {
		to := cat.Schemas[f.RefSchema].Tables[f.RefTable]
		return (f.OnDelete == "set null" || f.OnDelete == "set default") && (gone[to] || reached[to])
	})
}

// deletes adds to reached the tables of which a deletion from t deletes rows.
func deletes(cat *catalog.Catalog, t *catalog.Table, reached map[*catalog.Table]bool) {
	for _, ref := range cat.Referencing(t) {
		if ref.Foreign.OnDelete == "cascade" && !reached[ref.Table] {
			reached[ref.Table] = true
			deletes(cat, ref.Table, reached)
		}
	}
}

// writes marks the rows that a statement itself writes: cascades leave them alone.
func (r *run) writes(rel *relation, rows []touched) {
	if len(rel.actions) == 0 {
		return
	}
	for _, t := range rows {
		r.mark(spot{rel.table.ID, t.id})
	}
}

func (r *run) mark(s spot) {
	if r.a.Tx.busy == nil {
		r.a.Tx.busy = map[spot]bool{}
	}
	r.a.Tx.busy[s] = true
}

// cascade carries out what foreign keys do to the rows that refer to rows, which change,
// or go where their new row is nil.
func (r *run) cascade(rel *relation, rows ...touched) error {
	for _, t := range rows {
		for i := range rel.actions {
			if a := &rel.actions[i]; a.first && t.row == nil {
				if err := r.act(rel, a, parent{a.key.OnDelete, t.old, nil}); err != nil {
					return err
				}
			}
		}
	}
	for _, t := range rows {
		if err := r.cascadeFrom(rel, t.old, t.row); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) cascadeFrom(rel *relation, old, row []value.Value) error {
	for i := range rel.actions {
		a := &rel.actions[i]
		if do := a.does(old, row); do == "restrict" || do == "no action" && row == nil && !a.key.Deferrable {
			if err := r.refuse(rel, i, old, row); err != nil {
				return err
			}
		}
	}
	for i := range rel.actions {
		a := &rel.actions[i]
		if do := a.does(old, row); acts(do) && !(a.first && row == nil) {
			if err := r.act(rel, a, parent{do, old, row}); err != nil {
				return err
			}
		}
	}
	return nil
}

// does is what the key does when old becomes row, or goes.
func (a *action) does(old, row []value.Value) string {
	switch {
	case row == nil:
		return a.key.OnDelete
	case slices.ContainsFunc(a.refs, func(c int) bool { return !same(old[c], row[c]) }):
		return a.key.OnUpdate
	}
	return ""
}

// refuse fails where rows still refer to old by action i: before anything cascades, as
// deeper cascades come later. Rows that an older key takes along refer no longer.
func (r *run) refuse(rel *relation, i int, old, row []value.Value) error {
	a := &rel.actions[i]
	ids, err := r.referring(rel, a, old)
	if err != nil {
		return err
	}
	for j := 0; j < i && len(ids) > 0; j++ {
		if b := &rel.actions[j]; b.table == a.table && row == nil && b.key.OnDelete == "cascade" {
			gone, err := r.referring(rel, b, old)
			if err != nil {
				return err
			}
			taken := map[int64]bool{}
			for _, id := range gone {
				taken[id] = true
			}
			ids = slices.DeleteFunc(ids, func(id int64) bool { return taken[id] })
		}
	}
	ids = slices.DeleteFunc(ids, func(id int64) bool { return r.a.Tx.busy[spot{a.table.ID, id}] })
	if len(ids) == 0 {
		return nil
	}
	err = r.stillReferenced(rel, a, old)
	if r.depth == 0 || row != nil || a.key.OnDelete != "no action" {
		return err
	}
	for _, id := range ids {
		r.a.Tx.suspend(spot{a.table.ID, id}, r.depth, err)
	}
	return nil
}

// refusal is the fault of a row that refers to one that a cascade deleted, so many
// cascades from the statement. It falls if the row goes too, by no more cascades: in
// Postgres, which goes level by level, the row is gone before anybody asks.
type refusal struct {
	depth int
	nth   int
	err   error
}

func (x *Tx) suspend(at spot, depth int, err error) {
	if x.refused == nil {
		x.refused = map[spot]refusal{}
	}
	if had, ok := x.refused[at]; !ok || depth < had.depth {
		x.refused[at] = refusal{depth, len(x.refused), err}
	}
}

// stillRefused is the first fault that has not fallen.
func (x *Tx) stillRefused() (err error) {
	first := -1
	for _, f := range x.refused {
		if first < 0 || f.nth < first {
			first, err = f.nth, f.err
		}
	}
	return err
}

// parent is what happens to a row that others refer to: the action that it asks for,
// and the row before and after, nil where it goes.
type parent struct {
	do       string
	old, row []value.Value
}

func (r *run) act(rel *relation, a *action, p parent) error {
	ids, err := r.referring(rel, a, p.old)
	if err != nil {
		return err
	}
	child, err := r.a.Tx.Cache.relation(r.a.Tx.Catalog, a.table)
	if err != nil {
		return err
	}
	o := r.as(a.table.Owner)
	op := "update"
	if p.do == "cascade" && p.row == nil {
		op = "delete"
	}
	o.set = a.cols
	r.a.Tx.cascading++
	defer func() { r.a.Tx.cascading-- }()
	if err := o.beginning(child, op, a.cols); err != nil {
		return err
	}
	for _, id := range ids {
		at := spot{a.table.ID, id}
		if r.a.Tx.busy[at] {
			continue
		}
		r.mark(at)
		err := o.actOn(child, id, func(was []value.Value) ([]value.Value, error) { return o.acted(child, a, p, was) })
		delete(r.a.Tx.busy, at)
		if err != nil {
			return err
		}
	}
	o.ending(child, op, a.cols)
	return nil
}

// actOn deletes or changes one row that refers. next gives the row as it shall be,
// nil to delete it.
func (r *run) actOn(rel *relation, id int64, next func([]value.Value) ([]value.Value, error)) error {
	old, err := r.rowAt(rel, id)
	if err != nil || old == nil {
		return err
	}
	leave, err := r.a.Enter()
	if err != nil {
		return err
	}
	defer leave()
	row, err := next(old)
	if err != nil {
		return err
	}
	if row == nil {
		return r.deleteCascaded(rel, id, old)
	}
	row, keep, err := r.before(rel, "update", old, row)
	if err != nil || !keep {
		return err
	}
	if err := r.generate(rel, row); err != nil {
		return err
	}
	if err := r.constrain(rel, row); err != nil {
		return err
	}
	if err := r.cascade(rel, touched{old: old, row: row}); err != nil {
		return err
	}
	if err := r.updateRow(rel, id, old, row); err != nil {
		return err
	}
	r.after(rel, "update", old, row)
	return nil
}

func (r *run) deleteCascaded(rel *relation, id int64, old []value.Value) error {
	_, keep, err := r.before(rel, "delete", old, nil)
	if err != nil || !keep {
		return err
	}
	if err := r.cascade(rel, touched{old: old}); err != nil {
		return err
	}
	if err := r.deleteRow(rel, id); err != nil {
		return err
	}
	if at := (spot{rel.table.ID, id}); r.depth <= r.a.Tx.refused[at].depth {
		delete(r.a.Tx.refused, at)
	}
	r.after(rel, "delete", old, nil)
	return nil
}

// acted is the row old after an action, nil where it goes too.
func (r *run) acted(rel *relation, a *action, p parent, old []value.Value) ([]value.Value, error) {
	if p.do == "cascade" && p.row == nil {
		return nil, nil
	}
	row := slices.Clone(old)
	for i, c := range a.cols {
		switch {
		case p.do == "cascade":
			row[c] = p.row[a.refs[i]]
		case p.row == nil && len(a.key.SetCols) > 0 && !slices.Contains(a.key.SetCols, rel.cols[c].Name):
		case p.do == "set null":
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

// referring returns the rows whose key is old's.
func (r *run) referring(rel *relation, a *action, old []value.Value) ([]int64, error) {
	st, err := r.a.Tx.Conn.Prepare(a.find)
	if err != nil {
		return nil, lite.Fault(err)
	}
	defer st.Release()
	for i, c := range a.refs {
		if old[c].IsNull() {
			return nil, nil
		}
		bindStored(st, i+1, value.Store(rel.cols[c].Type, old[c]), rel.store.blobs[c])
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
	st, err := r.a.Tx.Conn.Prepare(rel.store.read)
	if err != nil {
		return nil, lite.Fault(err)
	}
	defer st.Release()
	st.BindInt(1, id)
	more, err := st.Step()
	if err != nil || !more {
		return nil, lite.Fault(err)
	}
	return load(st, 0, rel.cols)
}

// as returns r acting as another role.
func (r *run) as(role string) *run {
	o, actor, env := *r, *r.a, *r.a.Env
	actor.Role, env.Role = role, role
	actor.Env = &env
	env.Sequence = sequences{&actor}
	o.a = &actor
	o.depth++
	o.ec = o.eval()
	return &o
}
