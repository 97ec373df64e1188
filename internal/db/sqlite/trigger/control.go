package trigger

import (
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/plpgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// caseVar holds the argument of CASE; no identifier can be spelled so.
const caseVar = "case argument"

func (fr *frame) caseMatches(st *plpgsql.Case, arg int, cond pgsql.Expr) (bool, error) {
	if st.Arg == nil {
		return fr.truth(cond)
	}
	t := fr.slots[arg].t
	v, err := fr.eval(cond, t)
	if err != nil || v.IsNull() || fr.slots[arg].val.IsNull() {
		return false, err
	}
	return value.Equal(t, fr.slots[arg].val, v), nil
}

func (fr *frame) exit(st *plpgsql.Exit) (flow, error) {
	if st.When != nil {
		ok, err := fr.truth(st.When)
		if err != nil || !ok {
			return flow{}, err
		}
	}
	if st.Continue {
		return flow{continued, st.Label}, nil
	}
	return flow{exited, st.Label}, nil
}

// turn runs a loop's body once. again says whether the loop goes on; else f is the
// loop's own outcome.
func (fr *frame) turn(label string, body []plpgsql.Stmt) (again bool, f flow, err error) {
	if err := fr.step(); err != nil {
		return false, flow{}, err
	}
	f, err = fr.list(body)
	if err != nil {
		return false, f, err
	}
	mine := f.label == "" || f.label == label
	switch {
	case f.outcome == ended, f.outcome == continued && mine:
		return true, flow{}, nil
	case f.outcome == exited && mine:
		return false, flow{}, nil
	}
	return false, f, nil
}

func (fr *frame) loop(st plpgsql.Stmt) (flow, error) {
	slots, names := fr.mark()
	defer fr.back(slots, names)
	switch st := st.(type) {
	case *plpgsql.Loop:
		return fr.forever(st.Label, st.Body, nil)
	case *plpgsql.While:
		return fr.forever(st.Label, st.Body, st.Cond)
	case *plpgsql.ForInt:
		return fr.forInt(st)
	case *plpgsql.ForQuery:
		return fr.forQuery(st)
	}
	return fr.foreach(st.(*plpgsql.Foreach))
}

func (fr *frame) forever(label string, body []plpgsql.Stmt, cond pgsql.Expr) (flow, error) {
	for {
		if cond != nil {
			ok, err := fr.truth(cond)
			if err != nil || !ok {
				return flow{}, err
			}
		}
		again, f, err := fr.turn(label, body)
		if err != nil || !again {
			return f, err
		}
	}
}

func (fr *frame) forInt(st *plpgsql.ForInt) (flow, error) {
	bounds := [3]int64{0, 0, 1}
	for i, x := range []pgsql.Expr{st.Lo, st.Hi, st.Step} {
		if x == nil {
			continue
		}
		v, err := fr.eval(x, value.TInt4)
		if err != nil {
			return flow{}, err
		}
		if v.IsNull() {
			return flow{}, fault.SQL("22004", "bound of FOR loop cannot be null")
		}
		bounds[i] = v.I
	}
	if bounds[2] <= 0 {
		return flow{}, fault.SQL("22023", "BY value of FOR loop must be greater than zero")
	}
	n := fr.declare(st.Var, value.TInt4, value.Value{})
	if st.Label != "" {
		fr.names = append(fr.names, name{st.Label + "." + st.Var, n})
	}
	found := false
	for i := bounds[0]; ; {
		if !st.Reverse && i > bounds[1] || st.Reverse && i < bounds[1] {
			break
		}
		found = true
		fr.slots[n].val = value.Int(i)
		again, f, err := fr.turn(st.Label, st.Body)
		if err != nil || !again {
			fr.slots[foundSlot].val = value.Truth(found)
			return f, err
		}
		if st.Reverse {
			i -= bounds[2]
		} else {
			i += bounds[2]
		}
	}
	fr.slots[foundSlot].val = value.Truth(found)
	return flow{}, nil
}

func (fr *frame) forQuery(st *plpgsql.ForQuery) (flow, error) {
	count := fr.count
	res, err := fr.loopRows(st)
	if err != nil {
		return flow{}, err
	}
	if st.Cursor == "" {
		fr.count = count // a loop leaves ROW_COUNT alone
	}
	if len(res.Rows) == 0 {
		fr.slots[foundSlot].val = value.Truth(false)
		return flow{}, fr.into(st.Into, res.Cols, nil)
	}
	for _, row := range res.Rows {
		if err := fr.into(st.Into, res.Cols, row); err != nil {
			return flow{}, err
		}
		again, f, err := fr.turn(st.Label, st.Body)
		if err != nil || !again {
			fr.slots[foundSlot].val = value.Truth(true)
			return f, err
		}
	}
	fr.slots[foundSlot].val = value.Truth(true)
	return flow{}, nil
}

// element gives one element of an array to the variables of FOREACH: a row as a whole.
func (fr *frame) element(into []plpgsql.Target, cols []value.Field, x value.Value) error {
	if len(into) > 1 || cols[0].Type.Base().Kind != value.Record {
		return fr.into(into, cols, []value.Value{x})
	}
	n, field, err := fr.place(into[0])
	if err != nil {
		return err
	}
	return fr.put(n, field, x, cols[0].Type)
}

func (fr *frame) foreach(st *plpgsql.Foreach) (flow, error) {
	v, t, err := fr.typed(st.Array)
	if err != nil {
		return flow{}, err
	}
	if t.Base().Kind != value.Array {
		return flow{}, fault.SQL("42804", "FOREACH expression must yield an array, not type %s", t)
	}
	if v.IsNull() {
		return flow{}, fault.SQL("22004", "FOREACH expression must not be null")
	}
	if st.Slice > 0 {
		return flow{}, fault.SQL("0A000", "FOREACH … SLICE needs arrays of several dimensions, which are not supported here")
	}
	cols := []value.Field{{Name: "element", Type: t.Base().Elem}}
	for _, x := range v.L {
		if err := fr.element(st.Into, cols, x); err != nil {
			return flow{}, err
		}
		again, f, err := fr.turn(st.Label, st.Body)
		if err != nil || !again {
			fr.slots[foundSlot].val = value.Truth(true)
			return f, err
		}
	}
	fr.slots[foundSlot].val = value.Truth(len(v.L) > 0)
	return flow{}, nil
}
