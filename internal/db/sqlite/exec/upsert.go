package exec

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec/sight"
	"github.com/plinth-dev/plinth/internal/db/sqlite/heap"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/db/sqlite/plan"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/policy"
	"github.com/plinth-dev/plinth/internal/value"
)

// upsert is ON CONFLICT: the arbiter is probed for every proposed row, all rows are
// decided, and only then is anything written, so that no row of the statement can
// vouch for another.
type upsert struct {
	existing *bind.Rel // the row that is met
	nothing  bool
	arbiters []arbiter
	set      []assign
	where    *computed
	touch    guards // policies on the row that is met
	checks   guards // policies on the row as updated
}

// arbiter is a unique index that decides whether a row is there already.
type arbiter struct {
	uniqueKey
	probe *plan.Plan // rowid and row, the proposed row given from outside
	fresh *bind.Rel
}

type assign struct {
	idx int
	x   computed
	def bool
	// fixed says that the value is a constant, which Postgres computes before any row
	// comes; ahead that it is a query of its own, which sees nothing of what triggers do.
	fixed, ahead bool
}

func (c *compiler) conflict(in *insert) error {
	cf, u := in.w.Conflict, in.upsert
	u.nothing = cf.Nothing
	for _, k := range in.rel.keys {
		if !chosen(cf, k.name) {
			continue
		}
		if k.late {
			u.arbiters = append(u.arbiters, arbiter{uniqueKey: k})
			continue
		}
		a, err := c.arbiter(in, k)
		if err != nil {
			return err
		}
		u.arbiters = append(u.arbiters, a)
	}
	if u.nothing {
		return nil
	}
	var err error
	if u.touch, err = c.guards(in.rules.Conflict); err != nil {
		return err
	}
	if u.checks, err = c.guards(in.rules.Update); err != nil {
		return err
	}
	if cf.Where != nil {
		x, err := c.compute(sight.Onto(cf.Where, in.w.Target, u.existing))
		if err != nil {
			return err
		}
		u.where = &x
	}
	u.set, err = c.assigns(cf.Set, in.w.Target, u.existing)
	return err
}

// reads are the expressions of the clause that see the tables as the statement found
// them.
func (u *upsert) reads() (out []computed) {
	if u == nil {
		return nil
	}
	out = []computed{u.touch.computed, u.checks.computed}
	if u.where != nil {
		out = append(out, *u.where)
	}
	for _, a := range u.set {
		if !a.ahead {
			out = append(out, a.x)
		}
	}
	return out
}

// chosen reports whether the clause means the key of that name; a bare DO NOTHING
// means all of them.
func chosen(cf *bind.Conflict, name string) bool {
	switch {
	case cf.Key != nil:
		return cf.Key.Name == name
	case cf.Index != nil:
		return cf.Index.Name == name
	}
	return true
}

func (c *compiler) assigns(set []bind.Assign, from, to *bind.Rel) ([]assign, error) {
	out := make([]assign, len(set))
	for i, a := range set {
		out[i].idx = a.Idx
		if _, ok := a.X.(*bind.Default); ok {
			out[i].def = true
			continue
		}
		x, err := c.compute(sight.Onto(a.X, from, to))
		if err != nil {
			return nil, err
		}
		n := eval.DependsOn(a.X)
		out[i].x, out[i].fixed = x, sight.Folded(a.X)
		out[i].ahead = n.DB && !n.Cols && !policy.Volatile(a.X)
	}
	return out, nil
}

// arbiter compiles the probe of one key. It is asked without policies: a row that
// the actor can't see is in the way all the same.
func (c *compiler) arbiter(in *insert, k uniqueKey) (arbiter, error) {
	a := arbiter{uniqueKey: k, fresh: outside(in.w)}
	scan := &bind.Rel{Kind: bind.RelTable, Table: in.w.Table, Cols: in.rel.cols, Alias: in.w.Table.Name}
	cond, err := c.keyMatch(k, scan, a.fresh)
	if err != nil {
		return a, err
	}
	a.probe, err = plan.Targets(plan.Config{Catalog: c.cfg.Catalog}, scan, scanQuery(scan, cond))
	return a, err
}

