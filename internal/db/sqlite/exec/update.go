package exec

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/db/sqlite/heap"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/db/sqlite/plan"
	"github.com/plinth-dev/plinth/internal/value"
)

// scan reads the rows that an update or delete touches: rowid, the row, and further
// expressions (SET, and what RETURNING needs of other tables).
type scan struct {
	plan  *plan.Plan
	extra []value.Field
}

// touched is one row that a scan found.
type touched struct {
	id    int64
	old   []value.Value
	extra []value.Value
	row   []value.Value // as it will be
}

// update is a compiled UPDATE.
type update struct {
	*target
	scan
	set    []bind.Assign
	checks guards
}

// targets compiles the scan of an update or delete.
func (c *compiler) targets(t *target, extra []bind.Expr) (scan, error) {
	w := t.w
	w.Target.Filter, w.Target.Barrier = t.rules.Using, t.rules.Using != nil || w.Barrier
	switch {
	case w.Within == nil:
	case w.Target.Filter == nil:
		w.Target.Filter = w.Within
	default:
		w.Target.Filter = &bind.Logic{Args: []bind.Expr{w.Target.Filter, w.Within}}
	}
	s := scan{}
	for _, x := range extra {
		s.extra = append(s.extra, value.Field{Type: x.Type()})
	}
	q := scanQuery(w.Target, w.Where)
	q.From = append(q.From, w.From...)
	q.Cols = append(q.Cols[:len(q.Cols):len(q.Cols)], s.extra...)
	for _, x := range extra {
		q.Targets = append(q.Targets, bind.Target{X: x})
	}
	var err error
	s.plan, err = plan.Targets(plan.Config{Catalog: c.cfg.Catalog}, w.Target, q)
	return s, err
}

// scanQuery reads all columns of a table's rel.
func scanQuery(scan *bind.Rel, cond bind.Expr) *bind.Query {
	q := &bind.Query{From: []bind.From{scan}, Where: cond, Cols: scan.Cols}
	for i, f := range scan.Cols {
		q.Targets = append(q.Targets, bind.Target{Name: f.Name, X: &bind.Col{Rel: scan, Idx: i, T: f.Type}})
	}
	return q
}

// rows reads the touched rows; one that joins several others is touched once.
func (s *scan) rows(r *run, rel *relation) ([]touched, error) {
	st, err := r.open(s.plan)
	if err != nil {
		return nil, err
	}
	defer st.Release()
	var out []touched
	seen := map[int64]bool{}
	for {
		more, err := st.Step()
		if err != nil {
			return nil, lite.Fault(err)
		}
		if !more {
			return out, nil
		}
		t := touched{id: st.ColumnInt(0)}
		if seen[t.id] {
			continue
		}
		seen[t.id] = true
		if t.old, err = heap.Load(st, 1, rel.cols); err != nil {
			return nil, err
		}
		if t.extra, err = heap.Load(st, 1+len(rel.cols), s.extra); err != nil {
			return nil, err
		}
		if r.a.Tx.takes(spot{rel.table.ID, t.id}) {
			out = append(out, t)
		}
	}
}

func (c *compiler) update(w *bind.Write) (writer, error) {
	t, err := c.target(w, nil)
	if err != nil {
		return nil, err
	}
	u := &update{target: t, set: w.Set}
	if u.checks, err = c.guards(t.rules.Update); err != nil {
		return nil, err
	}
	var extra []bind.Expr
	for _, a := range w.Set {
		if _, def := a.X.(*bind.Default); !def {
			extra = append(extra, a.X)
		}
	}
	extra = append(extra, c.fromOthers(t)...)
	u.stepwise([]computed{u.checks.computed}, "update")
	u.scan, err = c.targets(t, extra)
	return u, err
}

