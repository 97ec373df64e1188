package exec

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/fn"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// routine is a call that is the whole statement: select f(…) or select * from f(…),
// of a function that writes or is procedural. It is run here; functions that only
// read are inlined by the planner instead.
type routine struct {
	fn   *catalog.Function
	args []eval.Program
	cols []value.Field
	pick []int // output columns of the function's row; nil: the whole result as one value
	wide int   // how many columns the function's row has among the tables of a query
}

// routineOf recognises such a statement; nil where it is something else.
func routineOf(cfg *Config, b *bind.Stmt) (*routine, error) {
	q := b.Query
	if b.Proc != nil {
		return procedure(b), nil
	}
	if q == nil || !lone(q) {
		return nil, nil
	}
	rt := &routine{cols: q.Cols}
	var args []bind.Expr
	if len(q.From) == 0 {
		call, ok := q.Targets[0].X.(*bind.UserCall)
		if !ok || len(q.Targets) != 1 {
			return nil, nil
		}
		rt.fn, args = call.Fn, call.Args
	} else {
		rel, ok := q.From[0].(*bind.Rel)
		if !ok || rel.Kind != bind.RelFunc || rel.Func.User == nil || rel.Func.Ordinality {
			return nil, nil
		}
		rt.fn, args, rt.wide = rel.Func.User, rel.Func.Args, len(rel.Cols)
		for _, t := range q.Targets {
			c, ok := t.X.(*bind.Col)
			if !ok || c.Rel != rel {
				return nil, nil
			}
			rt.pick = append(rt.pick, c.Idx)
		}
	}
	if !runs(rt.fn) {
		return nil, nil
	}
	for _, x := range args {
		if eval.NeedsDB(x) {
			return nil, nil
		}
		rt.args = append(rt.args, eval.Compile(x))
	}
	return rt, nil
}

// procedure is CALL: its row is the OUT parameters.
func procedure(b *bind.Stmt) *routine {
	rt := &routine{fn: b.Proc.Fn, cols: b.Proc.Fn.OutCols, pick: make([]int, len(b.Proc.Fn.OutCols))}
	for i := range rt.pick {
		rt.pick[i] = i
	}
	for _, x := range b.Proc.Args {
		rt.args = append(rt.args, eval.Compile(x))
	}
	return rt
}

// lone reports whether q is nothing but one call.
func lone(q *bind.Query) bool {
	return len(q.With) == 0 && q.Op == "" && q.Values == nil && q.Where == nil && len(q.GroupBy) == 0 && q.Having == nil &&
		len(q.OrderBy) == 0 && q.Limit == nil && q.Offset == nil && !q.Distinct && len(q.From) <= 1 && len(q.Targets) > 0
}

// runs reports whether a function is run rather than inlined.
func runs(f *catalog.Function) bool {
	if f.Language != "sql" {
		return true
	}
	if len(f.Stmts) != 1 {
		return true
	}
	sel, ok := f.Stmts[0].(*pgsql.Select)
	if !ok {
		return true
	}
	return changes(sel)
}

func (rt *routine) run(r *run) (*Result, error) {
	args := make([]value.Value, len(rt.args))
	for i, x := range rt.args {
		v, err := x(r.ec)
		if err != nil {
			return nil, err
		}
		args[i] = v
	}
	rows, err := r.a.Call(rt.fn, args)
	if err != nil {
		return nil, err
	}
	if rt.fn.Procedure && len(rt.cols) == 0 {
		return &Result{}, nil
	}
	res := &Result{Cols: rt.cols, Affected: int64(len(rows))}
	if rt.fn.Procedure {
		res.Affected, res.Proc = 0, rt.fn
	}
	for _, row := range rows {
		if err := fn.Fits(rt.fn, row, rt.wide); err != nil {
			return nil, err
		}
		res.Rows = append(res.Rows, rt.shape(row))
	}
	if rows == nil && !rt.fn.SetOf {
		res.Rows, res.Affected = [][]value.Value{make([]value.Value, len(rt.cols))}, 1
	}
	return res, nil
}

func (rt *routine) shape(row []value.Value) []value.Value {
	if rt.pick == nil {
		if len(row) == 1 {
			return row
		}
		return []value.Value{value.List(row)}
	}
	out := make([]value.Value, len(rt.pick))
	for i, c := range rt.pick {
		out[i] = row[c]
	}
	return out
}