// keyMatch says that the scanned row has the proposed row's key, and, for a partial
// index, that both are in it.
func (c *compiler) keyMatch(k uniqueKey, scan, fresh *bind.Rel) (bind.Expr, error) {
	cfg := &bind.Config{Catalog: c.cfg.Catalog, SearchPath: DefaultPath}
	all := &bind.Logic{}
	for _, x := range k.exprs {
		eq, err := keyEqual(cfg, x, scan, fresh)
		if err != nil {
			return nil, err
		}
		all.Args = append(all.Args, eq)
	}
	for _, rel := range []*bind.Rel{scan, fresh} {
		if k.where == nil {
			break
		}
		x, err := bind.Over(cfg, rel, k.where, value.TBool)
		if err != nil {
			return nil, err
		}
		all.Args = append(all.Args, x)
	}
	if len(all.Args) == 1 {
		return all.Args[0], nil
	}
	return all, nil
}

// keyEqual says that x is equal over two rows.
func keyEqual(cfg *bind.Config, x pgsql.Expr, scan, fresh *bind.Rel) (bind.Expr, error) {
	l, err := bind.Over(cfg, scan, x, nil)
	if err != nil {
		return nil, err
	}
	r, err := bind.Over(cfg, fresh, x, nil)
	if err != nil {
		return nil, err
	}
	t := l.Type().Base()
	for _, f := range builtin.Operators("=", 2) {
		if accepts(f.Args[0], t) && accepts(f.Args[1], t) {
			return &bind.Call{Fn: f, Args: []bind.Expr{l, r}, T: value.TBool}, nil
		}
	}
	return nil, fault.SQL("42883", "operator does not exist: %s = %s", t, t)
}

func accepts(want, t *value.Type) bool {
	switch want.Kind {
	case value.AnyEnum:
		return t.Kind == value.Enum
	case value.AnyArray:
		return t.Kind == value.Array
	case value.Text:
		return t.Kind == value.Text || t.Kind == value.Varchar
	}
	return value.Same(want, t)
}

// met is a proposed row and what became of it.
type met struct {
	row []value.Value // to insert, or the updated row
	old []value.Value // the row that is there, nil for an insert
	id  int64
}

// fold computes the constants of SET, so that a bad one is refused whatever the rows do,
// and the queries, whose faults wait for a row.
func (u *upsert) fold(r *run) error {
	r.ahead = nil
	for _, a := range u.set {
		if !a.fixed && !a.ahead {
			continue
		}
		v, err := r.value(a.x)
		switch {
		case a.fixed && err != nil:
			return err
		case a.ahead && r.ahead == nil:
			r.ahead = map[int]computedValue{}
			fallthrough
		case a.ahead:
			r.ahead[a.idx] = computedValue{v, err}
		}
	}
	return nil
}

type computedValue struct {
	v   value.Value
	err error
}

