package plan

import (
	"sync"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/fn"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// Config is what a plan is made against.
type Config struct {
	Catalog *catalog.Catalog
}

// Plan is a compiled query.
type Plan struct {
	// Cols are the result's columns.
	Cols []value.Field

	q        *bind.Query
	scan     *bind.Rel // its rowid comes first in the result
	slots    []slot
	likes    map[*bind.Call]bounds
	logical  []int // slots in the variant key, in its order
	mu       sync.RWMutex
	variants map[string]*variant
}

// variant is the plan's SQL for one outcome of its boolean slots.
type variant struct {
	sql    string
	params []int // slot of each parameter
	needs  []fn.Need
}

// Run is a plan made ready for one request.
type Run struct {
	SQL    string
	Args   []value.Value // in storage form; parameter i+1
	Blobs  []bool        // parameters to bind as BLOB; nil for none
	Needs  []fn.Need
	Raised []error // for fn.State: errors that are raised where a row reaches them
}

// maxVariants bounds what a plan remembers.
const maxVariants = 64

// Query compiles a secured query. The tree belongs to the plan from then on.
func Query(_ Config, q *bind.Query) (*Plan, error) {
	s := newSlotter()
	s.query(q)
	p := newPlan(q, s)
	// Printing once, with nothing folded, finds what is refused.
	if _, err := p.print(nil, nil); err != nil {
		return nil, err
	}
	return p, nil
}

func newPlan(q *bind.Query, s *slotter) *Plan {
	p := &Plan{Cols: q.Cols, q: q, slots: s.slots, likes: s.likes, variants: map[string]*variant{}}
	p.logical = make([]int, s.logical)
	for i := range s.slots {
		n := &s.slots[i]
		if n.logical >= 0 {
			p.logical[n.logical] = i
		}
		if n.x != nil {
			n.prog = eval.Compile(n.x)
		}
	}
	return p
}

// tri is what is known of a condition.
type tri uint8

const (
	open tri = iota // decided per row, in SQL
	yes
	no
	null
	failing // evaluation raised an error
)

// Prepare evaluates the slots for one request and picks the variant.
func (p *Plan) Prepare(ec *eval.Ctx) (*Run, error) {
	e := evaluation{p: p, ec: ec, vals: make([]value.Value, len(p.slots)), done: make([]bool, len(p.slots))}
	var room [maxLogical]byte
	key := room[:0]
	for _, n := range p.logical {
		t, err := e.truth(n)
		if err != nil {
			return nil, err
		}
		key = append(key, byte(t))
	}
	if e.failed != nil {
		return e.reprint(key)
	}
	v, err := p.variant(key)
	if err != nil {
		return nil, err
	}
	run, err := e.bind(v)
	if err == nil && e.failed != nil {
		return e.reprint(key)
	}
	return run, err
}

// variant returns the variant of a key, printing it where it is new.
func (p *Plan) variant(key []byte) (*variant, error) {
	p.mu.RLock()
	v := p.variants[string(key)]
	n := len(p.variants)
	p.mu.RUnlock()
	if v != nil {
		return v, nil
	}
	known := make([]tri, len(key))
	for i, k := range key {
		known[i] = tri(k)
	}
	v, err := p.print(known, nil)
	if err != nil {
		return nil, err
	}
	if n < maxVariants {
		p.mu.Lock()
		p.variants[string(key)] = v
		p.mu.Unlock()
	}
	return v, nil
}

// print makes a variant. Slots in failed raise their error instead of being bound.
func (p *Plan) print(known []tri, failed map[int]int) (*variant, error) {
	pr := newPrinter(p, known, failed)
	sql := pr.top(p.q)
	if pr.err != nil {
		return nil, pr.err
	}
	sql, params := numbered(sql)
	return &variant{sql: sql, params: params, needs: pr.needs}, nil
}

// evaluation is the slots of one request.
type evaluation struct {
	p      *Plan
	ec     *eval.Ctx
	vals   []value.Value
	done   []bool
	failed map[int]int // slot → index in raised
	raised []error
}

// value evaluates a slot once, to its storage form.
func (e *evaluation) value(n int) (value.Value, error) {
	if e.done[n] {
		return e.vals[n], nil
	}
	s := &e.p.slots[n]
	v, err := s.eval(e.ec)
	if err != nil {
		if !s.lazy {
			return value.Value{}, err
		}
		if e.failed == nil {
			e.failed = map[int]int{}
		}
		if _, known := e.failed[n]; !known {
			e.failed[n] = len(e.raised)
			e.raised = append(e.raised, fault.From(err))
		}
	}
	e.done[n], e.vals[n] = true, v
	return v, nil
}

func (e *evaluation) truth(n int) (tri, error) {
	v, err := e.value(n)
	if err != nil {
		return open, err
	}
	if _, bad := e.failed[n]; bad {
		return failing, nil
	}
	switch {
	case v.IsNull():
		return null, nil
	case v.True():
		return yes, nil
	}
	return no, nil
}

func (e *evaluation) bind(v *variant) (*Run, error) {
	r := &Run{SQL: v.sql, Needs: v.needs, Raised: e.raised}
	if len(v.params) == 0 {
		return r, nil
	}
	r.Args = make([]value.Value, len(v.params))
	for i, n := range v.params {
		val, err := e.value(n)
		if err != nil {
			return nil, err
		}
		r.Args[i] = val
		if s := &e.p.slots[n]; s.kind == slotValue && value.StoredBlob(s.t) {
			if r.Blobs == nil {
				r.Blobs = make([]bool, len(v.params))
			}
			r.Blobs[i] = true
		}
	}
	return r, nil
}

// reprint makes a variant in which failed slots raise; it is not remembered.
func (e *evaluation) reprint(key []byte) (*Run, error) {
	known := make([]tri, len(key))
	for i, k := range key {
		known[i] = tri(k)
	}
	v, err := e.p.print(known, e.failed)
	if err != nil {
		return nil, err
	}
	r, err := e.bind(v)
	if err != nil {
		return nil, err
	}
	r.Raised = e.raised
	return r, nil
}

// eval computes a slot's value in its storage form.
func (s *slot) eval(ec *eval.Ctx) (value.Value, error) {
	if s.kind == slotRows {
		return s.rows(ec)
	}
	v, err := s.prog(ec)
	if err != nil {
		return v, err
	}
	switch s.kind {
	case slotLimit:
		return count(v, -1, "2201W", "LIMIT must not be negative")
	case slotOffset:
		return count(v, 0, "2201X", "OFFSET must not be negative")
	case slotPrefix:
		return value.Truth(likePrefix(v.S) != ""), nil
	case slotLow:
		return value.Str(likePrefix(v.S)), nil
	case slotHigh:
		return value.Str(likePrefix(v.S) + "\xff"), nil // no text has this byte
	}
	return value.Store(s.t, v), nil
}

func count(v value.Value, none int64, state, msg string) (value.Value, error) {
	if v.IsNull() {
		return value.Int(none), nil
	}
	if v.I < 0 {
		return v, fault.SQL(state, "%s", msg)
	}
	return v, nil
}

// rows evaluates a set-returning function.
func (s *slot) rows(ec *eval.Ctx) (value.Value, error) {
	args := make([]value.Value, len(s.set.Args))
	for i, x := range s.set.Args {
		v, err := eval.Expr(ec, x)
		if err != nil {
			return v, err
		}
		args[i] = v
	}
	cols := s.cols
	if s.set.Ordinality {
		cols = cols[:len(cols)-1]
	}
	call := &builtin.Call{Env: ec.Env, Args: typesOf(s.set.Args), Ret: fn.RowType(cols), Defs: cols}
	rows, err := fn.SetRows(call, s.set.Set, args)
	if err != nil {
		return value.Value{}, err
	}
	return value.Str(fn.Rows(cols, rows)), nil
}
