package realtime

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/realtime/phoenix"
)

// retryAfter is the pause after the change log could not be read.
const retryAfter = time.Second

// feed follows the change log and hands changes to their subscribers. It is one
// goroutine, so that everybody gets the changes in the order of their commits.
type feed struct {
	db    *db.DB
	index *index
	log   *slog.Logger
}

// follow runs until ctx ends or the database closes.
func (f *feed) follow(ctx context.Context, from db.Position) {
	for ctx.Err() == nil {
		next, err := f.read(ctx, from)
		from = next
		switch {
		case err == nil:
			return
		case errors.Is(err, db.ErrGap):
			f.log.Warn("realtime: changes were missed", "on_from", from.Seq)
			continue
		case ctx.Err() == nil:
			f.log.Error("realtime: the change log can't be read", "fault", fault.CodeOf(err), "err", err)
		}
		pause(ctx, retryAfter)
	}
}

// read hands changes on until the log ends or fails, and returns how far it came.
func (f *feed) read(ctx context.Context, from db.Position) (db.Position, error) {
	for c, err := range f.db.Changes(ctx, from) {
		switch {
		case errors.Is(err, db.ErrGap):
			return c.Position, err
		case err != nil:
			return from, err
		}
		f.hand(ctx, &c)
		from = c.Position
	}
	return from, nil
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// hand gives one change to all who may have it. A change that can't be handled is
// told to the log; the feed goes on.
func (f *feed) hand(ctx context.Context, c *db.Change) {
	defer func() {
		if p := recover(); p != nil {
			f.log.Error("realtime: a change failed", "table", c.Table.Schema+"."+c.Table.Name, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	kind := kindOf(c.Op)
	if kind == "" || !published(f.db.Catalog(), c.Table) {
		return
	}
	subs := f.index.find(c.Table)
	if len(subs) == 0 {
		return
	}
	row, ok := imageOf(c)
	if !ok {
		return
	}
	d := delivery{c: c, kind: kind, judge: judge{f.db, f.log}, sights: map[string][]bool{}, data: map[string][]byte{}, parcels: map[string]*parcel{}}
	for ch, mine := range d.sort(subs, row) {
		d.send(ctx, ch, mine)
	}
}

func kindOf(op db.Op) string {
	switch op {
	case db.Insert:
		return "INSERT"
	case db.Update:
		return "UPDATE"
	case db.Delete:
		return "DELETE"
	}
	return ""
}

// imageOf is what filters may look at: of a deleted row, what is told of it.
func imageOf(c *db.Change) (*image, bool) {
	if c.Op == db.Delete {
		return &image{row: c.Old, known: toldOfOld(c)}, len(c.Old) == len(c.Table.Columns)
	}
	return &image{row: c.New}, len(c.New) == len(c.Table.Columns)
}

// delivery is one change on its way. What is equal for several clients is made once.
type delivery struct {
	c       *db.Change
	kind    string
	judge   judge
	sights  map[string][]bool  // by actor.group
	data    map[string][]byte  // the payload's data, by columns
	parcels map[string]*parcel // by columns, topic and ids
}

// sort finds the subscriptions that ask for the change, by channel and by the columns
// that they want.
func (d *delivery) sort(subs []*subscription, row *image) map[*channel][]*subscription {
	out := map[*channel][]*subscription{}
	for _, s := range subs {
		if s.wants(d.c, d.kind, row) {
			out[s.ch] = append(out[s.ch], s)
		}
	}
	return out
}

// send gives the change to a channel: one message for the subscriptions that want the
// same columns.
func (d *delivery) send(ctx context.Context, ch *channel, subs []*subscription) {
	who := ch.who.Load()
	sight, known := d.sights[who.group()]
	if !known {
		sight = d.judge.sees(ctx, d.c, who)
		d.sights[who.group()] = sight
	}
	if sight == nil {
		return
	}
	byColumns := map[string][]uint32{}
	for _, s := range subs {
		if s.mayFilter(sight) {
			cols := s.columns(d.c.Table, sight)
			byColumns[cols] = append(byColumns[cols], s.id)
		}
	}
	for cols, ids := range byColumns {
		slices.Sort(ids)
		ch.deliver(d.parcel(ch.topic, cols, ids))
	}
}

func (ch *channel) deliver(p *parcel) { ch.sock.conn.Send(p.frame(ch.sock.vsn)) }

func (d *delivery) parcel(topic, cols string, ids []uint32) *parcel {
	list := appendIDs(nil, ids)
	key := topic + "\x00" + cols + string(list)
	if p := d.parcels[key]; p != nil {
		return p
	}
	data := d.data[cols]
	if data == nil {
		data = appendData(nil, d.c, d.kind, cols)
		d.data[cols] = data
	}
	b := make([]byte, 0, len(data)+len(list)+24)
	b = append(append(b, `{"ids":`...), list...)
	b = append(append(b, `,"data":`...), data...)
	p := &parcel{msg: phoenix.Message{Topic: topic, Event: "postgres_changes", Payload: append(b, '}')}}
	d.parcels[key] = p
	return p
}

func appendIDs(b []byte, ids []uint32) []byte {
	b = append(b, '[')
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, uint64(id), 10)
	}
	return append(b, ']')
}

// mayFilter: a filter on a column that may not be read would tell its values.
func (s *subscription) mayFilter(sight []bool) bool {
	for _, t := range s.bound {
		if !sight[t.col] {
			return false
		}
	}
	return true
}

// columns returns a mask, a byte for each column, of what s gets: what it wants of
// what it may see, and the key in any case.
func (s *subscription) columns(t *catalog.Table, sight []bool) string {
	if len(s.only) == 0 {
		return mask(sight)
	}
	wanted, names := make([]bool, len(sight)), s.only
	if k := t.PrimaryKey(); k != nil {
		names = slices.Concat(names, k.Cols)
	}
	for _, name := range names {
		if i := t.Column(name); i >= 0 {
			wanted[i] = sight[i]
		}
	}
	return mask(wanted)
}

func mask(cols []bool) string {
	var b strings.Builder
	for _, c := range cols {
		if c {
			b.WriteByte('1')
		} else {
			b.WriteByte('0')
		}
	}
	return b.String()
}
