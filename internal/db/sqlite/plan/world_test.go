package plan_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/ddl"
	"github.com/plinth-dev/plinth/internal/db/sqlite/fn"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/db/sqlite/plan"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/policy"
	"github.com/plinth-dev/plinth/internal/value"
)

// world is a catalogue and a SQLite database of the same tables.
type world struct {
	t     testing.TB
	cat   *catalog.Catalog
	conn  *lite.Conn
	set   *fn.Set
	state *fn.State
	plans map[string]*plan.Plan
	call  func(f *catalog.Function, args []value.Value) (value.Value, error)
}

// checker gives views their columns.
type checker struct{}

func (checker) ViewColumns(c *catalog.Catalog, v *catalog.Table) ([]*catalog.Column, error) {
	st, err := bind.Statement(&bind.Config{Catalog: c, SearchPath: v.ViewDef.SearchPath}, v.ViewDef.Query)
	if err != nil {
		return nil, err
	}
	var out []*catalog.Column
	for _, f := range st.Query.Cols {
		out = append(out, &catalog.Column{Name: f.Name, Type: f.Type})
	}
	return out, nil
}
func (checker) CheckTable(*catalog.Catalog, *catalog.Table) error                     { return nil }
func (checker) CheckPolicy(*catalog.Catalog, *catalog.Table, *catalog.Policy) error   { return nil }
func (checker) CheckFunction(*catalog.Catalog, *catalog.Function) error               { return nil }
func (checker) CheckTrigger(*catalog.Catalog, *catalog.Table, *catalog.Trigger) error { return nil }

// newWorld applies a schema and runs rows, in SQLite's SQL and storage forms.
func newWorld(t testing.TB, schema, rows string) *world {
	t.Helper()
	w := &world{t: t, cat: catalog.New(), state: &fn.State{}, plans: map[string]*plan.Plan{}}
	s := &catalog.Session{Role: "postgres", SearchPath: []string{"public"}, Check: checker{}}
	for loc, err := range pgsql.Script(schema) {
		if err != nil {
			t.Fatal(err)
		}
		if w.cat, _, err = ddl.Apply(w.cat, s, loc.Stmt, schema); err != nil {
			t.Fatalf("%s: %v", loc.SQL, err)
		}
	}
	var err error
	w.conn, err = lite.Open(lite.Config{Path: filepath.Join(t.TempDir(), "db"), Mode: lite.ReadWrite})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.conn.Close() })
	if w.set, err = fn.NewSet(w.conn, w.state); err != nil {
		t.Fatal(err)
	}
	for _, s := range w.cat.Schemas {
		for _, tab := range s.Tables {
			if tab.Kind == catalog.Base {
				w.exec(createTable(tab))
			}
		}
	}
	w.exec(rows)
	return w
}

