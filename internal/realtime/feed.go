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
		case err == errWanted:
			continue
		case errors.Is(err, db.ErrGap):
			f.log.Warn("realtime: changes were missed", "on_from", from.Seq)
			f.index.begin(from)
			continue
		case ctx.Err() == nil:
			f.log.Error("realtime: the change log can't be read", "fault", fault.CodeOf(err), "err", err)
		}
		pause(ctx, retryAfter)
	}
}

// maxRun bounds the changes of a transaction that are looked at together.
const maxRun = 256

// read hands changes on until the log ends or fails, and returns how far it came. Those of
// a transaction lie together in the log: they are collected, so that the database is asked
// about all of them at once.
func (f *feed) read(ctx context.Context, from db.Position) (db.Position, error) {
	var run []*db.Change
	for c, err := range f.db.ChangesFor(ctx, from, f.wanted) {
		switch {
		case errors.Is(err, db.ErrGap):
			f.handAll(ctx, run)
			return c.Position, err
		case err != nil:
			f.handAll(ctx, run)
			return from, err
		case c.Table == nil:
			f.handAll(ctx, run)
			if run = nil; !f.pass(c.Position) {
				return from, errWanted
			}
			from = c.Position
			continue
		}
		from = c.Position
		if run = append(run, &c); c.Last || len(run) == maxRun {
			f.handAll(ctx, run)
			run = nil
		}
	}
	f.handAll(ctx, run)
	return from, nil
}

// errWanted: somebody came who wants the changes that were about to be passed over.
var errWanted = errors.New("realtime: changes are wanted")

// wanted reports whether anybody here may be told of a change.
func (f *feed) wanted() bool {
	f.index.mu.Lock()
	defer f.index.mu.Unlock()
	return f.anybody()
}

// anybody is wanted, the index locked: who joins is there before the lock is free.
func (f *feed) anybody() bool {
	f.hub.mu.RLock()
	defer f.hub.mu.RUnlock()
	return len(f.index.named) > 0 || len(f.hub.topics) > 0
}

// pass goes on from a place up to which nothing was wanted, unless somebody has come.
func (f *feed) pass(to db.Position) bool {
	x := f.index
	x.mu.Lock()
	defer x.mu.Unlock()
	if f.anybody() {
		return false
	}
	x.roster.Reset()
	x.past.Reset(to)
	x.pos = to
	return true
}

func (f *feed) handAll(ctx context.Context, run []*db.Change) {
	known := f.foresee(ctx, run)
	for _, c := range run {
		f.hand(ctx, c, known)
	}
}

// foresee knows nothing where it fails: then the database is asked at each change.
func (f *feed) foresee(ctx context.Context, run []*db.Change) (known answers) {
	defer f.caught("a run of changes failed")
	return f.index.foresee(ctx, run)
}

// caught tells the log of a panic, with what it was about; the feed goes on.
func (f *feed) caught(what string, about ...any) {
	if p := recover(); p != nil {
		f.log.Error("realtime: "+what, append(about, "panic", p, "stack", string(debug.Stack()))...)
	}
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
func (f *feed) hand(ctx context.Context, c *db.Change, known answers) {
	x := f.index
	defer f.caught("a change failed", "table", c.Table.Schema+"."+c.Table.Name)
	x.mu.Lock()
	defer x.mu.Unlock()
	defer x.follow(c)
	f.post(c)
	d := newDelivery(c, kindOf(c.Op))
	for _, g := range x.see(ctx, c, known, concerned) {
		d.group(g)
	}
	d.finish()
	x.matched += uint64(d.sent)
}
