package realtime

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/realtime/past"
	"github.com/plinth-dev/plinth/internal/realtime/roster"
)

// index finds those who wait for a change. It has a board for each table that somebody
// waits for, and the rows of other tables that policies look into.
//
// Its lock is held while one change is handed out, so that a join, a leave or a new
// token falls between two changes.
type index struct {
	db  *db.DB
	log *slog.Logger

	mu      sync.Mutex
	cat     *catalog.Catalog // that the boards are made for
	named   map[catalog.TableName]map[*subscription]struct{}
	boards  map[int]*board
	roster  *roster.Roster
	pos     db.Position // of the last change that was handed out
	past    past.Past
	turn    uint64        // marks groups that were looked at for the change
	refused atomic.Uint64 // failures of policies
	told    map[string]bool
	counts
}

// counts is what the index has done and what it holds.
type counts struct {
	subs, groups   int
	changes, asked uint64 // handed out; of them, asked of the database
	matched        uint64 // sent to channels
	lag            time.Duration
	askedPolicies  map[string]string // table and role, and why
}

func newIndex(d *db.DB, log *slog.Logger, l Limits) *index {
	x := &index{db: d, log: log, named: map[catalog.TableName]map[*subscription]struct{}{}, told: map[string]bool{}}
	x.roster = roster.New(roster.Config{DB: d, MaxRows: l.MaxRoster, MaxSlice: l.MaxRoster / 4, Patience: patience})
	x.fresh(nil)
	return x
}

// fresh starts anew for another schema. Boards are made again when they are needed.
func (x *index) fresh(cat *catalog.Catalog) {
	x.cat, x.boards, x.groups = cat, map[int]*board{}, 0
	x.askedPolicies = map[string]string{}
	x.roster.Reset()
	for _, list := range x.named {
		for s := range list {
			s.places = nil
		}
	}
}

// look sees whether the schema is still the same. The lock is held.
func (x *index) look() {
	if cat := x.db.Catalog(); cat != x.cat {
		x.fresh(cat)
	}
}

// add runs welcome before any change can reach the subscriptions, and returns the
// position from which on they get changes.
func (x *index) add(subs []*subscription, welcome func(from db.Position)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.look()
	for _, s := range subs {
		x.put(s)
	}
	welcome(x.pos)
}

func (x *index) put(s *subscription) {
	if x.named[s.at] == nil {
		x.named[s.at] = map[*subscription]struct{}{}
	}
	x.named[s.at][s] = struct{}{}
	x.subs++
	for _, b := range x.boards {
		if s.names(b.table) {
			b.put(s)
		}
	}
}

// leave takes the channel's subscriptions out and returns the position up to which its
// client was told of changes; gone says that the connection has ended.
func (x *index) leave(ch *channel, gone bool) db.Position {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, s := range ch.subs {
		x.take(s)
	}
	if gone {
		return ch.told(x.pos)
	}
	return x.pos
}

func (x *index) take(s *subscription) {
	if _, there := x.named[s.at][s]; !there {
		return
	}
	delete(x.named[s.at], s)
	if len(x.named[s.at]) == 0 {
		delete(x.named, s.at)
	}
	x.subs--
	s.leave()
}

// regroup runs change, which gives the subscriptions another actor, between two changes.
func (x *index) regroup(subs []*subscription, change func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.look()
	there := make([]*subscription, 0, len(subs))
	for _, s := range subs {
		if _, ok := x.named[s.at][s]; ok {
			there = append(there, s)
			x.take(s)
		}
	}
	change()
	for _, s := range there {
		x.put(s)
	}
}

// names reports whether s asks for changes of t.
func (s *subscription) names(t *catalog.Table) bool {
	return (s.at.Schema == "*" || s.at.Schema == t.Schema) && (s.at.Name == "*" || s.at.Name == t.Name)
}

// board returns the board of a table, nil where nobody waits for its changes.
func (x *index) board(t *catalog.Table) *board {
	if b := x.boards[t.ID]; b != nil {
		return b
	}
	var b *board
	for _, at := range []catalog.TableName{{Schema: t.Schema, Name: t.Name}, {Schema: t.Schema, Name: "*"}, {Schema: "*", Name: "*"}} {
		for s := range x.named[at] {
			if b == nil {
				b = newBoard(x, t)
			}
			b.put(s)
		}
	}
	if b != nil {
		x.boards[t.ID] = b
	}
	return b
}

// unreadable says, once, that a policy is asked of the database and why.
func (x *index) unreadable(t *catalog.Table, role, reason string) {
	name := t.Schema + "." + t.Name
	x.askedPolicies[name+" as "+role] = reason
	if key := name + "\x00" + role + "\x00" + reason; !x.told[key] && len(x.told) < 1000 {
		x.told[key] = true
		x.log.Warn("realtime: the policies of a table are asked of the database for each change", "table", name, "role", role, "reason", reason)
	}
}

// follow keeps what policies read as of the change. The lock is held.
func (x *index) follow(c *db.Change) {
	x.roster.Apply(c)
	x.past.Add(c)
	x.pos, x.lag = c.Position, time.Since(c.At)
	x.changes++
}

// begin goes on from another place of the log: what was kept may be wrong, and who
// listens for row changes may have missed some.
func (x *index) begin(from db.Position) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.roster.Reset()
	x.past.Reset(from)
	x.pos = from
	told := map[*channel]bool{}
	for _, list := range x.named {
		for s := range list {
			if !told[s.ch] {
				told[s.ch] = true
				s.ch.system("resume", "ok", tooMuch)
			}
		}
	}
}
