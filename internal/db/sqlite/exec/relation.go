package exec

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec/sight"
	"github.com/plinth-dev/plinth/internal/db/sqlite/heap"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// relation is what a write needs to know of a table. It is compiled once per
// version of the table and shared.
type relation struct {
	table     *catalog.Table
	cols      []value.Field
	row       *bind.Rel // the proposed row, in the expressions below
	defaults  []eval.Program
	generated []eval.Program
	notNull   []bool
	domains   []*domain // per column, nil for none
	checks    []check
	triggers  []*trigger
	keys      []uniqueKey
	store     heap.Store
	actions   []action   // foreign keys that refer here
	parents   []parent   // its own
	late      []*lateKey // unique keys that are held at a statement's end, or later
	key       int        // the column that is SQLite's rowid, or -1
	// For which operations there are triggers: BEFORE of statements, AFTER of any kind,
	// and such as name transition tables.
	before, after, transitions map[string]bool
	steps                      map[string]bool // such as must see each row of a statement written before the next is proposed
	steady                     bool            // a default sees the table as the statement found it
}

// check is a condition with a name.
type check struct {
	name string
	x    eval.Program
}

// domain is the constraints of a column's domain types, innermost first.
type domain struct {
	name    string
	notNull bool
	val     *bind.Rel // its one column is VALUE
	checks  []check
	base    *domain
}

// uniqueKey is a unique index over plain columns or expressions.
type uniqueKey struct {
	name  string
	cols  []int // -1 for an expression
	exprs []pgsql.Expr
	where pgsql.Expr // of a partial index
	late  bool       // deferrable
}

func newRelation(cat *catalog.Catalog, t *catalog.Table) (*relation, error) {
	r := &relation{table: t, row: &bind.Rel{Kind: bind.RelRow, Alias: t.Name, Table: t}}
	for _, c := range t.Columns {
		r.cols = append(r.cols, value.Field{Name: c.Name, Type: c.Type})
	}
	r.row.Cols = r.cols
	b := relationBinder{r: r, cat: cat, cfg: &bind.Config{
		Catalog: cat, SearchPath: []string{"public", "extensions"}, Actor: t.Owner, Rows: map[string]*bind.Rel{t.Name: r.row},
	}}
	b.columns()
	b.constraints()
	b.keys()
	b.triggers()
	r.store = heap.NewStore(t)
	r.actions, r.parents = newActions(cat, t), newParents(t)
	r.late, r.key = newLateKeys(t), -1
	if name := schema.RowKey(t); name != "" {
		r.key = t.Column(name)
	}
	return r, b.err
}

type relationBinder struct {
	r   *relation
	cat *catalog.Catalog
	cfg *bind.Config
	err error
}

// fallback binds a default, which may call functions that see the present, or the table as
// the statement found it.
func (b *relationBinder) fallback(x pgsql.Expr, want *value.Type) eval.Program {
	if x == nil || b.err != nil {
		return nil
	}
	var e bind.Expr
	if e, b.err = bind.Expression(b.cfg, x, want); b.err != nil {
		return nil
	}
	if sight.Present(e) {
		mark(&b.r.steps, "insert")
	}
	b.r.steady = b.r.steady || !sight.Blind(e, b.r.table)
	return eval.Compile(e)
}

// over binds x over the columns of rel.
func (b *relationBinder) over(rel *bind.Rel, x pgsql.Expr, want *value.Type) eval.Program {
	if b.err != nil {
		return nil
	}
	var e bind.Expr
	if e, b.err = bind.Over(b.cfg, rel, x, want); b.err != nil {
		return nil
	}
	return eval.Compile(e)
}

func (b *relationBinder) columns() {
	r := b.r
	n := len(r.table.Columns)
	r.defaults, r.generated = make([]eval.Program, n), make([]eval.Program, n)
	r.notNull, r.domains = make([]bool, n), make([]*domain, n)
	for i, c := range r.table.Columns {
		r.notNull[i] = c.NotNull
		r.domains[i] = b.domain(c.Type)
		switch {
		case c.Generated != nil:
			r.generated[i] = b.over(r.row, c.Generated, c.Type)
		case c.Default != nil:
			r.defaults[i] = b.fallback(c.Default, c.Type)
		default:
			r.defaults[i] = b.domainDefault(c.Type)
		}
	}
}

