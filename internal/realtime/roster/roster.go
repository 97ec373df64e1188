package roster

import (
	"container/list"
	"context"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/policy/sight"
	"github.com/plinth-dev/plinth/internal/value"
)

// Config bounds a Roster.
type Config struct {
	DB *db.DB
	// MaxRows are held in all, MaxSlice in one slice: a larger one is asked of the
	// database.
	MaxRows, MaxSlice int
	Patience          time.Duration // for loading a slice
}

// recent bounds the changes that are remembered for slices that are loaded after them.
const recent = 1024

// Roster is a set of slices.
type Roster struct {
	cfg    Config
	sets   map[string]*set
	reads  map[*sight.Read]*set
	tables map[int][]*set
	order  *list.List // of *slice, the most recently used first
	held   int        // rows, and one for each slice
	past   []db.Change
	next   int // of past
}

// set is the slices of one table by the same columns.
type set struct {
	table  *catalog.Table
	key    []int
	cols   []int
	pk     []int
	sql    string
	slices map[string]*slice
	rows   map[string]*row
}

type slice struct {
	set  *set
	key  string
	rows []*row
	big  bool
	at   *list.Element
	by   map[*sight.Read]map[string][]*row // its rows by what they are narrowed by; made when it is asked for
}

type row struct {
	pk    string
	vals  []value.Value
	slice *slice
	at    int
}

// New returns an empty Roster.
func New(cfg Config) *Roster {
	r := &Roster{cfg: cfg}
	r.Reset()
	return r
}

// Reset forgets everything: the schema is another one, or changes were missed.
func (r *Roster) Reset() {
	r.sets, r.reads, r.tables = map[string]*set{}, map[*sight.Read]*set{}, map[int][]*set{}
	r.order, r.held = list.New(), 0
	r.past, r.next = nil, 0
}

// Held returns the numbers of rows and of slices.
func (r *Roster) Held() (rows, slices int) { return r.held - r.order.Len(), r.order.Len() }

// Rows yields the rows of a read: see sight.Rows. It loads what it does not have.
func (r *Roster) Rows(ctx context.Context, read *sight.Read, key, narrow []value.Value, yield func([]value.Value) bool) error {
	s := r.set(read)
	var b strings.Builder
	for i, v := range key {
		writeKey(&b, read.KeyType(i), v)
	}
	sl := s.slices[b.String()]
	if sl == nil {
		var err error
		if sl, err = r.load(ctx, s, b.String(), key); err != nil {
			return err
		}
	}
	r.order.MoveToFront(sl.at)
	if sl.big {
		return eval.ErrNeedsDB
	}
	for _, row := range sl.narrowed(read, narrow) {
		if row != nil && !yield(row.vals) { // nil: it left while others were looked up
			break
		}
	}
	return nil
}

// few rows are looked at one by one.
const few = 8

// narrowed returns the rows that narrow may mean.
func (sl *slice) narrowed(read *sight.Read, narrow []value.Value) []*row {
	if len(narrow) == 0 || len(sl.rows) <= few {
		return sl.rows
	}
	by := sl.by[read]
	if by == nil {
		by = make(map[string][]*row, len(sl.rows))
		vals := make([]value.Value, len(read.Narrow))
		for _, x := range sl.rows {
			for i, c := range read.Narrow {
				vals[i] = x.vals[c]
			}
			k := narrowKey(read, vals)
			by[k] = append(by[k], x)
		}
		if sl.by == nil {
			sl.by = map[*sight.Read]map[string][]*row{}
		}
		sl.by[read] = by
	}
	return by[narrowKey(read, narrow)]
}

func narrowKey(read *sight.Read, vals []value.Value) string {
	var b strings.Builder
	for i, v := range vals {
		writeKey(&b, read.NarrowType(i), v)
	}
	return b.String()
}

// writeKey makes keys of several values, none of which is another's beginning.
func writeKey(b *strings.Builder, t *value.Type, v value.Value) {
	k := value.Key(t, v)
	for n := len(k); ; n >>= 7 {
		if n < 0x80 {
			b.WriteByte(byte(n))
			break
		}
		b.WriteByte(byte(n) | 0x80)
	}
	b.WriteString(k)
}

