package replica

import (
	"context"
	"iter"

	"github.com/plinth-dev/plinth/internal/db"
)

// Stats tells how the primary fares; Status tells of the replicas. It implements
// db.Gauged.
func (d *Driver) Stats(ctx context.Context) (s db.Stats) {
	if g, ok := d.Driver.(db.Gauged); ok {
		s = g.Stats(ctx)
	}
	return s
}

// ChangesFor implements db.Sparing where the primary does.
func (d *Driver) ChangesFor(ctx context.Context, from db.Position, wanted func() bool) iter.Seq2[db.Change, error] {
	if s, ok := d.Driver.(db.Sparing); ok {
		return s.ChangesFor(ctx, from, wanted)
	}
	return d.Changes(ctx, from)
}
