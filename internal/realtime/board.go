package realtime

import (
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/policy/sight"
	"github.com/plinth-dev/plinth/internal/value"
)

// board is one table's subscriptions, in groups of those that are sent the same, and
// the ways that lead from a row to groups.
type board struct {
	x      *index
	table  *catalog.Table
	views  map[string]*view // by role
	groups map[string]*group
	all    bucket
	rest   bucket                     // groups that any row may concern
	byCol  map[int]map[string]*bucket // by the value of a column
	byVia  map[*sight.Via]*crossing
	asks   bool // there was a group whose policies only the database can apply
}

// crossing leads to people through another table's rows.
type crossing struct {
	col int // of the row
	to  map[string]*bucket
}

// view is what a role may see of a table.
type view struct {
	plan    *sight.Plan
	cols    []bool
	some    bool
	guarded bool // policies decide
	blind   bool // policies decide, and the key that tells the row can't be seen
}

// group is subscriptions of one kind by people who see the same.
type group struct {
	board *board
	key   string
	view  *view
	who   *actor // one of them
	event string
	terms []boundTerm
	mask  string // of the columns that are sent
	slots []value.Value
	asks  bool // policies that only the database can apply
	subs  []*subscription
	in    []spot
	turn  uint64
}

// place is where a subscription stands in a group, spot where a group stands in a bucket.
type (
	place struct {
		g *group
		i int
	}
	spot struct {
		b *bucket
		i int
	}
	bucket struct {
		groups []*group
		of     map[string]*bucket // where it is, under key; nil for all and rest
		key    string
	}
)

func newBoard(x *index, t *catalog.Table) *board {
	return &board{x: x, table: t, views: map[string]*view{}, groups: map[string]*group{}, byCol: map[int]map[string]*bucket{}, byVia: map[*sight.Via]*crossing{}}
}

// view returns what a role may see.
func (b *board) view(role string) *view {
	if v := b.views[role]; v != nil {
		return v
	}
	cat, t := b.x.cat, b.table
	v := &view{cols: make([]bool, len(t.Columns)), guarded: guarded(cat, t, role)}
	b.views[role] = v
	if cat.Roles[role] == nil || !cat.CanUseSchema(role, t.Schema) {
		return v
	}
	for i, col := range t.Columns {
		v.cols[i] = cat.HasPrivilege(role, t, "select", col.Name)
		v.some = v.some || v.cols[i]
	}
	v.blind = v.guarded && (t.PrimaryKey() == nil || !keySeen(t, v.cols))
	if v.plan = sight.Compile(cat, t, role, inFeed); v.plan.Reason != "" {
		b.x.unreadable(t, role, v.plan.Reason)
	}
	return v
}

// inFeed reports whether the feed has a table's changes: engines leave these schemas out.
func inFeed(t *catalog.Table) bool {
	switch t.Schema {
	case "auth", "vault", "plinth", "extensions", "supabase_migrations", "pg_catalog", "information_schema":
		return false
	}
	return t.Kind == catalog.Base
}

// put adds a subscription to its group.
func (b *board) put(s *subscription) {
	who := s.ch.who.Load()
	v := b.view(who.session.Role)
	if !v.some || v.blind || s.bad != nil {
		return
	}
	var slots []value.Value
	asks := v.plan.Reason != ""
	if !asks {
		var err error
		slots, err = v.plan.Slots(envOf(who, time.Now()))
		asks = err != nil // its policies fail as they would in a query
	}
	key := make([]byte, 0, 128)
	for _, part := range []string{who.session.Role, s.event, s.filter, strings.Join(s.only, "\x01")} {
		key = append(append(key, part...), 0)
	}
	if asks {
		key = append(append(key, 1), who.session.Claims...)
	} else {
		key = v.plan.AppendSlots(append(key, 2), slots)
	}
	g := b.groups[string(key)]
	if g == nil {
		if g = b.open(s, v, who); g == nil {
			return
		}
		g.key, g.slots, g.asks = string(key), slots, asks
		b.asks = b.asks || asks
		b.groups[g.key] = g
		b.x.groups++
		b.route(g)
	}
	s.places = append(s.places, place{g, len(g.subs)})
	g.subs = append(g.subs, s)
}

func envOf(who *actor, now time.Time) *builtin.Env {
	return &builtin.Env{Role: who.session.Role, Claims: who.session.Claims, Now: now.UnixMicro()}
}

// open makes a group for s, nil where nothing could ever match.
func (b *board) open(s *subscription, v *view, who *actor) *group {
	terms, err := bindTerms(b.table, s.terms)
	if err != nil {
		return nil
	}
	for _, t := range terms {
		if !v.cols[t.col] { // a filter on a column that may not be read would tell its values
			return nil
		}
	}
	return &group{board: b, view: v, who: who, event: s.event, terms: terms, mask: s.columns(b.table, v.cols)}
}

// leave takes a subscription out of its groups.
func (s *subscription) leave() {
	for _, p := range s.places {
		p.g.drop(s, p.i)
	}
	s.places = nil
}

func (g *group) drop(s *subscription, i int) {
	last := len(g.subs) - 1
	moved := g.subs[last]
	g.subs[i], g.subs[last] = moved, nil
	g.subs = g.subs[:last]
	for k := range moved.places {
		if moved.places[k].g == g {
			moved.places[k].i = i
		}
	}
	if last > 0 {
		return
	}
	delete(g.board.groups, g.key)
	g.board.x.groups--
	for _, at := range g.in {
		at.b.drop(at.i)
	}
}

func (b *bucket) put(g *group) {
	g.in = append(g.in, spot{b, len(b.groups)})
	b.groups = append(b.groups, g)
}

func (b *bucket) drop(i int) {
	last := len(b.groups) - 1
	moved := b.groups[last]
	b.groups[i], b.groups[last] = moved, nil
	b.groups = b.groups[:last]
	for k := range moved.in {
		if moved.in[k].b == b {
			moved.in[k].i = i
		}
	}
	if last == 0 && b.of != nil {
		delete(b.of, b.key)
	}
}

// columns returns a mask, a byte for each column, of what s gets: what it wants of
// what it may see, and the key in any case.
func (s *subscription) columns(t *catalog.Table, may []bool) string {
	if len(s.only) == 0 {
		return mask(may)
	}
	wanted := make([]bool, len(may))
	names := s.only
	if k := t.PrimaryKey(); k != nil {
		names = append(append([]string(nil), names...), k.Cols...)
	}
	for _, name := range names {
		if i := t.Column(name); i >= 0 {
			wanted[i] = may[i]
		}
	}
	return mask(wanted)
}

func mask(cols []bool) string {
	b := make([]byte, len(cols))
	for i, c := range cols {
		if b[i] = '0'; c {
			b[i] = '1'
		}
	}
	return string(b)
}
