package bind

import (
	"slices"
	"strconv"

	"github.com/plinth-dev/plinth/internal/bind/tree"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// maxDepth bounds nesting of expressions, queries, views and inlined functions.
const maxDepth = 1000

// binder is the state of binding one statement.
type binder struct {
	cfg    *Config
	place  place
	params []*value.Type    // resolved so far; nil = not yet
	open   map[int][]*Param // nodes of parameters whose type is not known yet
	pos    map[Expr]pgsql.Pos
	rows   map[*Rel]*value.Type // row types that the Rel itself does not tell
	uses   tree.UseSet
	calls  []*catalog.Function
	depth  int
	stack  []any // views and functions being expanded
}

// place is whose text is being bound, and what it sees beside its own FROM.
type place struct {
	path    []string
	actor   string
	user    string            // current_user inside a definer function, "" for the session's role
	foreign bool              // positions are not the statement's
	fn      *catalog.Function // an SQL function being expanded …
	args    []Expr            // … and its arguments
	outer   bool              // Config.Vars, Params and Rows are visible
}

func newBinder(cfg *Config) *binder {
	return &binder{
		cfg:    cfg,
		place:  place{path: cfg.SearchPath, actor: cfg.Actor, outer: true},
		params: slices.Clone(cfg.Params),
		open:   map[int][]*Param{},
		pos:    map[Expr]pgsql.Pos{},
		rows:   map[*Rel]*value.Type{},
	}
}

// in runs fn in another place.
func (b *binder) in(p place, fn func() error) error {
	old := b.place
	b.place = p
	defer func() { b.place = old }()
	return fn()
}

// deeper counts nesting; the caller defers b.depth--.
func (b *binder) deeper() error {
	b.depth++
	if b.depth > maxDepth {
		return fault.SQL("54001", "stack depth limit exceeded")
	}
	return nil
}

func (b *binder) mark(x Expr, n pgsql.Node) Expr {
	b.pos[x] = n.Position()
	return x
}

func (b *binder) typ(tn pgsql.TypeName) (*value.Type, error) {
	t, err := b.cfg.Catalog.Type(b.place.path, tn)
	if err != nil {
		var f *fault.Error
		if b.place.foreign && asFault(err, &f) {
			return nil, f.At(0)
		}
		return nil, b.at(err, tn)
	}
	return t, nil
}

// param returns $n: a node of the statement's, or the argument of the SQL function
// being expanded.
func (b *binder) param(p *pgsql.Param) (Expr, error) {
	if b.place.fn != nil {
		if p.N < 1 || p.N > len(b.place.args) {
			return nil, b.at(fault.SQL("42P02", "there is no parameter $%d", p.N), p)
		}
		return b.place.args[p.N-1], nil
	}
	if b.place.outer && b.cfg.Vars != nil {
		if n, t, ok := b.cfg.Vars("$" + strconv.Itoa(p.N)); ok {
			return b.mark(&Var{N: n, T: t}, p), nil
		}
	}
	if p.N < 1 || p.N > 65535 {
		return nil, b.at(fault.SQL("42P02", "there is no parameter $%d", p.N), p)
	}
	for len(b.params) < p.N {
		b.params = append(b.params, nil)
	}
	x := &Param{N: p.N, T: b.params[p.N-1]}
	if x.T == nil {
		x.T = value.TUnknown
		b.open[p.N] = append(b.open[p.N], x)
	}
	return b.mark(x, p), nil
}

// setParam gives an unresolved parameter its type, at every place where it stands.
func (b *binder) setParam(p *Param, t *value.Type) {
	t = unmodified(t)
	b.params[p.N-1] = t
	for _, x := range b.open[p.N] {
		x.T = t
	}
	delete(b.open, p.N)
}

// closeParams returns the parameters' types; those that nothing decided are text.
func (b *binder) closeParams() []*value.Type {
	for i, t := range b.params {
		if t == nil {
			b.params[i] = value.TText
			for _, x := range b.open[i+1] {
				x.T = value.TText
			}
		}
	}
	return b.params
}

// readCol notes that a column of rel is read.
func (b *binder) readCol(rel *Rel, cols ...int) {
	if rel.Table == nil || rel.Kind == RelRow {
		return
	}
	b.uses.Add(rel.Table, rel.Actor, "select", cols...)
}

// call notes that a user function is called.
func (b *binder) called(f *catalog.Function) {
	if !slices.Contains(b.calls, f) {
		b.calls = append(b.calls, f)
	}
}