func (w *world) exec(sql string) {
	w.t.Helper()
	if err := w.conn.Exec(sql); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

func createTable(t *catalog.Table) string {
	var cols []string
	for _, c := range t.Columns {
		kind := "text"
		switch c.Type.Base().Kind {
		case value.Bool, value.Int2, value.Int4, value.Int8, value.Timestamptz, value.Timestamp, value.Date, value.Time:
			kind = "integer"
		case value.Float4, value.Float8:
			kind = "real"
		case value.Bytea:
			kind = "blob"
		case value.Numeric:
			kind = "text collate pg_numeric"
		}
		cols = append(cols, fmt.Sprintf("%q %s", c.Name, kind))
	}
	name := t.Schema + "." + t.Name
	for _, k := range t.Keys {
		cols = append(cols, "unique (\""+strings.Join(k.Cols, `", "`)+"\")")
	}
	out := fmt.Sprintf("create table %q (%s);", name, strings.Join(cols, ", "))
	for _, ix := range t.Indexes {
		var items []string
		for _, it := range ix.Items {
			if c, ok := it.X.(*pgsql.Column); ok {
				items = append(items, fmt.Sprintf("%q", c.Parts[len(c.Parts)-1]))
			}
		}
		out += fmt.Sprintf("create index %q on %q (%s);", ix.Name, name, strings.Join(items, ", "))
	}
	return out
}

// actor is who asks.
type actor struct{ role, claims string }

func user(id string) actor {
	return actor{"authenticated", `{"sub":"` + id + `","role":"authenticated"}`}
}

var owner = actor{role: "postgres"}

func (w *world) plan(a actor, sql string) (*plan.Plan, *bind.Stmt, error) {
	key := a.role + "\x00" + sql
	st, err := pgsql.ParseOne(sql)
	if err != nil {
		return nil, nil, err
	}
	cfg := &bind.Config{Catalog: w.cat, SearchPath: []string{"public"}}
	b, err := bind.Statement(cfg, st)
	if err != nil {
		return nil, nil, err
	}
	if p := w.plans[key]; p != nil {
		return p, b, nil
	}
	if err := policy.CheckPrivileges(w.cat, a.role, b); err != nil {
		return nil, nil, err
	}
	if err := policy.Secure(policy.Config{Bind: cfg, Role: a.role}, b); err != nil {
		return nil, nil, err
	}
	p, err := plan.Query(plan.Config{Catalog: w.cat}, b.Query)
	if err == nil {
		w.plans[key] = p
	}
	return p, b, err
}

// run prepares a query and returns its SQL and statement.
func (w *world) run(a actor, sql string, args ...string) (*plan.Plan, *plan.Run, error) {
	p, b, err := w.plan(a, sql)
	if err != nil {
		return nil, nil, err
	}
	ec := &eval.Ctx{Env: &builtin.Env{Role: a.role, Claims: a.claims, Now: 1_700_000_000_000_000}, User: w.call}
	w.state.Call = w.call
	for i, s := range args {
		v, err := value.Parse(b.Params[i], s, value.Env{})
		if err != nil {
			return nil, nil, err
		}
		ec.Params = append(ec.Params, v)
	}
	run, err := p.Prepare(ec)
	if err != nil {
		return nil, nil, err
	}
	w.state.Env, w.state.Raised = ec.Env, run.Raised
	return p, run, w.set.Ensure(run.Needs)
}

// rows returns the result, a line for each row.
func (w *world) rows(a actor, sql string, args ...string) (string, error) {
	p, run, err := w.run(a, sql, args...)
	if err != nil {
		return "", err
	}
	st, err := w.conn.Prepare(run.SQL)
	if err != nil {
		return "", fmt.Errorf("%s: %w", run.SQL, err)
	}
	defer st.Release()
	for i, v := range run.Args {
		bindArg(st, i+1, v)
	}
	var out []string
	for {
		more, err := st.Step()
		if err != nil {
			return "", fault.From(err).WithCause(fmt.Errorf("%s: %w", run.SQL, err))
		}
		if !more {
			return strings.Join(out, "\n"), nil
		}
		var line []byte
		for i, f := range p.Cols {
			if i > 0 {
				line = append(line, '|')
			}
			line = value.AppendStoredJSON(line, f.Type, raw(st, i), nil)
		}
		out = append(out, string(line))
	}
}

func bindArg(st *lite.Stmt, i int, v value.Value) {
	switch v.Tag {
	case value.IsInt:
		st.BindInt(i, v.I)
	case value.IsFloat:
		st.BindFloat(i, v.F)
	case value.IsStr:
		st.BindText(i, v.S)
	default:
		st.BindNull(i)
	}
}

func raw(st *lite.Stmt, i int) value.Value {
	switch st.ColumnType(i) {
	case lite.Int:
		return value.Int(st.ColumnInt(i))
	case lite.Float:
		return value.Float(st.ColumnFloat(i))
	case lite.Null:
		return value.Value{}
	}
	return value.Str(st.ColumnString(i))
}

// explain returns SQLite's plan of a query.
func (w *world) explain(a actor, sql string, args ...string) string {
	w.t.Helper()
	_, run, err := w.run(a, sql, args...)
	if err != nil {
		w.t.Fatal(err)
	}
	st, err := w.conn.Prepare("explain query plan " + run.SQL)
	if err != nil {
		w.t.Fatalf("%s: %v", run.SQL, err)
	}
	defer st.Release()
	for i, v := range run.Args {
		bindArg(st, i+1, v)
	}
	var out []string
	for {
		more, err := st.Step()
		if err != nil {
			w.t.Fatal(err)
		}
		if !more {
			return strings.Join(out, "\n") + "\n-- " + run.SQL
		}
		out = append(out, st.ColumnString(3))
	}
}

// want checks a result.
func (w *world) want(a actor, sql, want string, args ...string) {
	w.t.Helper()
	got, err := w.rows(a, sql, args...)
	if err != nil {
		w.t.Errorf("%s: %v", sql, describe(err))
		return
	}
	if got != want {
		w.t.Errorf("%s as %s\n got %s\nwant %s", sql, a.role, got, want)
	}
}

func (w *world) wantCode(a actor, sql, code string, args ...string) {
	w.t.Helper()
	got, err := w.rows(a, sql, args...)
	if err == nil || fault.CodeOf(err) != code {
		w.t.Errorf("%s: got %q, %v; want %s", sql, got, describe(err), code)
	}
}

func describe(err error) string {
	out := ""
	for e := err; e != nil; {
		out += e.Error() + "; "
		u, ok := e.(interface{ Unwrap() error })
		if !ok {
			break
		}
		e = u.Unwrap()
	}
	return out
}
