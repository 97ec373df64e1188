package exec

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/heap"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/db/sqlite/plan"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// Result is the outcome of a statement: rows held in memory, or a live statement.
type Result struct {
	Cols     []value.Field
	Rows     [][]value.Value
	Affected int64
	Proc     *catalog.Function // of CALL
	live     *lite.Stmt
}

// Input is what a statement is run with.
type Input struct {
	Params []value.Value // of the Prepared's types
	Vars   func(n int) value.Value
	Rows   map[*bind.Rel][]value.Value
}

// Run executes p as a, which must have the role that p was compiled for.
func (a *Actor) Run(p *Prepared, in Input) (*Result, error) {
	r := &run{a: a, p: p, params: in.Params, vars: in.Vars, rows: in.Rows}
	if r.rows == nil {
		r.rows = map[*bind.Rel][]value.Value{}
	}
	r.ec = r.eval()
	switch {
	case p.verb != "" && a.Tx.Conn.ReadOnly():
		return nil, fault.SQL("25006", "cannot execute %s in a read-only transaction", p.verb)
	case p.other != nil:
		return &Result{}, p.other(a)
	case p.call != nil:
		return p.call.run(r)
	case len(p.with) > 0, p.write != nil:
		return r.whole()
	}
	st, err := r.open(p.read)
	if err != nil {
		return nil, err
	}
	return &Result{Cols: p.Cols, live: st}, nil
}

// carried runs the statement but for what its end owes.
func (r *run) carried() (*Result, error) {
	if len(r.p.with) > 0 {
		return r.parts()
	}
	res, write, err := r.p.write.run(r, false)
	if err == nil && write != nil {
		err = write()
	}
	return res, err
}

// parts runs a statement of several parts: all read, then those that write do.
func (r *run) parts() (*Result, error) {
	r.with = map[int]value.Value{}
	r.a.Tx.met = map[spot]bool{}
	var writes []carry
	part := func(read *plan.Plan, w writer) (*Result, error) {
		o := *r // the columns that it sets are its own
		o.ec = o.eval()
		if w == nil {
			rows, err := o.collect(read)
			return &Result{Cols: read.Cols, Rows: rows, Affected: int64(len(rows))}, err
		}
		res, write, err := w.run(&o, true)
		if write != nil {
			writes = append(writes, write)
		}
		return res, err
	}
	with := func(last bool) error {
		for _, w := range r.p.with {
			if w.last != last {
				continue
			}
			res, err := part(w.read, w.write)
			if err != nil {
				return err
			}
			r.with[w.slot] = list(res.Rows)
		}
		return nil
	}
	if err := with(false); err != nil {
		return nil, err
	}
	res, err := part(r.p.read, r.p.write)
	if err == nil {
		err = with(true)
	}
	for _, write := range writes {
		if err == nil {
			err = write()
		}
	}
	return res, err
}

func list(rows [][]value.Value) value.Value {
	out := make([]value.Value, len(rows))
	for i, row := range rows {
		out[i] = value.List(row)
	}
	return value.List(out)
}

// takes claims a row for a part of the statement: of two that change one row, only the
// first does.
func (x *Tx) takes(at spot) bool {
	if x.met == nil {
		return true
	}
	had := x.met[at]
	x.met[at] = true
	return !had
}

// returning is RETURNING, computed before the rows are written where it reads tables,
// which it sees as they were. Its fault comes behind those of the writing all the same.
type returning struct {
	early bool
	each  func() error
	err   error
}

func (o *returning) before() {
	if o.early {
		o.err = o.each()
	}
}

func (o *returning) after() error {
	if o.early {
		return o.err
	}
	return o.each()
}

// open prepares and binds a plan's statement. The caller releases it.
func (r *run) open(p *plan.Plan) (*lite.Stmt, error) { return r.prefixed("", p) }

// prefixed prepares a query behind a prefix.
func (r *run) prefixed(prefix string, p *plan.Plan) (*lite.Stmt, error) {
	ready, err := p.Prepare(r.ec)
	if err != nil {
		return nil, err
	}
	x := r.a.Tx
	x.State.Env, x.State.Raised = r.a.Env, ready.Raised
	x.State.Call, x.State.Rows = r.user, r.a.Call
	if err := x.Funcs.Ensure(ready.Needs); err != nil {
		return nil, lite.Fault(err)
	}
	st, err := x.Conn.Prepare(prefix + ready.SQL)
	if err != nil {
		return nil, lite.Fault(err)
	}
	for i, v := range ready.Args {
		heap.Bind(st, i+1, v, ready.Blobs != nil && ready.Blobs[i])
	}
	return st, nil
}

// collect runs a plan to its end.
func (r *run) collect(p *plan.Plan) ([][]value.Value, error) {
	st, err := r.open(p)
	if err != nil {
		return nil, err
	}
	defer st.Release()
	var out [][]value.Value
	var held Held
	for {
		more, err := st.Step()
		if err != nil {
			return nil, lite.Fault(err)
		}
		if !more {
			return out, nil
		}
		row, err := heap.Load(st, 0, p.Cols)
		if err == nil {
			err = held.Add(row)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, row)
	}
}

// Collect reads a live result into memory and frees its statement.
func (res *Result) Collect() error {
	if res.live == nil {
		return nil
	}
	st := res.live
	res.live = nil
	defer st.Release()
	var held Held
	for {
		more, err := st.Step()
		if err != nil {
			return lite.Fault(err)
		}
		if !more {
			res.Affected = int64(len(res.Rows))
			return nil
		}
		row, err := heap.Load(st, 0, res.Cols)
		if err == nil {
			err = held.Add(row)
		}
		if err != nil {
			return err
		}
		res.Rows = append(res.Rows, row)
	}
}

// sub computes a subquery of an expression that is evaluated in memory.
func (r *run) sub(s *bind.Sub) (value.Value, error) {
	p, err := r.a.Tx.Cache.subplan(s, r.plan)
	if err != nil {
		return value.Value{}, err
	}
	rows, err := r.collect(p)
	if err != nil || len(rows) == 0 {
		return value.Value{}, err
	}
	return rows[0][0], nil
}

func (r *run) plan(q *bind.Query) (*plan.Plan, error) {
	return plan.Query(plan.Config{Catalog: r.a.Tx.Catalog}, q)
}
