package exec

import (
	"maps"
	"strings"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/system"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec/portal"
	"github.com/plinth-dev/plinth/internal/db/sqlite/fn"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// maxDepth bounds triggers that fire triggers and functions that call functions.
const maxDepth = 200

// Interpreter runs PL/pgSQL.
type Interpreter interface {
	// Trigger runs a trigger function. keep is false where it returned NULL; row is
	// the row to go on with.
	Trigger(a *Actor, f *catalog.Function, ev *Event) (row []value.Value, keep bool, err error)
	// Call runs a function and returns its rows.
	Call(a *Actor, f *catalog.Function, args []value.Value) (rows [][]value.Value, err error)
	// Do runs a DO block, whose text begins at offset pos of its statement.
	Do(a *Actor, body string, pos int) error
}

// Link is a connection with the functions registered on it.
type Link struct {
	Conn  *lite.Conn
	Funcs *fn.Set
	State *fn.State
}

// Tx is one transaction, on one connection.
type Tx struct {
	Server func(name, role string) (string, bool) // settings of the server
	Link
	Catalog *catalog.Catalog
	Cache   *Cache
	PL      Interpreter
	// Utility carries out REFRESH, and in a migration what changes the schema; nil on
	// a reader.
	Utility func(a *Actor, st pgsql.Stmt) error
	Now     int64 // microseconds
	Random  func([]byte)
	Clock   func() int64
	Done    <-chan struct{} // closed when the caller has given up
	Cursors portal.Set

	settings map[string]string
	acting   map[*db.Session]*db.Session // what SET ROLE made of sessions
	depth    int
	seqs     map[string]int64
	lastSeq  string
	triggers int // how many run inside each other
	ending
	own      rowSet // rows with keys that it made: when one changes again, Postgres asks for all its keys
	deferred []deferred
}

// Setting returns what set_config set in this transaction, or "".
func (x *Tx) Setting(name string) string { return x.settings[strings.ToLower(name)] }

// Actor is somebody acting in a transaction. A security definer function makes
// another one of its owner.
type Actor struct {
	Tx      *Tx
	Session *db.Session
	Role    string
	Path    []string
	Env     *builtin.Env
}

// DefaultPath is the search path of requests.
var DefaultPath = []string{"public", "extensions"}

// Actor returns s as an actor of x.
func (x *Tx) Actor(s *db.Session, path []string) *Actor {
	both := &struct { // in one piece of memory, since every statement needs both
		Actor
		env builtin.Env
	}{Actor: Actor{Tx: x, Session: s, Role: s.Role, Path: path}}
	a := &both.Actor
	a.Env = &both.env
	*a.Env = builtin.Env{
		Role: s.Role, Now: x.Now, Claims: s.Claims, Settings: s.Settings,
		Random: x.Random, Clock: x.Clock, SetSetting: x.set, Sequence: sequences{a},
		TriggerDepth: func() int { return x.triggers },
	}
	if len(x.settings) > 0 {
		a.Env.Settings = merged(s.Settings, x.settings)
	}
	a.Env.Made, a.Env.Server = x.made, x.Server
	if s.Request != nil {
		a.Env.Late = s.Request.Setting
	}
	a.Env.Relation = func(oid int64) (string, bool) { return system.Called(x.Catalog, a.Path, oid) }
	a.Env.RelationID = func(name string) (int64, bool) { return system.Identity(x.Catalog, a.Path, name) }
	if x.Cache != nil && x.Cache.ruledDomains(x.Catalog) {
		a.Env.Domain = a.holds
	}
	a.Env.Zone = Zone(a.Env.Settings["timezone"])
	return a
}

func merged(base, over map[string]string) map[string]string {
	out := make(map[string]string, len(base)+len(over))
	maps.Copy(out, base)
	maps.Copy(out, over)
	return out
}

// set is set_config. Settings end with the transaction, as PostgREST's do.
func (x *Tx) set(name, val string, _ bool) {
	if x.settings == nil {
		x.settings = map[string]string{}
	}
	x.settings[strings.ToLower(name)] = val
}

// made finds a setting of this transaction.
func (x *Tx) made(name string) (string, bool) {
	v, ok := x.settings[name]
	return v, ok
}

// In returns a acting inside f: as its owner where it is a definer function, with
// its search path.
func (a *Actor) In(f *catalog.Function) *Actor {
	out := *a
	env := *a.Env
	if len(a.Tx.settings) > 0 || f.Definer {
		env.Settings = merged(a.Session.Settings, a.Tx.settings)
	}
	if f.Definer {
		out.Role, env.Role = f.Owner, f.Owner
	}
	out.Path, out.Env = f.SearchPath, &env
	if env.Path = out.Path; env.Path == nil {
		env.Path = []string{}
	}
	env.Sequence = sequences{&out}
	return &out
}

// Alive returns a fault once the caller has given up; loops ask it.
func (a *Actor) Alive() error {
	select {
	case <-a.Tx.Done:
		return fault.SQL("57014", "canceling statement due to user request")
	default:
		return nil
	}
}

// Enter counts one level of nesting; leave undoes it.
func (a *Actor) Enter() (leave func(), err error) {
	if a.Tx.depth >= maxDepth {
		return nil, fault.SQL("54001", "stack depth limit exceeded").
			WithHint("A trigger or function seems to call itself without end.")
	}
	a.Tx.depth++
	return func() { a.Tx.depth-- }, nil
}

// eval returns the context in which expressions of a statement are computed.
func (r *run) eval() *eval.Ctx {
	return &eval.Ctx{
		Env: r.a.Env, Params: r.params, Var: r.variable, Row: r.row, Sub: r.sub, User: r.user,
	}
}

// run is one execution of a Prepared.
type run struct {
	a      *Actor
	p      *Prepared
	params []value.Value
	vars   func(n int) value.Value // of the surrounding block
	with   map[int]value.Value
	rows   map[*bind.Rel][]value.Value
	set    []int                 // columns that the running UPDATE assigns, for UPDATE OF
	given  []int                 // columns that the running INSERT gives
	depth  int                   // 1 inside the action of a key
	caller *Actor                // whose statement asked for that
	ahead  map[int]computedValue // what an upsert computed before its rows, by column
	ec     *eval.Ctx
}

func (r *run) variable(n int) value.Value {
	if n >= firstSlot {
		return r.with[n]
	}
	return r.vars(n)
}

func (r *run) row(rel *bind.Rel) []value.Value { return r.rows[rel] }

// user runs a function called in an expression that is evaluated in memory.
func (r *run) user(f *catalog.Function, args []value.Value) (value.Value, error) {
	rows, err := r.a.Call(f, args)
	if err != nil || len(rows) == 0 {
		return value.Value{}, err
	}
	if len(rows[0]) == 1 {
		return rows[0][0], nil
	}
	return value.List(rows[0]), nil
}

// Depth returns how deep triggers and functions are nested.
func (x *Tx) Depth() int { return x.depth }

// Context returns the context in which an expression of a function's body is
// computed in memory.
func (a *Actor) Context(in Input) *eval.Ctx {
	r := &run{a: a, params: in.Params, vars: in.Vars, rows: in.Rows}
	return r.eval()
}