// Call runs a function and returns its rows: one column for a scalar result.
func (a *Actor) Call(f *catalog.Function, args []value.Value) ([][]value.Value, error) {
	if !a.Tx.Catalog.CanExecute(a.Role, f) {
		return nil, fault.SQL("42501", "permission denied for function %s", f.Name)
	}
	if f.Strict {
		for _, v := range args {
			if v.IsNull() {
				return nil, nil
			}
		}
	}
	leave, err := a.Enter()
	if err != nil {
		return nil, err
	}
	defer leave()
	if f.Language == "plpgsql" {
		if a.Tx.PL == nil {
			return nil, fault.SQL("0A000", "no interpreter for PL/pgSQL")
		}
		return a.Tx.PL.Call(a.In(f), f, args)
	}
	in := a.In(f)
	return in.callSQL(f, args)
}

// callSQL runs the statements of an SQL function in turn; the last one's rows are
// its result.
func (a *Actor) callSQL(f *catalog.Function, args []value.Value) ([][]value.Value, error) {
	var rows [][]value.Value
	for _, st := range f.Stmts {
		if err := Permitted(f, st); err != nil {
			return nil, err
		}
		p, err := a.prepareBody(f, st)
		if err != nil {
			return nil, err
		}
		res, err := a.Run(p, Input{Vars: func(n int) value.Value { return args[n] }, Params: args})
		if err != nil {
			return nil, err
		}
		if err := res.Collect(); err != nil {
			return nil, err
		}
		rows = res.Rows
	}
	if f.Returns == nil || f.Returns.Kind == value.Void {
		return [][]value.Value{{{}}}, nil
	}
	if !f.SetOf && len(rows) > 1 {
		rows = rows[:1]
	}
	unpack(f, rows)
	return rows, nil
}

// unpack makes rows of the single records that a body like select row(1, 2)::pair
// returns.
func unpack(f *catalog.Function, rows [][]value.Value) {
	if len(f.OutCols) < 2 && len(f.Returns.Base().Fields) < 2 {
		return
	}
	for i, row := range rows {
		if len(row) == 1 && row[0].Tag == value.IsList {
			rows[i] = row[0].L
		}
	}
}

// Permitted refuses statements that change something in a function that is declared
// stable or immutable.
func Permitted(f *catalog.Function, st pgsql.Stmt) error {
	if f.Volatility == "volatile" {
		return nil
	}
	verb := ""
	switch st := st.(type) {
	case *pgsql.Insert:
		verb = "INSERT"
	case *pgsql.Update:
		verb = "UPDATE"
	case *pgsql.Delete:
		verb = "DELETE"
	case *pgsql.Truncate:
		verb = "TRUNCATE TABLE"
	case *pgsql.Select:
		if st.Lock != "" {
			verb = "SELECT " + strings.ToUpper(st.Lock)
		} else if changes(st) {
			verb = "SELECT"
		}
	}
	if verb == "" {
		return nil
	}
	return fault.SQL("0A000", "%s is not allowed in a non-volatile function", verb)
}

// changes reports whether a CTE of the query writes.
func changes(sel *pgsql.Select) bool {
	if sel.With == nil {
		return false
	}
	return slices.ContainsFunc(sel.With.CTEs, func(c pgsql.CTE) bool {
		_, reads := c.Stmt.(*pgsql.Select)
		return !reads
	})
}

type bodyKey struct {
	st   pgsql.Stmt
	role string
	fn   int
}

// prepareBody compiles a statement of a function's body for the role that runs it.
func (a *Actor) prepareBody(f *catalog.Function, st pgsql.Stmt) (*Prepared, error) {
	key := bodyKey{st, a.Role, f.ID}
	if p, ok := a.Tx.Cache.Stmts.Load(key); ok {
		return p.(*Prepared), nil
	}
	cfg := Config{Catalog: a.Tx.Catalog, Cache: a.Tx.Cache, Role: a.Role, Path: a.Path, Vars: argVars(f)}
	for _, arg := range f.InArgs() {
		cfg.Params = append(cfg.Params, arg.Type)
	}
	p, err := Compile(cfg, st)
	if err != nil {
		return nil, err
	}
	a.Tx.Cache.Stmts.Store(key, p)
	return p, nil
}

// argVars finds a function's parameters by name, by function.name, and as $1.
func argVars(f *catalog.Function) func(string) (int, *value.Type, bool) {
	in := f.InArgs()
	return func(name string) (int, *value.Type, bool) {
		for i, arg := range in {
			if arg.Name != "" && (arg.Name == name || f.Name+"."+arg.Name == name) {
				return i, arg.Type, true
			}
		}
		return 0, nil, false
	}
}
