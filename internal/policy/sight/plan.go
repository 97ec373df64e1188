package sight

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/policy"
	"github.com/plinth-dev/plinth/internal/value"
)

// Plan is what a role may see of a table's rows.
type Plan struct {
	Table *catalog.Table
	// Open says that no policy concerns the role.
	Open bool
	// Reason is why the policies can't be computed in memory, "" where they can.
	Reason string
	// Reads are the tables that the policies look into.
	Reads []*Read
	// Routes are alternatives: a row is seen only where one of them leads to the person.
	// nil says that any row may be seen by anybody.
	Routes []*Route

	rel   *bind.Rel
	slots []eval.Program
	types []*value.Type
	cond  eval.Program
	cols  []bool
	reads map[*bind.Rel]*Read
}

// Read is a table that a policy reads.
type Read struct {
	Table *catalog.Table
	// Key are the columns by which rows are looked up, none for all of them; Cols are
	// those that are needed. Both are indexes of Table.Columns.
	Key, Cols []int
	// Narrow are columns, as indexes of Cols, that must equal something of the person:
	// among the rows of a key they tell apart those of many people.
	Narrow []int

	keys, narrow []eval.Program // what the columns must equal, in the order of Key and Narrow
}

// Route is an equality that holds for each row that a person sees: of the column Col
// with what the person's slots give, or with what Via finds.
type Route struct {
	Col  int
	Slot int // of the person; -1 where Const says it
	Via  *Via
	// Const is what the column equals for everybody.
	Const value.Value
}

// Via leads from a row to people through a table: of its rows whose key equals the
// column, column Col (an index of Read.Cols) equals the person's slot.
type Via struct {
	Read *Read
	Col  int
}

// Rows yields the rows of a Read whose key columns equal key, each with the columns
// Read.Cols; it may leave out those whose Narrow columns do not equal narrow. A row is
// not kept.
type Rows func(r *Read, key, narrow []value.Value, yield func(row []value.Value) bool) error

// Compile makes the plan of a role for a table. readable says whether a table's rows
// can be kept from the feed.
func Compile(cat *catalog.Catalog, t *catalog.Table, role string, readable func(*catalog.Table) bool) *Plan {
	p := &Plan{Table: t, cols: make([]bool, len(t.Columns)), reads: map[*bind.Rel]*Read{}}
	if policy.Bypasses(cat, role, t) {
		p.Open = true
		return p
	}
	p.rel = tableRel(t)
	q := &bind.Query{From: []bind.From{p.rel}}
	cfg := policy.Config{Bind: &bind.Config{Catalog: cat, SearchPath: []string{"public", "extensions"}}, Role: role}
	if err := policy.SecureQuery(cfg, q); err != nil {
		p.Reason = err.Error()
		return p
	}
	c := &compiler{plan: p, readable: readable}
	p.Reason = c.compile(p.rel.Filter)
	if p.Reason != "" {
		p.Routes, p.Reads = nil, nil
	}
	return p
}

func tableRel(t *catalog.Table) *bind.Rel {
	r := &bind.Rel{Kind: bind.RelTable, Alias: t.Name, Table: t}
	for _, c := range t.Columns {
		r.Cols = append(r.Cols, value.Field{Name: c.Name, Type: c.Type})
	}
	return r
}

// Slots computes what the plan needs to know of a person.
func (p *Plan) Slots(env *builtin.Env) ([]value.Value, error) {
	if len(p.slots) == 0 {
		return nil, nil
	}
	ctx := &eval.Ctx{Env: env}
	out := make([]value.Value, len(p.slots))
	for i, s := range p.slots {
		v, err := s(ctx)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// AppendSlots appends a key of slots: people with the same key see the same rows.
func (p *Plan) AppendSlots(dst []byte, slots []value.Value) []byte {
	for i, v := range slots {
		k := value.Key(p.types[i], v)
		dst = append(dst, byte(len(k)), byte(len(k)>>8), byte(len(k)>>16))
		dst = append(dst, k...)
	}
	return dst
}

// Needs reports whether the policies read a column of the row.
func (p *Plan) Needs(col int) bool { return p.cols[col] }

// Look is a row that people are to be shown. It belongs to one goroutine.
type Look struct {
	p   *Plan
	ctx eval.Ctx
}

// At looks at a row. env is the moment and the role.
func (p *Plan) At(env *builtin.Env, row []value.Value, rows Rows) *Look {
	l := &Look{p: p}
	l.ctx = eval.Ctx{
		Env: env,
		Row: func(rel *bind.Rel) []value.Value {
			if rel == p.rel {
				return row
			}
			return nil
		},
		Rows: func(c *eval.Ctx, rel *bind.Rel, yield func([]value.Value) bool) error {
			r := p.reads[rel]
			key, err := valuesOf(c, r.keys)
			if err != nil || key == nil {
				return err // nothing equals NULL
			}
			narrow, err := valuesOf(c, r.narrow)
			if err != nil || narrow == nil {
				return err
			}
			return rows(r, key, narrow, yield)
		},
	}
	return l
}

// valuesOf is nil where one of them is NULL.
func valuesOf(c *eval.Ctx, list []eval.Program) ([]value.Value, error) {
	out := make([]value.Value, len(list))
	for i, p := range list {
		v, err := p(c)
		if err != nil || v.IsNull() {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// Sees reports whether a person with these slots sees the row.
func (l *Look) Sees(slots []value.Value) (bool, error) {
	if l.p.Open {
		return true, nil
	}
	l.ctx.Params = slots
	v, err := l.p.cond(&l.ctx)
	return err == nil && v.True(), err
}

// KeyType returns the type of key column i.
func (r *Read) KeyType(i int) *value.Type { return r.Table.Columns[r.Key[i]].Type }

// NarrowType returns the type of narrowing column i.
func (r *Read) NarrowType(i int) *value.Type { return r.Table.Columns[r.Cols[r.Narrow[i]]].Type }
