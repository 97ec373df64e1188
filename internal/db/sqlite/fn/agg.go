package fn

import (
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// Agg returns a builtin aggregate for resolved types. A distinct one sorts its
// inputs and drops repetitions itself, as Postgres does.
func Agg(f *builtin.Agg, args []*value.Type, ret *value.Type, distinct bool) Need {
	prefix := "a_"
	if distinct {
		prefix = "d_"
	}
	n := name(prefix, f.Name, append(args[:len(args):len(args)], ret)...)
	return Need{Name: n, Register: func(c *lite.Conn, st *State) error {
		return c.CreateAggregate(n, len(args), true, func() lite.Aggregate {
			call := &builtin.Call{Env: st.Env, Args: args, Ret: ret}
			return &aggregate{f: f, call: call, state: f.New(call), distinct: distinct}
		})
	}}
}

type aggregate struct {
	f        *builtin.Agg
	call     *builtin.Call
	state    builtin.AggState
	distinct bool
	rows     [][]value.Value // of a distinct one, or one that had to go back
	failed   bool
}

// Step adds a row.
func (a *aggregate) Step(r lite.Result, in lite.Args) {
	if a.failed {
		return
	}
	row := make([]value.Value, len(a.call.Args))
	for i, t := range a.call.Args {
		v, err := load(in, i, t)
		if err != nil {
			a.fail(r, err)
			return
		}
		if v.IsNull() && i == 0 && !a.f.KeepNulls {
			return
		}
		row[i] = v
	}
	if a.distinct {
		a.rows = append(a.rows, row)
		return
	}
	if err := a.state.Step(row); err != nil {
		a.fail(r, err)
	}
}

func (a *aggregate) fail(r lite.Result, err error) {
	a.failed = true
	r.Error(fault.From(err))
}

// Value gives the result.
func (a *aggregate) Value(r lite.Result) {
	if a.failed {
		return
	}
	if a.distinct {
		if err := a.replay(); err != nil {
			a.fail(r, err)
			return
		}
	}
	v, err := a.state.Final()
	if err != nil {
		a.fail(r, err)
		return
	}
	give(r, a.call.Ret, v)
}

// replay feeds the distinct rows, in order of their first argument, to a new state.
func (a *aggregate) replay() error {
	a.state = a.f.New(a.call)
	sortRows(a.call.Args, a.rows)
	for i, row := range a.rows {
		if i > 0 && compareRows(a.call.Args, a.rows[i-1], row) == 0 {
			continue
		}
		if err := a.state.Step(row); err != nil {
			return err
		}
	}
	return nil
}

var single = Need{Name: SingleName, Register: func(c *lite.Conn, _ *State) error {
	return c.CreateAggregate(SingleName, 1, true, func() lite.Aggregate { return &only{} })
}}

// only keeps the value of a single row and refuses a second one.
type only struct {
	n int
	v value.Value
	b bool // a blob
}

// Step takes the row.
func (o *only) Step(r lite.Result, a lite.Args) {
	if o.n++; o.n > 1 {
		if o.n == 2 {
			r.Error(fault.SQL("21000", "more than one row returned by a subquery used as an expression"))
		}
		return
	}
	o.b = a.Type(0) == lite.Blob
	o.v, _ = load(a, 0, value.TUnknown)
}

// Value gives it back.
func (o *only) Value(r lite.Result) {
	if o.b {
		give(r, value.TBytea, o.v)
		return
	}
	give(r, value.TUnknown, o.v)
}