func (u *update) run(r *run, early bool) (*Result, carry, error) {
	r.set = assigned(u.set)
	found, err := u.rows(r, u.rel) // what triggers do it does not see
	if err == nil {
		err = r.begin(u.rel, "update", r.set)
	}
	if err != nil {
		return nil, nil, err
	}
	res := &Result{Cols: u.w.Out}
	todo := found[:0]
	for _, t := range found {
		keep, err := u.propose(r, &t)
		if err == nil && keep {
			err = r.admit(u.checks, u.fresh, t.row)
		}
		if err == nil && keep {
			err = r.constrain(u.rel, t.row)
		}
		switch {
		case err != nil || !keep:
		case r.inTurn(u.target, early):
			if err = r.updateRow(u.rel, t.id, t.old, t.row); err == nil {
				err = u.outputJoined(r, res, t.row, t.extra)
			}
		default:
			todo = append(todo, t)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	out := returning{early: early || u.reads, each: func() error {
		for _, t := range todo {
			if err := u.outputJoined(r, res, t.row, t.extra); err != nil {
				return err
			}
		}
		return nil
	}}
	out.before()
	return res, func() error {
		for _, t := range todo {
			if err := r.updateRow(u.rel, t.id, t.old, t.row); err != nil {
				return err
			}
		}
		r.end(u.rel, "update", r.set)
		return out.after()
	}, nil
}

func (u *update) propose(r *run, t *touched) (bool, error) {
	row := append([]value.Value(nil), t.old...)
	next := 0
	for _, a := range u.set {
		if _, def := a.X.(*bind.Default); !def {
			row[a.Idx] = t.extra[next]
			next++
			continue
		}
		v, err := r.defaultOf(u.rel, a.Idx)
		if err != nil {
			return false, err
		}
		row[a.Idx] = v
	}
	t.extra = t.extra[next:]
	row, keep, err := r.beforeOf(u.rel, "update", t, row)
	if err != nil || !keep {
		return false, err
	}
	t.row = row
	return true, r.generate(u.rel, row)
}

// remove is a compiled DELETE.
type remove struct {
	*target
	scan
}

func (c *compiler) delete(w *bind.Write) (writer, error) {
	t, err := c.target(w, nil)
	if err != nil {
		return nil, err
	}
	d := &remove{target: t}
	d.stepwise(nil, "delete")
	d.scan, err = c.targets(t, c.fromOthers(t))
	return d, err
}

func (d *remove) run(r *run, early bool) (*Result, carry, error) {
	found, err := d.rows(r, d.rel)
	if err == nil {
		err = r.begin(d.rel, "delete", nil)
	}
	if err != nil {
		return nil, nil, err
	}
	res := &Result{Cols: d.w.Out}
	var gone []touched
	for _, t := range found {
		_, keep, err := r.beforeOf(d.rel, "delete", &t, nil)
		switch {
		case err != nil || !keep:
		case r.inTurn(d.target, early):
			if err = r.deleteRow(d.rel, t.id, t.old); err == nil {
				err = d.outputJoined(r, res, t.old, t.extra)
			}
		default:
			gone = append(gone, t)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	for _, t := range gone {
		if err := d.outputJoined(r, res, t.old, t.extra); err != nil {
			return nil, nil, err
		}
	}
	return res, func() error {
		for _, t := range gone {
			if err := r.deleteRow(d.rel, t.id, t.old); err != nil {
				return err
			}
		}
		r.end(d.rel, "delete", nil)
		return nil
	}, nil
}

// fromOthers lists the columns of other tables that RETURNING reads. In RETURNING
// they become columns of a row given from outside.
func (c *compiler) fromOthers(t *target) []bind.Expr {
	if len(t.w.From) == 0 || len(t.ret) == 0 {
		return nil
	}
	j := &joined{rel: &bind.Rel{Kind: bind.RelRow, Alias: "joined"}, at: map[[2]any]int{}, own: map[*bind.Rel]bool{}}
	for _, f := range t.w.From {
		j.own.add(f)
	}
	for i := range t.ret {
		x := bind.Rewrite(t.ret[i].x, j.move)
		t.ret[i], c.failed = c.recompute(x)
	}
	t.others = j.rel
	return j.cols
}

func (c *compiler) recompute(x bind.Expr) (computed, error) {
	out, err := c.compute(x)
	if c.failed != nil {
		err = c.failed
	}
	return out, err
}

// joined gathers columns of other tables.
type joined struct {
	rel  *bind.Rel
	cols []bind.Expr
	at   map[[2]any]int
	own  relSet // those of FROM itself, not of subqueries
}

type relSet map[*bind.Rel]bool

func (s relSet) add(f bind.From) {
	switch f := f.(type) {
	case *bind.Rel:
		s[f] = true
	case *bind.Join:
		s.add(f.L)
		s.add(f.R)
	}
}

func (j *joined) move(x bind.Expr) bind.Expr {
	c, ok := x.(*bind.Col)
	if !ok || !j.own[c.Rel] {
		return x
	}
	key := [2]any{c.Rel, c.Idx}
	i, had := j.at[key]
	if !had {
		i = len(j.cols)
		j.at[key] = i
		j.cols = append(j.cols, c)
		j.rel.Cols = append(j.rel.Cols, value.Field{Name: "joined", Type: c.T})
	}
	return &bind.Col{Rel: j.rel, Idx: i, T: c.T}
}

// outputJoined is output with the columns of other tables at hand.
func (t *target) outputJoined(r *run, res *Result, row, extra []value.Value) error {
	if t.others == nil {
		return r.output(t, res, row)
	}
	return r.withRow(t.others, extra, func() error { return r.output(t, res, row) })
}
