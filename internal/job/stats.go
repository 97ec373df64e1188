package job

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/metric"
)

// Counts is how the runs of one kind ended, since the queue was made.
type Counts struct {
	Done, Failed, Dead, Later atomic.Uint64 // Failed ones come again
	Took                      metric.Histogram
}

// Stats returns the counts of each kind, and how many runs are under way.
func (q *Queue) Stats() (kinds map[string]*Counts, running int) { return q.counts, len(q.slots) }

// Due is what waits to be run.
type Due struct {
	Jobs   int // at most MaxDue: nobody counts further
	Oldest time.Duration
}

// MaxDue is how far waiting jobs are counted.
const MaxDue = 10_000

// sqlDue reads the index of due jobs alone.
const sqlDue = `select count(*), extract(epoch from now() - min(run_at)) from
 (select run_at from plinth.jobs where priority = $1 and run_at <= now() and dead_at is null order by run_at limit $2) d`

// Due counts what waits, by priority: "high", "normal" and "low".
func (q *Queue) Due(ctx context.Context) (map[string]Due, error) {
	out := map[string]Due{}
	err := q.cfg.DB.Read(ctx, db.Owner, func(tx *db.Tx) error {
		for p, name := range map[Priority]string{High: "high", Normal: "normal", Low: "low"} {
			rows, err := tx.Query(ctx, sqlDue, int(p), MaxDue)
			if err != nil {
				return err
			}
			var d Due
			if rows.Next() {
				d.Jobs = int(rows.Value(0).I)
				if text, ok := rows.AppendText(nil, 1); ok {
					if age, err := time.ParseDuration(string(text) + "s"); err == nil {
						d.Oldest = max(age, 0)
					}
				}
			}
			err = rows.Err()
			if cerr := rows.Close(); err == nil {
				err = cerr
			}
			if err != nil {
				return err
			}
			out[name] = d
		}
		return nil
	})
	return out, err
}
