package postgres

import (
	"context"
	"strconv"

	"github.com/plinth-dev/plinth/internal/db"
)

// Stats tells how the engine fares. It implements db.Gauged.
func (d *Driver) Stats(ctx context.Context) db.Stats {
	s := db.Stats{Engine: "postgres", UnreadBytes: -1}
	s.Busy, s.Open, s.Limit, s.Waits = d.pool.use()
	if rows, err := d.ask(ctx, sqlSlotState, d.slot, "0/0"); err == nil && len(rows) == 1 {
		s.UnreadBytes, _ = strconv.ParseInt(rows[0][2], 10, 64)
	}
	return s
}