func (in *insert) runUpsert(r *run, read [][]value.Value, early bool) (*Result, carry, error) {
	var plans []met
	var fates [][]value.Value
	res := &Result{Cols: in.w.Out}
	for i := range in.count(read) {
		row, err := in.sourced(r, read, i)
		keep, skip := false, false
		if err == nil {
			row, keep, err = in.propose(r, row)
		}
		var m met
		if err == nil && keep {
			m, skip, err = in.decide(r, row)
		}
		switch {
		case err != nil || !keep || skip:
		case r.inTurn(in.target, early):
			if err = in.carry(r, m); err == nil {
				err = r.output(in.target, res, m.row)
			}
		default:
			plans, fates = append(plans, m), append(fates, m.row)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	out := returning{early: early || in.reads, each: func() error { return in.finish(r, res, fates) }}
	out.before()
	return res, func() error {
		for _, m := range plans {
			if err := in.carry(r, m); err != nil {
				return err
			}
		}
		if !in.upsert.nothing {
			r.end(in.rel, "update", r.set)
		}
		r.end(in.rel, "insert", nil)
		return out.after()
	}, nil
}

func (in *insert) carry(r *run, m met) error {
	if m.old == nil {
		return r.insertRow(in.rel, m.row)
	}
	return r.updateRow(in.rel, m.id, m.old, m.row)
}

// decide says what a proposed row becomes.
func (in *insert) decide(r *run, row []value.Value) (m met, skip bool, err error) {
	u, x := in.upsert, r.a.Tx
	if x.seen == nil {
		x.seen = map[string]bool{} // the keys of the rows decided before
	}
	if err := r.constrain(in.rel, row); err != nil {
		return m, true, err
	}
	for _, a := range u.arbiters {
		if a.late {
			f := fault.SQL("55000", "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters")
			f.Schema, f.Table, f.Constraint = in.rel.table.Schema, in.rel.table.Name, a.name
			return m, true, f
		}
		id, old, err := in.meets(r, a, row)
		if err != nil {
			return m, true, err
		}
		if old == nil && id == 0 {
			continue
		}
		if u.nothing {
			return m, true, nil
		}
		if old == nil {
			return m, true, fault.SQL("21000", "ON CONFLICT DO UPDATE command cannot affect row a second time").
				WithHint("Ensure that no rows proposed for insertion within the same command have duplicate constrained values.")
		}
		m, skip, err = in.update(r, met{row: row, old: old, id: id})
		if err == nil && !skip {
			in.claim(x, m)
		}
		return m, skip, err
	}
	m = met{row: row}
	in.claim(x, m)
	return m, false, nil
}

// meets looks for the row that has the proposed row's key: one that is there, or, with
// an id and no row, one that this statement made.
func (in *insert) meets(r *run, a arbiter, row []value.Value) (id int64, old []value.Value, err error) {
	key, whole := a.key(in.rel, row)
	if ours, decided := r.a.Tx.seen[key]; whole && decided {
		if ours {
			return -1, nil, nil
		}
		return 0, nil, nil // the row that had it has another by now
	}
	return r.probe(in.rel, a, row)
}

// claim remembers the keys that a decided row takes and gives up.
func (in *insert) claim(x *Tx, m met) {
	for _, a := range in.upsert.arbiters {
		if m.old != nil {
			if key, whole := a.key(in.rel, m.old); whole {
				x.seen[key] = false
			}
		}
		if key, whole := a.key(in.rel, m.row); whole {
			x.seen[key] = true
		}
	}
}

// key is the row's value of the arbiter; rows with a NULL in it conflict with none.
func (a *arbiter) key(rel *relation, row []value.Value) (string, bool) {
	var b strings.Builder
	b.WriteString(strconv.Itoa(rel.table.ID) + a.name)
	for _, c := range a.cols {
		if c < 0 || row[c].IsNull() {
			return "", false
		}
		k := value.Key(rel.cols[c].Type, row[c])
		b.WriteString("\x00" + strconv.Itoa(len(k)) + ":" + k)
	}
	return b.String(), true
}

// update is the DO UPDATE branch for one row.
func (in *insert) update(r *run, m met) (_ met, skip bool, err error) {
	u := in.upsert
	excluded := in.w.Conflict.Excluded
	err = r.withRow(excluded, m.row, func() error {
		return r.withRow(u.existing, m.old, func() error {
			if skip, err = in.unwanted(r); skip || err != nil {
				return err
			}
			m.row, skip, err = in.updated(r, m.old)
			return err
		})
	})
	return m, skip, err
}

// unwanted asks WHERE and the policies about the row that is met: WHERE leaves it
// alone, a policy refuses the statement.
func (in *insert) unwanted(r *run) (bool, error) {
	if in.upsert.where != nil {
		v, err := r.value(*in.upsert.where)
		if err != nil || !v.True() {
			return true, err
		}
	}
	return false, in.upsert.touch.ask(r)
}

func (in *insert) updated(r *run, old []value.Value) (row []value.Value, skip bool, err error) {
	row = append([]value.Value(nil), old...)
	for _, a := range in.upsert.set {
		if row[a.idx], err = r.assigned(in.rel, a); err != nil {
			return nil, false, err
		}
	}
	row, keep, err := r.before(in.rel, "update", old, row)
	if err != nil || !keep {
		return nil, true, err
	}
	if err := r.generate(in.rel, row); err != nil {
		return nil, false, err
	}
	if err := r.admit(in.upsert.checks, in.fresh, row); err != nil {
		return nil, false, err
	}
	return row, false, r.constrain(in.rel, row)
}

func (r *run) assigned(rel *relation, a assign) (value.Value, error) {
	if a.def {
		return r.defaultOf(rel, a.idx)
	}
	if a.ahead {
		return r.ahead[a.idx].v, r.ahead[a.idx].err
	}
	return r.value(a.x)
}

// probe looks for the row that has the proposed row's key.
func (r *run) probe(rel *relation, a arbiter, row []value.Value) (id int64, old []value.Value, err error) {
	err = r.withRow(a.fresh, row, func() error {
		st, err := r.open(a.probe)
		if err != nil {
			return err
		}
		defer st.Release()
		more, err := st.Step()
		if err != nil || !more {
			return lite.Fault(err)
		}
		id = st.ColumnInt(0)
		old, err = heap.Load(st, 1, rel.cols)
		return err
	})
	return id, old, err
}
