package job

import (
	"context"
	"encoding/json"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
)

const (
	sqlAnyDue = `select 1 from plinth.jobs where priority = $1 and run_at <= now() and dead_at is null and kind = any($2::text[]) limit 1`
	sqlClaim  = `update plinth.jobs set lease = $1::uuid, attempt = attempt + 1, run_at = now() + $2::interval
 where id in (select id from plinth.jobs where priority = $3 and run_at <= now() and dead_at is null and kind = any($4::text[])
  order by run_at limit $5 for update skip locked)
 returning id, kind, args, attempt, attempts`
	sqlAgain = `update plinth.jobs set lease = null, run_at = now() + $3::interval, last_error = $4 where id = $1 and lease = $2`
	sqlGive  = `update plinth.jobs set lease = null, attempt = attempt - 1, run_at = now() + $3::interval where id = $1 and lease = $2`
	sqlBury  = `update plinth.jobs set lease = null, key = null, dead_at = now(), last_error = $3 where id = $1 and lease = $2`
)

// margin is what a lease lasts beyond the longest run, for writing down its end.
const margin = 30 * time.Second

// maxError bounds the error text that a job keeps.
const maxError = 2000

// claim takes up to n due jobs. Most looks find nothing, so a reader looks first and
// the writer is asked only where there is something.
func (q *Queue) claim(ctx context.Context, n int) ([]*Run, error) {
	var out []*Run
	for _, p := range byUrgency {
		if len(out) == n {
			break
		}
		due, err := q.due(ctx, p)
		if err != nil {
			return out, err
		}
		if !due {
			continue
		}
		got, err := q.take(ctx, p, n-len(out))
		if err != nil {
			return out, err
		}
		out = append(out, got...)
	}
	return out, nil
}

func (q *Queue) due(ctx context.Context, p Priority) (due bool, err error) {
	err = q.cfg.DB.Read(ctx, db.Owner, func(tx *db.Tx) error {
		row, err := one(ctx, tx, sqlAnyDue, int(p), q.kinds)
		due = row != nil
		return err
	})
	return due, err
}

func (q *Queue) take(ctx context.Context, p Priority, n int) ([]*Run, error) {
	var out []*Run
	_, err := q.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		out = nil
		lease := newLease()
		got, err := rows(ctx, tx, sqlClaim, lease, interval(q.longest()+margin), int(p), q.kinds, n)
		for _, v := range got {
			out = append(out, &Run{
				ID: v[0].S, Kind: v[1].S, args: json.RawMessage(v[2].S), Attempt: int(v[3].I), Last: v[3].I >= v[4].I, lease: lease,
			})
			if v[3].I > v[4].I { // its last run ended with its process
				out[len(out)-1].Attempt = -1
			}
		}
		return err
	})
	return out, err
}

// longest is the longest time that a run may take.
func (q *Queue) longest() time.Duration {
	d := time.Duration(0)
	for _, k := range q.cfg.Kinds {
		d = max(d, k.timeout())
	}
	return d
}

func (k Kind) timeout() time.Duration {
	if k.Timeout == 0 {
		return defaultTimeout
	}
	return k.Timeout
}

// run carries out a claimed job and writes down how it ended.
func (q *Queue) run(ctx context.Context, r *Run) {
	k, n := q.cfg.Kinds[r.Kind], q.counts[r.Kind]
	if r.Attempt < 0 {
		n.Dead.Add(1)
		q.settle(r, sqlBury, "the process ended during the last attempt")
		return
	}
	limited, cancel := context.WithTimeout(ctx, k.timeout())
	defer cancel()
	began := time.Now()
	err := protect(limited, k.Handle, r)
	n.Took.Observe(time.Since(began))
	if err == nil {
		n.Done.Add(1)
		if !r.done {
			q.settle(r, sqlFinish)
		}
		return
	}
	if after, ok := isLater(err); ok {
		n.Later.Add(1)
		q.settle(r, sqlGive, interval(after))
		return
	}
	if ctx.Err() != nil {
		q.settle(r, sqlGive, interval(0))
		return
	}
	text := err.Error()
	text = text[:min(len(text), maxError)]
	if r.Last || isDiscard(err) {
		n.Dead.Add(1)
		q.cfg.Log.Error("job: dead", "kind", r.Kind, "id", r.ID, "attempt", r.Attempt, "error", err)
		q.settle(r, sqlBury, text)
		return
	}
	n.Failed.Add(1)
	q.cfg.Log.Warn("job: failed, comes again", "kind", r.Kind, "id", r.ID, "attempt", r.Attempt, "error", err)
	pause := k.Backoff
	if pause == nil {
		pause = Backoff
	}
	q.settle(r, sqlAgain, interval(pause(r.Attempt)), text)
}

// settle writes a run's end. It must happen even when the run was cancelled; where it
// fails, the lease brings the job back.
func (q *Queue) settle(r *Run, sql string, more ...any) {
	ctx, cancel := context.WithTimeout(context.Background(), margin/2)
	defer cancel()
	_, err := q.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sql, append([]any{r.ID, r.lease}, more...)...)
		if err == nil && n == 0 {
			q.cfg.Log.Warn("job: another worker has it", "kind", r.Kind, "id", r.ID)
		}
		return err
	})
	if err != nil {
		q.cfg.Log.Error("job: a run's end was not written", "kind", r.Kind, "id", r.ID, "error", err)
	}
}
