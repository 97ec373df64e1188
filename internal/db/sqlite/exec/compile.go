package exec

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec/sight"
	"github.com/plinth-dev/plinth/internal/db/sqlite/plan"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/policy"
	"github.com/plinth-dev/plinth/internal/value"
)

// Config says for whom and against what a statement is compiled.
type Config struct {
	Catalog *catalog.Catalog
	Cache   *Cache // of the catalogue's version
	Role    string
	Path    []string // search path
	Params  []*value.Type
	// Vars and Rows come from a surrounding PL/pgSQL block or SQL function.
	Vars        func(name string) (n int, t *value.Type, ok bool)
	VarConflict bool
	VarFirst    bool
	Rows        map[string]*bind.Rel
	Tables      map[string]*bind.Rel // a trigger's transition tables
}

func (c *Config) bind() *bind.Config {
	return &bind.Config{
		Catalog: c.Catalog, SearchPath: c.Path, Params: c.Params,
		Vars: c.Vars, VarConflict: c.VarConflict, VarFirst: c.VarFirst, Rows: c.Rows, Tables: c.Tables,
	}
}

func (c *Config) policy() policy.Config {
	return policy.Config{Bind: c.bind(), Role: c.Role}
}

// Prepared is a compiled statement. It is immutable and safe for concurrent use.
type Prepared struct {
	Params []*value.Type
	Cols   []value.Field
	Reads  bool // it writes nothing, and may run on a reader

	role  string
	verb  string   // of a statement that writes
	alone bool     // of the parts of the statement, none sees what another writes
	with  []lifted // CTEs of a statement that writes, run first, in order
	read  *plan.Plan
	write writer
	call  *routine             // select f(…) of a function that is run, not inlined
	other func(a *Actor) error // a statement that is neither
}

// writer is a compiled INSERT, UPDATE or DELETE. run reads and proposes; carry, which
// may be nil, then writes. early asks for what is returned before that, since another
// part of the statement reads it.
type writer interface {
	run(r *run, early bool) (res *Result, write carry, err error)
}

type carry func() error

// lifted is a CTE that is run by itself; its rows become variable slot.
type lifted struct {
	write writer
	read  *plan.Plan
	slot  int
	last  bool // nothing reads it: it is run behind the statement itself
}

// Compile binds, secures and plans a statement.
func Compile(cfg Config, st pgsql.Stmt) (*Prepared, error) {
	if c, err := command(cfg, st); c != nil || err != nil {
		return c, err
	}
	b, err := bind.Statement(cfg.bind(), st)
	if err != nil {
		return nil, err
	}
	if err := policy.CheckPrivileges(cfg.Catalog, cfg.Role, b); err != nil {
		return nil, err
	}
	p := &Prepared{Params: b.Params, role: cfg.Role}
	if p.call, err = routineOf(&cfg, b); err != nil || p.call != nil {
		if err == nil {
			p.Cols = p.call.cols
		}
		return p, err
	}
	if err := policy.Secure(cfg.policy(), b); err != nil {
		return nil, err
	}
	c := &compiler{cfg: &cfg, next: firstSlot}
	return p, c.statement(p, b)
}

// firstSlot keeps the variables of data-modifying CTEs apart from a block's own.
const firstSlot = 1 << 16

// compiler compiles one statement.
type compiler struct {
	cfg    *Config
	with   []lifted
	early  map[int]bool // slots that hold what was read before the first write
	next   int
	asks   []any            // what the statement's parts read …
	writes []*catalog.Table // … and write
	failed error
}

func (c *compiler) statement(p *Prepared, b *bind.Stmt) error {
	var err error
	switch {
	case b.Query != nil:
		if slices.ContainsFunc(b.Query.With, func(cte *bind.CTE) bool { return cte.Write != nil }) {
			c.lift(b.Query, b.Query.With, b.Query.Recursive)
			b.Query.With, p.verb = nil, "SELECT"
		}
		c.asks = append(c.asks, b.Query)
		p.read, err = c.query(b.Query)
		p.Cols = b.Query.Cols
	case b.Write != nil:
		c.lift(b.Write, b.Write.With, b.Write.Recursive)
		b.Write.With, p.verb = nil, strings.ToUpper(b.Write.Command)
		p.write, err = c.writer(b.Write)
		p.Cols = b.Write.Out
	default:
		return fault.SQL("XX000", "a bound statement is empty")
	}
	if err == nil {
		err = c.err()
	}
	p.with, p.alone = c.inOrder(), len(c.writes) == 1
	for _, x := range c.asks {
		p.alone = p.alone && (p.write != nil || sight.Blind(x, c.writes[0])) // a write that is the statement itself comes last
	}
	p.Reads = b.Query != nil && len(c.with) == 0 && !policy.Volatile(b)
	return err
}

func (c *compiler) query(q *bind.Query) (*plan.Plan, error) {
	return plan.Query(plan.Config{Catalog: c.cfg.Catalog}, q)
}

func (c *compiler) writer(w *bind.Write) (writer, error) {
	c.writes = append(c.writes, w.Table)
	if w.Table.Kind == catalog.View {
		return c.instead(w)
	}
	switch w.Command {
	case "insert":
		return c.insert(w)
	case "update":
		return c.update(w)
	case "delete":
		return c.delete(w)
	}
	return nil, fault.SQL("XX000", "unknown command %q", w.Command)
}
