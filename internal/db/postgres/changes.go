package postgres

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres/image"
	"github.com/plinth-dev/plinth/internal/db/postgres/relay"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// changeBatch bounds what a reader of the log holds at a time.
const changeBatch = 500

// The feed is looked at when it has news, and at times; the log where the feed cannot tell.
const (
	pollMin = 20 * time.Millisecond
	pollMax = 250 * time.Millisecond
)

// Changes yields committed changes after from, in order, and waits for more until ctx
// ends or the engine closes.
func (d *Driver) Changes(ctx context.Context, from db.Position) iter.Seq2[db.Change, error] {
	return d.ChangesFor(ctx, from, relay.Always)
}

// ChangesFor implements db.Sparing.
func (d *Driver) ChangesFor(ctx context.Context, from db.Position, wanted func() bool) iter.Seq2[db.Change, error] {
	return func(yield func(db.Change, error) bool) {
		defer d.feed.Follow(wanted)()
		idle := pollMin
		for ctx.Err() == nil && !d.feed.Over() {
			next := d.feed.Wait() // before the look, so that no commit is missed
			list, err := d.changesAfter(ctx, from, wanted)
			for _, c := range list {
				if !yield(c, nil) {
					return
				}
				from = c.Position
			}
			switch {
			case err != nil && ctx.Err() == nil:
				gap := db.Change{}
				if err == db.ErrGap {
					gap.Position, _ = d.Position(ctx) // the zero position starts anew, too
				}
				yield(gap, err)
				return
			case len(list) > 0:
				idle = pollMin
			}
			if len(list) < changeBatch { // that was all; next tells of what came since
				wait(ctx, next, idle)
				idle = min(idle*2, pollMax)
			}
		}
	}
}

// wait ends with the context, after d, or when next is closed.
func wait(ctx context.Context, next <-chan struct{}, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-next:
	case <-t.C:
	case <-ctx.Done():
	}
}

// Position returns the place of the last committed change, which is numbered by then.
func (d *Driver) Position(ctx context.Context) (db.Position, error) {
	h, err := d.newest(ctx)
	switch {
	case err != nil:
		return h.Position, err
	case h.slot:
		return d.reached(ctx)
	case !h.more:
		return h.Position, nil
	}
	if err := d.number(ctx); err != nil {
		return h.Position, err
	}
	h, err = d.newest(ctx)
	return h.Position, err
}

// head is how far the log is numbered.
type head struct {
	db.Position
	more  bool   // triggers logged what has no number yet
	slot  bool   // the log comes from logical replication, whose leader numbers
	token uint64 // of the leader
}

func (d *Driver) newest(ctx context.Context) (h head, err error) {
	cur, err := d.Query(ctx, &db.Owner, sqlHead, nil)
	if err != nil {
		return h, err
	}
	if cur.Next() {
		h.Position = db.Position{Epoch: uint32(cur.Value(0).I), Seq: uint64(cur.Value(1).I)}
		h.more, h.slot, h.token = cur.Value(2).True(), cur.Value(3).True(), uint64(cur.Value(4).I)
	}
	_ = cur.Close() // it does not fail
	return h, cur.Err()
}

// leaderWait bounds how long one waits for the leader.
const leaderWait = 15 * time.Second

// reached puts a mark into the server's log and waits until the leader has come to it.
// Where the slot is only being made it does not wait: the epoch that is about to begin
// tells whoever follows that changes were missed.
func (d *Driver) reached(ctx context.Context) (at db.Position, err error) {
	ctx, cancel := context.WithTimeout(ctx, leaderWait)
	defer cancel()
	c, err := d.pool.get(ctx, "none")
	if err != nil {
		return at, err
	}
	res, err := c.pg.Exec(ctx, sqlMark).ReadAll()
	err = toFault(ctx, err, sqlMark)
	d.release(c, err)
	if err != nil {
		return at, err
	}
	mark := string(res[1].Rows[0][0])
	d.feed.Hurry()
	for idle := time.Millisecond; ; idle = min(2*idle, pollMax) {
		next := d.feed.Wait()
		rows, err := d.ask(ctx, sqlReached, mark)
		if err != nil {
			return at, err
		}
		if at.Epoch, at.Seq, err = place(rows[0][0], rows[0][1]); err != nil || rows[0][2] == "t" {
			return at, err
		}
		wait(ctx, next, idle)
		if ctx.Err() != nil {
			return at, fault.SQL("57P03", "the change feed is not being read just now").WithCause(ctx.Err())
		}
	}
}

// number gives numbers to what was committed since.
func (d *Driver) number(ctx context.Context) error {
	c, err := d.pool.get(ctx, "none")
	if err != nil {
		return err
	}
	_, err = c.pg.Exec(ctx, sqlNumber).ReadAll()
	err = toFault(ctx, err, sqlNumber)
	d.release(c, err)
	return err
}

// mark returns the position of a write that was just committed.
func (d *Driver) mark(ctx context.Context) (db.Mark, error) {
	if !d.leads { // else there is nothing to see before the leader has numbered it, and rings
		d.feed.Wake()
	}
	if !d.cfg.Marks {
		return db.Mark{}, nil
	}
	return d.Position(ctx)
}