func (b *relationBinder) domain(t *value.Type) *domain {
	if t.Kind != value.Domain || b.err != nil {
		return nil
	}
	u, ok := b.cat.UserType(nil, pgsql.Ident{Schema: t.Schema, Name: t.Name})
	if !ok {
		return nil
	}
	d := &domain{name: t.Name, notNull: u.NotNull, base: b.domain(t.Elem)}
	d.val = &bind.Rel{Kind: bind.RelRow, Alias: "value", Cols: []value.Field{{Name: "value", Type: t.Base()}}}
	for _, c := range u.Checks {
		d.checks = append(d.checks, check{c.Name, b.over(d.val, c.X, value.TBool)})
	}
	return d
}

func (b *relationBinder) domainDefault(t *value.Type) eval.Program {
	for ; t.Kind == value.Domain; t = t.Elem {
		if u, ok := b.cat.UserType(nil, pgsql.Ident{Schema: t.Schema, Name: t.Name}); ok && u.Default != nil {
			return b.fallback(u.Default, t)
		}
	}
	return nil
}

func (b *relationBinder) constraints() {
	for _, c := range b.r.table.Checks {
		b.r.checks = append(b.r.checks, check{c.Name, b.over(b.r.row, c.X, value.TBool)})
	}
}

func (b *relationBinder) keys() {
	t := b.r.table
	for _, k := range t.Keys {
		u := uniqueKey{name: k.Name, late: k.Deferrable}
		for _, c := range k.Cols {
			u.cols = append(u.cols, t.Column(c))
			u.exprs = append(u.exprs, &pgsql.Column{Parts: []string{c}})
		}
		b.r.keys = append(b.r.keys, u)
	}
	for _, ix := range t.Indexes {
		if !ix.Unique {
			continue
		}
		u := uniqueKey{name: ix.Name, where: ix.Where}
		for _, item := range ix.Items {
			col := -1
			if c, ok := item.X.(*pgsql.Column); ok {
				col = t.Column(c.Parts[len(c.Parts)-1])
			}
			u.cols = append(u.cols, col)
			u.exprs = append(u.exprs, item.X)
		}
		b.r.keys = append(b.r.keys, u)
	}
}

func (b *relationBinder) triggers() {
	for _, tr := range b.r.table.Triggers {
		if tr.Disabled || b.err != nil {
			continue
		}
		var t *trigger
		if t, b.err = newTrigger(b.cat, b.r, tr); b.err == nil {
			b.r.triggers = append(b.r.triggers, t)
			b.r.fires(t)
		}
	}
	for _, t := range b.r.triggers {
		b.r.widen(t)
	}
}

// widen makes UPDATE OF a generated column mean the columns that it is made of; all of
// them where BEFORE triggers may change any.
func (r *relation) widen(t *trigger) {
	for _, c := range t.cols {
		x := r.table.Columns[c].Generated
		if x == nil {
			continue
		}
		if slices.ContainsFunc(r.triggers, func(o *trigger) bool {
			return o.def.ForEachRow && o.def.Timing == "before" && slices.Contains(o.def.Events, "update")
		}) {
			t.cols = nil
			return
		}
		pgsql.Walk(x, func(n pgsql.Node) bool {
			if col, ok := n.(*pgsql.Column); ok {
				t.cols = append(t.cols, r.table.Column(col.Parts[len(col.Parts)-1]))
			}
			return true
		})
	}
}

// computed are the generated columns: an upsert counts as setting them all.
func (r *relation) computed() []int {
	var out []int
	for i, x := range r.generated {
		if x != nil {
			out = append(out, i)
		}
	}
	return out
}

func mark(m *map[string]bool, op string) {
	if *m == nil {
		*m = map[string]bool{}
	}
	(*m)[op] = true
}

func (r *relation) fires(t *trigger) {
	tr := t.def
	for _, op := range tr.Events {
		switch {
		case tr.Timing == "before" && t.fn != nil && tr.ForEachRow:
			mark(&r.steps, op)
		case tr.Timing == "before" && !tr.ForEachRow:
			mark(&r.before, op)
		case tr.Timing == "after":
			mark(&r.after, op)
			if tr.OldTable != "" || tr.NewTable != "" {
				mark(&r.transitions, op)
			}
		}
	}
}
