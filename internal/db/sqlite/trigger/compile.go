package trigger

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// key remembers a compiled node. The shape tells apart the types of variables whose
// type is not fixed: records, and NEW and OLD of different tables.
type key struct {
	node  any
	role  string
	shape string
}

func (fr *frame) key(node any) key {
	if !fr.shapeKnown {
		fr.shape, fr.shapeKnown = fr.shapes(), true
	}
	return key{node: node, role: fr.a.Role, shape: fr.shape}
}

func (fr *frame) shapes() string {
	text := ""
	if ev := fr.event; ev != nil {
		text = ev.Table.Schema + "." + ev.Table.Name + "|" + ev.Trigger.OldTable + "|" + ev.Trigger.NewTable
	}
	for _, s := range fr.slots {
		if s.open || s.shaped {
			text += "|" + shape(s.t)
		}
	}
	return text
}

func shape(t *value.Type) string {
	var b strings.Builder
	for _, f := range t.Fields {
		b.WriteString(f.Name + " " + f.Type.String() + ",")
	}
	return b.String()
}

// compiled is an expression: a program in memory, or a query.
type compiled struct {
	prog  eval.Program
	query *exec.Prepared
	t     *value.Type
}

func (fr *frame) config() exec.Config {
	cfg := exec.Config{Catalog: fr.a.Tx.Catalog, Cache: fr.a.Tx.Cache, Role: fr.a.Role, Path: fr.a.Path, Vars: fr.vars, VarConflict: fr.conflict != "use_column", VarFirst: fr.conflict == "use_variable"}
	if ev := fr.event; ev != nil && fr.images > 0 {
		cfg.Tables = map[string]*bind.Rel{}
		for i, name := range []string{ev.Trigger.OldTable, ev.Trigger.NewTable} {
			if name != "" {
				cfg.Tables[name] = exec.RowsOf(name, ev.Table.RowType(), fr.images+i)
			}
		}
	}
	return cfg
}

// transitions declares the slots that hold the rows of the trigger's transition
// tables; no identifier can be spelled as they are.
func (fr *frame) transitions(ev *exec.Event) {
	if ev.Trigger.OldTable == "" && ev.Trigger.NewTable == "" {
		return
	}
	old, next := ev.Transition()
	rows := value.ArrayOf(ev.Table.RowType())
	fr.images = fr.declare("old table", rows, old)
	fr.declare("new table", rows, next)
}

// expr compiles x; want, where not nil, is the type that an untyped literal takes.
func (fr *frame) expr(x pgsql.Expr, want *value.Type) (*compiled, error) {
	k := fr.key(x)
	if c, ok := fr.a.Tx.Cache.Stmts.Load(k); ok {
		return c.(*compiled), nil
	}
	c, err := fr.compileExpr(x, want)
	if err != nil {
		return nil, err
	}
	fr.a.Tx.Cache.Stmts.Store(k, c)
	return c, nil
}

func (fr *frame) compileExpr(x pgsql.Expr, want *value.Type) (*compiled, error) {
	cfg := fr.config()
	bc := &bind.Config{Catalog: cfg.Catalog, SearchPath: cfg.Path, Vars: cfg.Vars, VarConflict: cfg.VarConflict, VarFirst: cfg.VarFirst, Tables: cfg.Tables}
	if want != nil && want.Kind == value.Record {
		want = nil // records are converted field by field
	}
	e, err := bind.Expression(bc, x, want)
	if want != nil && fault.CodeOf(err) == "42804" {
		e, err = bind.Expression(bc, x, nil) // what is assigned may also go by its text
	}
	if err != nil {
		return nil, err
	}
	if !eval.NeedsDB(e) {
		return &compiled{prog: eval.Compile(e), t: e.Type()}, nil
	}
	p, err := exec.Compile(cfg, &pgsql.Select{Targets: []pgsql.Target{{X: x}}})
	if err != nil {
		return nil, err
	}
	return &compiled{query: p, t: p.Cols[0].Type}, nil
}

// eval computes x as type want, which may be nil for its own.
func (fr *frame) eval(x pgsql.Expr, want *value.Type) (value.Value, error) {
	c, err := fr.expr(x, want)
	if err != nil {
		return value.Value{}, err
	}
	v, err := fr.compute(c)
	if err != nil || want == nil {
		return v, err
	}
	return fr.cast(v, c.t, want)
}

// typed computes x and says its type.
func (fr *frame) typed(x pgsql.Expr) (value.Value, *value.Type, error) {
	c, err := fr.expr(x, nil)
	if err != nil {
		return value.Value{}, nil, err
	}
	v, err := fr.compute(c)
	return v, c.t, err
}

func (fr *frame) input() exec.Input { return exec.Input{Vars: fr.value} }

func (fr *frame) compute(c *compiled) (value.Value, error) {
	if c.prog != nil {
		return c.prog(fr.a.Context(fr.input()))
	}
	res, err := fr.a.Run(c.query, fr.input())
	if err != nil {
		return value.Value{}, err
	}
	if err := res.Collect(); err != nil || len(res.Rows) == 0 {
		return value.Value{}, err
	}
	return res.Rows[0][0], nil
}

// truth computes a condition; NULL is false.
func (fr *frame) truth(x pgsql.Expr) (bool, error) {
	v, err := fr.eval(x, value.TBool)
	return v.True(), err
}

// run executes a statement and collects its rows.
func (fr *frame) run(st pgsql.Stmt) (*exec.Result, error) {
	if err := exec.Permitted(fr.f, st); err != nil {
		return nil, err
	}
	k := fr.key(st)
	p, ok := fr.a.Tx.Cache.Stmts.Load(k)
	if !ok {
		made, err := exec.Compile(fr.config(), st)
		if err != nil {
			return nil, err
		}
		fr.a.Tx.Cache.Stmts.Store(k, made)
		p = made
	}
	return fr.finish(p.(*exec.Prepared), fr.input())
}

func (fr *frame) finish(p *exec.Prepared, in exec.Input) (*exec.Result, error) {
	res, err := fr.a.Run(p, in)
	if err != nil {
		return nil, err
	}
	if err := res.Collect(); err != nil {
		return nil, err
	}
	fr.count = res.Affected
	fr.slots[foundSlot].val = value.Truth(res.Affected > 0)
	return res, nil
}