// changesAfter takes what follows from the feed, or reads one batch of the log.
func (d *Driver) changesAfter(ctx context.Context, from db.Position, wanted func() bool) ([]db.Change, error) {
	if list, ok := d.relayed(ctx, from, wanted); ok {
		return list, nil
	}
	h, err := d.newest(ctx)
	if err == nil && h.more {
		h.Position, err = d.Position(ctx)
	}
	if err != nil {
		return nil, err
	}
	here := h.Position
	if from != (db.Position{}) && from.Epoch != here.Epoch || from.Seq > here.Seq {
		return nil, db.ErrGap
	}
	if from.Seq == here.Seq {
		d.feed.Reached(here, h.token)
		return nil, nil
	}
	cur, err := d.Query(ctx, &db.Owner, sqlChanges, []any{int64(from.Seq), changeBatch + 1})
	if err != nil {
		return nil, err
	}
	defer cur.Close()
	after := from
	from.Epoch = here.Epoch
	var out []db.Change
	for cur.Next() {
		from.Seq++
		if uint64(cur.Value(0).I) != from.Seq {
			return lasts(out), gapAfter(out)
		}
		c, ok := d.change(ctx, rowOf(cur))
		if !ok {
			return lasts(out), gapAfter(out)
		}
		c.Position = from
		out = append(out, c)
	}
	if err := cur.Err(); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, db.ErrGap // it was trimmed
	}
	_ = cur.Close() // its connection may be the last one
	if renewed, err := d.renew(ctx); err != nil || renewed {
		if err == nil {
			return d.changesAfter(ctx, after, wanted)
		}
		return nil, err
	}
	if len(out) <= changeBatch { // all that there is
		d.feed.Reached(from, h.token)
	}
	return lasts(out), nil
}

// relayed takes changes from the feed. ok is false where the log must be read: the feed
// has not what follows, or the leader saw another schema than the one known here.
func (d *Driver) relayed(ctx context.Context, from db.Position, wanted func() bool) (list []db.Change, ok bool) {
	rows, ok := d.feed.After(from, changeBatch)
	if n := len(rows); n > 0 && d.known(rows) && !wanted() {
		from.Seq += uint64(n)
		return []db.Change{{Position: from}}, true
	}
	for i := range rows {
		if rows[i].Stamp != d.pub.Load().stamp {
			return list, len(list) > 0
		}
		c, able := d.change(ctx, &rows[i])
		if !able {
			return list, len(list) > 0
		}
		from.Seq++
		c.Position, c.Last = from, rows[i].Ends
		list = append(list, c)
	}
	return list, ok
}

// known reports that the leader saw no other schema than the one known here: where nobody
// wanted the rows it has not always looked, and their stamp is "".
func (d *Driver) known(rows []relay.Row) bool {
	stamp := d.pub.Load().stamp
	return !slices.ContainsFunc(rows, func(r relay.Row) bool { return r.Stamp != "" && r.Stamp != stamp })
}

// gapAfter is the gap, once the changes before it were told.
func gapAfter(before []db.Change) error {
	if len(before) > 0 {
		return nil
	}
	return db.ErrGap
}

// lasts marks the end of each transaction, whose changes are numbered together; a row
// read beyond the batch only tells.
func lasts(list []db.Change) []db.Change {
	for i := range list {
		list[i].Last = i == len(list)-1 || list[i+1].Tx != list[i].Tx
	}
	if len(list) > changeBatch {
		list = list[:changeBatch]
	}
	return list
}

// rowOf is a row of the log.
func rowOf(cur db.Cursor) *relay.Row {
	tx, _ := strconv.ParseUint(cur.Value(1).S, 10, 64)
	return &relay.Row{
		Tx: tx, Rel: uint32(cur.Value(2).I), Op: db.Op(cur.Value(3).I), Shape: cur.Value(4).S,
		Old: bytesOf(cur.Value(5)), New: bytesOf(cur.Value(6)), At: cur.Value(7).I,
	}
}

func bytesOf(v value.Value) []byte {
	if v.IsNull() {
		return nil
	}
	return []byte(v.S)
}

// change reads one change; ok is false where its images cannot be read any more.
func (d *Driver) change(ctx context.Context, r *relay.Row) (c db.Change, ok bool) {
	rel, shape := r.Rel, r.Shape
	pub := d.pub.Load()
	if pub.shapes[rel] != shape { // the schema changed, perhaps on another node
		if err := d.Reload(ctx); err != nil {
			return c, false
		}
		pub = d.pub.Load()
	}
	t, found := pub.cat.TableByID(int(rel))
	if !found || pub.shapes[rel] != shape {
		return c, false
	}
	c = db.Change{Tx: r.Tx, Table: t, Op: r.Op, At: time.UnixMicro(r.At).UTC()}
	ok = image.Read(&c, pub.types, r)
	return c, ok
}

// trimmer bounds the log.
func (d *Driver) trimmer(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if err := d.trim(ctx); err != nil && ctx.Err() == nil {
			d.log.Error("postgres: the change log could not be trimmed", "error", err)
		}
	}
}

// Forget drops the changes up to a position.
func (d *Driver) Forget(ctx context.Context, upTo db.Position) error {
	_, err := d.Write(ctx, func(c db.Conn) error {
		_, err := c.Query(ctx, &db.Owner, sqlForget, []any{int64(upTo.Seq), int64(upTo.Epoch)})
		return err
	})
	if err != nil {
		return err
	}
	d.feed.Forget(upTo)
	d.tell(relay.AppendForget(nil, upTo))
	return nil
}

func (d *Driver) trim(ctx context.Context) error {
	_, err := d.Write(ctx, func(c db.Conn) error {
		_, err := c.Query(ctx, &db.Owner, sqlTrim, []any{d.cfg.KeepChanges, time.Now().Add(-d.cfg.KeepFor), d.cfg.KeepBytes})
		return err
	})
	return err
}
