package fn

import (
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// Manner is how an aggregate meets its rows.
type Manner string

// A distinct aggregate sorts its inputs and drops repetitions itself, as Postgres
// does; the one of a window frame whose beginning moves takes rows back.
const (
	Plain    Manner = "a_"
	Distinct Manner = "d_"
	Moving   Manner = "m_"
)

// Agg returns a builtin aggregate for resolved types.
func Agg(f *builtin.Agg, args []*value.Type, ret *value.Type, m Manner) Need {
	n := name(string(m), f.Name, append(args[:len(args):len(args)], ret)...)
	return Need{Name: n, Register: func(c *lite.Conn, st *State) error {
		return c.CreateAggregate(n, len(args), true, func() lite.Aggregate {
			call := &builtin.Call{Env: st.Env, Args: args, Ret: ret}
			a := &aggregate{f: f, call: call, state: f.New(call), distinct: m == Distinct}
			if m == Moving {
				return &moving{aggregate: a}
			}
			return a
		})
	}}
}

type aggregate struct {
	f        *builtin.Agg
	call     *builtin.Call
	state    builtin.AggState
	distinct bool
	rows     [][]value.Value // of a distinct one
	failed   bool
}

// Step adds a row.
func (a *aggregate) Step(r lite.Result, in lite.Args) {
	row := a.read(r, in)
	if row == nil {
		return
	}
	if a.distinct {
		a.rows = append(a.rows, row)
		return
	}
	if err := a.state.Step(row); err != nil {
		a.fail(r, err)
	}
}

// read loads the inputs of a row; nil is a row that does not count.
func (a *aggregate) read(r lite.Result, in lite.Args) []value.Value {
	if a.failed {
		return nil
	}
	row := make([]value.Value, len(a.call.Args))
	for i, t := range a.call.Args {
		v, err := load(in, i, t)
		if err != nil {
			a.fail(r, err)
			return nil
		}
		if v.IsNull() && i == 0 && !a.f.KeepNulls {
			return nil
		}
		row[i] = v
	}
	return row
}

// moving is an aggregate over a window frame whose beginning moves. Most states can't
// take a row back, so the rows of the frame are kept, and added up anew where some left.
type moving struct {
	*aggregate
	frame [][]value.Value
	stale bool
}

// Step adds the row at the frame's end.
func (m *moving) Step(r lite.Result, in lite.Args) {
	row := m.read(r, in)
	if row == nil {
		return
	}
	m.frame = append(m.frame, row)
	if m.stale {
		return
	}
	if err := m.state.Step(row); err != nil {
		m.fail(r, err)
	}
}

// Inverse takes the row at the frame's beginning back.
func (m *moving) Inverse(r lite.Result, in lite.Args) {
	if m.read(r, in) == nil || len(m.frame) == 0 {
		return
	}
	m.frame, m.stale = m.frame[1:], true
}

// Value gives the result of the frame.
func (m *moving) Value(r lite.Result) {
	if m.stale && !m.failed {
		m.state, m.stale = m.f.New(m.call), false
		for _, row := range m.frame {
			if err := m.state.Step(row); err != nil {
				m.fail(r, err)
				return
			}
		}
	}
	m.aggregate.Value(r)
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
