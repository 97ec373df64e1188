package realtime

import (
	"context"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
)

const (
	keepLetters = 72 * time.Hour // broadcasts from the database
	sweepEvery  = time.Hour
	sweepRows   = 5000 // of one transaction
)

const sqlSweep = `delete from realtime.messages where id in
 (select id from realtime.messages where inserted_at < $1::timestamp order by inserted_at limit $2)`

// sweep removes broadcasts that are too old to be asked for, a little at a time. Where
// several nodes do it, it is done.
func (s *Service) sweep(ctx context.Context) {
	before := time.Now().Add(-keepLetters).UTC().Format("2006-01-02 15:04:05")
	for n := int64(sweepRows); n == sweepRows; {
		_, err := s.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) (err error) {
			n, err = tx.Exec(ctx, sqlSweep, before, sweepRows)
			return err
		})
		if err != nil {
			if ctx.Err() == nil {
				s.log.Error("realtime: old broadcasts can't be removed", "err", err)
			}
			return
		}
	}
}
