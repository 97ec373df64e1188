package exec

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// trigger is a compiled trigger of a relation.
type trigger struct {
	def      *catalog.Trigger
	fn       *catalog.Function
	when     eval.Program
	native   native // where fn is one that Postgres brings along
	old, new *bind.Rel
	cols     []int // UPDATE OF
}

// Event is one firing of a trigger. Old and New are nil where the operation has none.
type Event struct {
	Table    *catalog.Table
	Trigger  *catalog.Trigger
	Op       string // "insert", "update", "delete"
	Old, New []value.Value
	compiled *trigger
	images   *images
}

func newTrigger(cat *catalog.Catalog, r *relation, def *catalog.Trigger) (*trigger, error) {
	t := &trigger{def: def}
	for _, f := range cat.Functions([]string{def.FuncSchema}, pgsql.Ident{Schema: def.FuncSchema, Name: def.Func}) {
		if len(f.InArgs()) == 0 {
			t.fn = f
		}
	}
	if t.fn == nil {
		t.native = natives[def.Func]
	}
	if t.fn == nil && t.native == nil {
		return nil, fault.SQL("42883", "function %s.%s() does not exist", def.FuncSchema, def.Func)
	}
	for _, c := range def.UpdateOf {
		t.cols = append(t.cols, r.table.Column(c))
	}
	t.old = &bind.Rel{Kind: bind.RelRow, Alias: "old", Table: r.table, Cols: r.cols}
	t.new = &bind.Rel{Kind: bind.RelRow, Alias: "new", Table: r.table, Cols: r.cols}
	if def.When == nil {
		return t, nil
	}
	cfg := &bind.Config{Catalog: cat, SearchPath: DefaultPath, Rows: map[string]*bind.Rel{"old": t.old, "new": t.new}}
	x, err := bind.Expression(cfg, def.When, value.TBool)
	if err != nil {
		return nil, err
	}
	t.when = eval.Compile(x)
	return t, nil
}

// matches reports whether an event is one of the trigger's. UPDATE OF is decided by
// the columns that the statement sets, whether their values change or not.
func (t *trigger) matches(timing, op string, set []int) bool {
	if t.def.Timing != timing || !slices.Contains(t.def.Events, op) {
		return false
	}
	if op != "update" || len(t.cols) == 0 {
		return true
	}
	return slices.ContainsFunc(t.cols, func(c int) bool { return slices.Contains(set, c) })
}

func assigned(set []bind.Assign) []int {
	out := make([]int, len(set))
	for i, a := range set {
		out[i] = a.Idx
	}
	return out
}

// before runs the BEFORE triggers of one row, by name. keep is false where one of
// them returned NULL.
func (r *run) before(rel *relation, op string, old, row []value.Value) ([]value.Value, bool, error) {
	return r.rowTriggers("before", &Event{Table: rel.table, Op: op, Old: old, New: row}, rel)
}

// rowTriggers runs the triggers of one timing for the row of ev.
func (r *run) rowTriggers(timing string, ev *Event, rel *relation) ([]value.Value, bool, error) {
	op, old, row := ev.Op, ev.Old, ev.New
	for _, t := range rel.triggers {
		if !t.def.ForEachRow || !t.matches(timing, op, r.set) {
			continue
		}
		out, keep, err := r.fire(&Event{Table: rel.table, Trigger: t.def, Op: op, Old: old, New: row, compiled: t})
		if err != nil || !keep {
			return nil, false, err
		}
		if op != "delete" {
			row = out
		}
	}
	return row, true, nil
}

// fire runs one trigger function, if its condition holds.
func (r *run) fire(ev *Event) (row []value.Value, keep bool, err error) {
	t := ev.compiled
	r.a.Tx.triggers += r.depth // Postgres' own triggers, which cascade, count too
	defer func() { r.a.Tx.triggers -= r.depth }()
	if t.when != nil {
		ok, err := r.holds(ev)
		if err != nil || !ok {
			return ev.New, true, err
		}
	}
	leave, err := r.a.Enter()
	if err != nil {
		return nil, false, err
	}
	defer leave()
	if t.native != nil {
		return t.native(r, ev)
	}
	r.a.Tx.triggers++
	defer func() { r.a.Tx.triggers-- }()
	if r.a.Tx.PL == nil || t.fn.Language != "plpgsql" {
		return nil, false, fault.SQL("0A000", "trigger function %s is written in %s, which triggers can't be here", t.fn.Name, t.fn.Language)
	}
	return r.a.Tx.PL.Trigger(r.a.In(t.fn), t.fn, ev)
}

func (r *run) holds(ev *Event) (bool, error) {
	t := ev.compiled
	var v value.Value
	err := r.withRow(t.old, ev.Old, func() error {
		return r.withRow(t.new, ev.New, func() error {
			var err error
			v, err = t.when(r.ec)
			return err
		})
	})
	return v.True(), err
}
