package replica

import (
	"context"

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