func (s *set) keyOf(cols []int, vals []value.Value) string {
	var b strings.Builder
	for i, c := range cols {
		writeKey(&b, s.table.Columns[c].Type, vals[i])
	}
	return b.String()
}

func (r *Roster) set(read *sight.Read) *set {
	if s := r.reads[read]; s != nil {
		return s
	}
	t := read.Table
	s := &set{table: t, key: read.Key, cols: read.Cols, slices: map[string]*slice{}, rows: map[string]*row{}}
	for _, name := range t.PrimaryKey().Cols {
		s.pk = append(s.pk, t.Column(name))
	}
	s.sql = s.query(r.cfg.MaxSlice + 1)
	if old := r.sets[s.sql]; old != nil {
		s = old
	} else {
		r.sets[s.sql] = s
		r.tables[t.ID] = append(r.tables[t.ID], s)
	}
	r.reads[read] = s
	return s
}

// Apply follows the feed.
func (r *Roster) Apply(c *db.Change) {
	r.remember(c)
	for _, s := range r.tables[c.Table.ID] {
		r.apply(s, c, nil)
	}
}

func (r *Roster) remember(c *db.Change) {
	if len(r.past) < recent {
		r.past = append(r.past, *c)
		return
	}
	r.past[r.next] = *c
	r.next = (r.next + 1) % recent
}

// again applies what was remembered to a slice that was just loaded. Others, which may
// be looked at right now, are left alone.
func (r *Roster) again(sl *slice) {
	for i := range r.past {
		if c := &r.past[(r.next+i)%len(r.past)]; c.Table.ID == sl.set.table.ID {
			r.apply(sl.set, c, sl)
		}
	}
}

// apply changes the slices of a set; only, where given, is the one that it may change.
func (r *Roster) apply(s *set, c *db.Change, only *slice) {
	if c.Op == db.Truncate {
		for _, sl := range s.slices {
			if only == nil || sl == only {
				r.drop(sl)
			}
		}
		return
	}
	if len(c.Old) == len(s.table.Columns) {
		r.remove(s, pick(c.Old, s.pk), only)
	}
	r.remove(s, c.Key, only)
	if c.Op == db.Delete || len(c.New) != len(s.table.Columns) || Gone(c) {
		return
	}
	sl := s.slices[s.keyOf(s.key, pick(c.New, s.key))]
	if sl != nil && !sl.big && (only == nil || sl == only) {
		r.add(sl, s.keyOf(s.pk, c.Key), pick(c.New, s.cols))
	}
}

// Gone reports whether a changed row was gone by the time when a large value of it was
// looked up that the log did not carry. Its end is on its way.
func Gone(c *db.Change) bool {
	for i, unchanged := range c.Unchanged {
		if unchanged && c.New[i].IsNull() && c.Table.Columns[i].Generated == nil {
			return true
		}
	}
	return false
}

func pick(row []value.Value, cols []int) []value.Value {
	out := make([]value.Value, len(cols))
	for i, c := range cols {
		out[i] = row[c]
	}
	return out
}

// remove takes the row of a primary key out.
func (r *Roster) remove(s *set, key []value.Value, only *slice) {
	if len(key) != len(s.pk) {
		return
	}
	if x := s.rows[s.keyOf(s.pk, key)]; x != nil && (only == nil || x.slice == only) {
		r.unlink(x)
	}
}

func (r *Roster) unlink(x *row) {
	sl := x.slice
	sl.by = nil
	last := sl.rows[len(sl.rows)-1]
	sl.rows[x.at], last.at = last, x.at
	sl.rows[len(sl.rows)-1] = nil
	sl.rows = sl.rows[:len(sl.rows)-1]
	delete(sl.set.rows, x.pk)
	r.held--
}

func (r *Roster) add(sl *slice, pk string, vals []value.Value) {
	if old := sl.set.rows[pk]; old != nil {
		r.unlink(old)
	}
	x := &row{pk: pk, vals: vals, slice: sl, at: len(sl.rows)}
	sl.by = nil
	sl.rows = append(sl.rows, x)
	sl.set.rows[pk] = x
	r.held++
}

func (r *Roster) drop(sl *slice) {
	for _, x := range sl.rows {
		delete(sl.set.rows, x.pk)
	}
	r.held -= len(sl.rows) + 1
	sl.rows = nil
	delete(sl.set.slices, sl.key)
	r.order.Remove(sl.at)
}
