package trigger

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/plpgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// Interpreter runs PL/pgSQL. It has no state and may be shared.
type Interpreter struct{}

// Trigger runs a trigger function for one event.
func (Interpreter) Trigger(a *exec.Actor, f *catalog.Function, ev *exec.Event) ([]value.Value, bool, error) {
	fr, body, err := newFrame(a, f)
	if err != nil {
		return nil, false, err
	}
	fr.event = ev
	row := ev.Table.RowType()
	fr.declare("new", row, record(ev.New))
	fr.declare("old", row, record(ev.Old))
	for _, v := range facts(ev) {
		fr.declare(v.name, v.t, v.val)
	}
	fr.transitions(ev)
	done, err := fr.block(body)
	if err != nil {
		return nil, false, err
	}
	if done != returned {
		return nil, false, fault.SQL("2F005", "control reached end of trigger procedure without RETURN")
	}
	return fr.row, fr.row != nil, nil
}

func record(row []value.Value) value.Value {
	if row == nil {
		return value.Value{}
	}
	return value.List(append([]value.Value(nil), row...))
}

type fact struct {
	name string
	t    *value.Type
	val  value.Value
}

// facts are the TG_ variables.
func facts(ev *exec.Event) []fact {
	level := "STATEMENT"
	if ev.Trigger.ForEachRow {
		level = "ROW"
	}
	args := make([]value.Value, len(ev.Trigger.Args))
	for i, s := range ev.Trigger.Args {
		args[i] = value.Str(s)
	}
	text := func(name, s string) fact { return fact{name, value.TText, value.Str(s)} }
	return []fact{
		text("tg_op", strings.ToUpper(ev.Op)), text("tg_name", ev.Trigger.Name),
		text("tg_when", strings.ToUpper(ev.Trigger.Timing)), text("tg_level", level),
		text("tg_table_name", ev.Table.Name), text("tg_relname", ev.Table.Name), text("tg_table_schema", ev.Table.Schema),
		{"tg_nargs", value.TInt4, value.Int(int64(len(args)))},
		{"tg_argv", value.ArrayOf(value.TText), value.List(args)},
		{"tg_relid", value.TOID, value.Int(int64(ev.Table.ID))},
	}
}

// Call runs a function and returns its rows: one column for a scalar result.
func (Interpreter) Call(a *exec.Actor, f *catalog.Function, args []value.Value) ([][]value.Value, error) {
	fr, body, err := newFrame(a, f)
	if err != nil {
		return nil, err
	}
	fr.arguments(args)
	done, err := fr.block(body)
	if err != nil {
		return nil, err
	}
	return fr.result(done)
}

// Do runs a DO block. It is parsed each time: it runs once.
func (Interpreter) Do(a *exec.Actor, body string, pos int) error {
	f := &catalog.Function{Name: "inline_code_block", Language: "plpgsql", Body: body, Returns: value.TVoid, Volatility: "volatile"}
	b, err := plpgsql.Parse(body)
	if err != nil {
		if bad := fault.From(err); bad.Pos > 0 {
			return bad.At(bad.Pos + pos)
		}
		return err
	}
	fr := &frame{a: a, f: f, conflict: b.Conflict}
	fr.declare("found", value.TBool, value.Truth(false))
	_, err = fr.block(b)
	return err
}
