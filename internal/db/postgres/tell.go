package postgres

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres/inbox"
	"github.com/plinth-dev/plinth/internal/db/postgres/relay"
)

// feedChannel is what a node hears that has no other way to: a place of the log, rung for
// a few times a second at most, since every bell wakes a process for each node.
const (
	feedChannel = "plinth_feed"
	bellEvery   = 100 * time.Millisecond
)

// tell gives changes that are in the log to who follows at this node and at others.
func (l *leader) tell(b *relay.Batch) {
	l.d.feed.Take(b)
	if l.d.cfg.Tell != nil {
		l.d.tell(b.Append(nil))
	}
}

// wanted reports whether anybody may want to be told of changes: somebody here, or who
// hears it elsewhere.
func (d *Driver) wanted() bool {
	return d.cfg.Tell != nil && (d.cfg.Heard == nil || d.cfg.Heard()) || d.feed.Wanted()
}

// say tells that this node leads, and up to where.
func (l *leader) say() {
	l.tell(&relay.Batch{Token: l.fence, Epoch: l.epoch, Prev: l.last, Last: l.last})
}

func (d *Driver) tell(msg []byte) {
	if d.cfg.Tell != nil {
		d.cfg.Tell(msg)
	}
}

// Hear takes what another node told; nil says that something was lost.
func (d *Driver) Hear(msg []byte) error { return d.feed.Hear(msg) }

// Followed tells how changes came to who follows here.
func (d *Driver) Followed() relay.Counts { return d.feed.Counts() }

// rowsOf are changes as the log has them.
func rowsOf(list []inbox.Change) []relay.Row {
	rows := make([]relay.Row, len(list))
	for i := range list {
		c := &list[i]
		rows[i] = relay.Row{Tx: uint64(c.Tx), Rel: c.Rel, Op: c.Op, Shape: c.Shape, Old: c.Old, New: c.New, At: c.At.UnixMicro()}
	}
	return rows
}

// bell is what the next write notifies of; "" for nothing, which is done later then.
func (l *leader) bell(last uint64) string {
	now := time.Now()
	if wait := bellEvery - now.Sub(l.rang); wait > 0 {
		if l.owed == nil {
			l.owed = time.After(wait + lull) // the next write may be there before
		}
		return ""
	}
	l.rang, l.owed = now, nil
	return bellText(l.epoch, last)
}

func bellText(epoch uint32, last uint64) string {
	return strconv.FormatUint(uint64(epoch), 10) + " " + strconv.FormatUint(last, 10)
}

// ring notifies of what was written without it.
func (l *leader) ring(ctx context.Context) error {
	l.owed = nil
	if l.open { // the end of the transaction rings
		return nil
	}
	l.rang = time.Now()
	_, err := l.sql.ask(ctx, "select pg_notify($1, $2)", feedChannel, bellText(l.epoch, l.last))
	return err
}

// rung takes a notification; an older version's says no place.
func (d *Driver) rung(payload string) {
	epoch, last, _ := strings.Cut(payload, " ")
	var at db.Position
	var err error
	if at.Epoch, at.Seq, err = place(epoch, last); err != nil {
		d.feed.Wake()
		return
	}
	d.feed.Ring(at)
}
