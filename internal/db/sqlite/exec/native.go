package exec

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/builtin/textsearch"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// native is a trigger function that Postgres or an extension brings along.
type native func(r *run, ev *Event) (row []value.Value, keep bool, err error)

var natives = map[string]native{
	"moddatetime":                        modDatetime,
	"suppress_redundant_updates_trigger": suppressRedundant,
	"tsvector_update_trigger":            tsvectorUpdate,
}

// Natives lists the trigger functions that need not be written.
func Natives() []string {
	out := make([]string, 0, len(natives))
	for name := range natives {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// modDatetime sets the column that its argument names to the present.
func modDatetime(r *run, ev *Event) ([]value.Value, bool, error) {
	if len(ev.Trigger.Args) != 1 || ev.New == nil {
		return nil, false, fault.SQL("09000", "moddatetime: one argument was expected, for a row that is updated")
	}
	col := ev.Table.Column(ev.Trigger.Args[0])
	if col < 0 {
		return nil, false, fault.SQL("09000", "\"%s\" has no attribute \"%s\"", ev.Table.Name, ev.Trigger.Args[0])
	}
	now, err := value.Cast(value.TTimestamptz, ev.Table.Columns[col].Type, value.Int(r.a.Env.Now), value.Assignment, r.a.Env.Value())
	if err != nil {
		return nil, false, err
	}
	row := slices.Clone(ev.New)
	row[col] = now
	return row, true, nil
}

// suppressRedundant drops an update that changes nothing.
func suppressRedundant(_ *run, ev *Event) ([]value.Value, bool, error) {
	for i := range ev.New {
		if !same(ev.Old[i], ev.New[i]) {
			return ev.New, true, nil
		}
	}
	return nil, false, nil
}

// tsvectorUpdate keeps a tsvector column: its arguments are the column, the
// configuration, and the text columns.
func tsvectorUpdate(r *run, ev *Event) ([]value.Value, bool, error) {
	args := ev.Trigger.Args
	if len(args) < 3 || ev.New == nil {
		return nil, false, fault.SQL("09000", "tsvector_update_trigger: arguments must be tsvector_field, ts_config, text_field1, ...)")
	}
	text := ""
	for _, name := range args[2:] {
		i := ev.Table.Column(name)
		if i < 0 {
			return nil, false, fault.SQL("42703", "column \"%s\" does not exist", name)
		}
		text += " " + ev.New[i].S
	}
	col := ev.Table.Column(args[0])
	if col < 0 {
		return nil, false, fault.SQL("42703", "tsvector column \"%s\" does not exist", args[0])
	}
	vector, err := textsearch.Vector(strings.TrimPrefix(args[1], "pg_catalog."), text)
	if err != nil {
		return nil, false, err
	}
	row := slices.Clone(ev.New)
	row[col] = value.Str(vector)
	return row, true, nil
}
