package realtime

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// retryAfter is the pause after the change log could not be read.
const retryAfter = time.Second

// feed follows the change log and hands changes to their subscribers. It is one
// goroutine, so that everybody gets the changes in the order of their commits.
type feed struct {
	db    *db.DB
	index *index
	hub   *hub
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
			f.index.missed(from)
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
	x := f.index
	defer func() {
		if p := recover(); p != nil {
			f.log.Error("realtime: a change failed", "table", c.Table.Schema+"."+c.Table.Name, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	x.mu.Lock()
	defer x.mu.Unlock()
	defer x.follow(c)
	f.post(c)
	seen := f.see(ctx, c)
	d := newDelivery(c, kindOf(c.Op))
	for _, g := range seen {
		d.group(g)
	}
	d.finish()
	x.matched += uint64(d.sent)
}

// see finds the groups that get the change. The lock is held, but not while the database
// is asked: where the schema changed meanwhile, everything is looked at again.
func (f *feed) see(ctx context.Context, c *db.Change) []*group {
	x := f.index
	for {
		x.look()
		b := x.watched(c)
		if b == nil {
			return nil
		}
		row, ok := f.imageOf(ctx, c)
		if !ok {
			return nil
		}
		seen, ask := b.match(ctx, c, kindOf(c.Op), row)
		if len(ask) == 0 {
			return seen
		}
		cat := x.cat
		x.asked++
		told := x.askUnlocked(ctx, c, ask)
		if x.db.Catalog() == cat {
			return append(seen, told...)
		}
	}
}

func (x *index) askUnlocked(ctx context.Context, c *db.Change, groups []*group) []*group {
	x.mu.Unlock()
	defer x.mu.Lock()
	return x.ask(ctx, c, groups)
}

// watched returns the board that a change is for, nil for none.
func (x *index) watched(c *db.Change) *board {
	if kindOf(c.Op) == "" || len(x.named) == 0 || !published(x.cat, c.Table) {
		return nil
	}
	return x.board(c.Table)
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

// imageOf is what filters and policies may look at: of a deleted row, what is told of it.
func (f *feed) imageOf(ctx context.Context, c *db.Change) (*image, bool) {
	if c.Op == db.Delete {
		return &image{row: c.Old, known: toldOfOld(c)}, len(c.Old) == len(c.Table.Columns)
	}
	if len(c.New) != len(c.Table.Columns) {
		return nil, false
	}
	return &image{row: c.New}, f.complete(ctx, c)
}
