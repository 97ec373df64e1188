package trigger

import (
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/plpgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// outcome says how a list of statements ended.
type outcome uint8

const (
	ended    outcome = iota // at its end
	returned                // by RETURN
	exited                  // by EXIT, of the loop or block named by frame.label
	continued
)

// flow is an outcome with the label that it is for, "" for the innermost loop.
type flow struct {
	outcome
	label string
}

// block runs a block with its variables and handlers.
func (fr *frame) block(b *plpgsql.Block) (outcome, error) {
	f, err := fr.nested(b)
	if err == nil && (f.outcome == exited || f.outcome == continued) {
		return ended, nil
	}
	return f.outcome, err
}

func (fr *frame) nested(b *plpgsql.Block) (flow, error) {
	slots, names := fr.mark()
	defer fr.back(slots, names)
	if err := fr.declared(b); err != nil {
		return flow{}, err
	}
	var f flow
	var err error
	if len(b.Handlers) > 0 {
		f, err = fr.guarded(b)
	} else {
		f, err = fr.list(b.Body)
	}
	if f.outcome == exited && f.label != "" && f.label == b.Label {
		f = flow{}
	}
	return f, err
}

func (fr *frame) list(body []plpgsql.Stmt) (flow, error) {
	for _, st := range body {
		if err := fr.step(); err != nil {
			return flow{}, err
		}
		f, err := fr.stmt(st)
		if err != nil || f.outcome != ended {
			return f, err
		}
	}
	return flow{}, nil
}

// stmt runs one statement.
func (fr *frame) stmt(st plpgsql.Stmt) (flow, error) {
	switch st := st.(type) {
	case *plpgsql.Block:
		return fr.nested(st)
	case *plpgsql.If:
		return fr.branch(st)
	case *plpgsql.Case:
		return fr.choose(st)
	case *plpgsql.Loop, *plpgsql.While, *plpgsql.ForInt, *plpgsql.ForQuery, *plpgsql.Foreach:
		return fr.loop(st)
	case *plpgsql.Exit:
		return fr.exit(st)
	case *plpgsql.Return:
		return flow{outcome: returned}, fr.ret(st)
	}
	return flow{}, fr.plain(st)
}

// plain runs a statement that always goes on to the next.
func (fr *frame) plain(st plpgsql.Stmt) error {
	switch st := st.(type) {
	case *plpgsql.Assign:
		return fr.assign(st)
	case *plpgsql.Raise:
		return fr.raise(st)
	case *plpgsql.Perform:
		_, err := fr.run(st.Query)
		return err
	case *plpgsql.SQL:
		return fr.sql(st)
	case *plpgsql.Execute:
		return fr.execute(st)
	case *plpgsql.ReturnNext:
		return fr.returnNext(st)
	case *plpgsql.ReturnQuery:
		return fr.returnQuery(st)
	case *plpgsql.Diagnostics:
		return fr.diagnostics(st)
	case *plpgsql.Assert:
		return fr.assert(st)
	case *plpgsql.Open:
		return fr.open(st)
	case *plpgsql.Fetch:
		return fr.fetch(st)
	case *plpgsql.Close:
		return fr.close(st)
	case *plpgsql.Null:
		return nil
	}
	return fault.SQL("0A000", "a statement of PL/pgSQL that is not supported here")
}

func (fr *frame) branch(st *plpgsql.If) (flow, error) {
	for _, arm := range st.Arms {
		ok, err := fr.truth(arm.Cond)
		if err != nil {
			return flow{}, err
		}
		if ok {
			return fr.list(arm.Body)
		}
	}
	return fr.list(st.Else)
}

func (fr *frame) choose(st *plpgsql.Case) (flow, error) {
	slots, names := fr.mark()
	defer fr.back(slots, names)
	var arg int
	if st.Arg != nil {
		v, t, err := fr.typed(st.Arg)
		if err != nil {
			return flow{}, err
		}
		if t.Kind == value.Unknown {
			t = value.TText
		}
		arg = fr.declare(caseVar, t, v)
	}
	for _, w := range st.Whens {
		for _, cond := range w.Conds {
			ok, err := fr.caseMatches(st, arg, cond)
			if err != nil {
				return flow{}, err
			}
			if ok {
				return fr.list(w.Body)
			}
		}
	}
	if !st.HasElse {
		return flow{}, fault.SQL("20000", "case not found").WithHint("CASE statement is missing ELSE part.")
	}
	return fr.list(st.Else)
}
