package job

import (
	"context"
	"encoding/json"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/value"
)

// Priority orders due jobs; within one, the oldest goes first.
type Priority int

// The priorities there are: each is looked for by itself, so that a backlog of one
// costs the others nothing.
const (
	Normal Priority = iota
	High            // somebody waits for it
	Low             // housekeeping
)

// byUrgency is the order in which a queue looks.
var byUrgency = [...]Priority{High, Normal, Low}

// Job is a piece of work.
type Job struct {
	Kind     string
	Args     any    // becomes JSON
	Key      string // at most one living job of a kind has a key; "" for none
	Priority Priority
	Delay    time.Duration
	Attempts int // 0 for DefaultAttempts
}

// DefaultAttempts of a job that says nothing: with the default pauses, about a day.
const DefaultAttempts = 15

const (
	bell       = "plinth.jobs"
	sqlEnqueue = `insert into plinth.jobs (kind, args, key, priority, run_at, attempts)
 values ($1, $2::jsonb, $3::text, $4, now() + $5::interval, $6)
 on conflict (kind, key) do nothing returning id`
)

// Enqueue adds j in the caller's transaction, whoever acts in it. A job whose key is
// taken is not added, and that is no error.
func Enqueue(ctx context.Context, tx *db.Tx, j Job) error {
	_, err := EnqueueID(ctx, tx, j)
	return err
}

// EnqueueID is Enqueue for those who want the id; it is "" where the key was taken.
func EnqueueID(ctx context.Context, tx *db.Tx, j Job) (string, error) {
	args, err := json.Marshal(j.Args)
	if err != nil {
		return "", err
	}
	attempts := j.Attempts
	if attempts == 0 {
		attempts = DefaultAttempts
	}
	var key any
	if j.Key != "" {
		key = j.Key
	}
	row, err := one(ctx, tx.As(db.Owner), sqlEnqueue, j.Kind, string(args), key, int(j.Priority), interval(j.Delay), attempts)
	if err != nil || row == nil {
		return "", err
	}
	tx.Ring(bell)
	return row[0].S, nil
}

// one returns the first row of a statement, or nil.
func one(ctx context.Context, tx *db.Tx, sql string, args ...any) ([]value.Value, error) {
	all, err := rows(ctx, tx, sql, args...)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

func rows(ctx context.Context, tx *db.Tx, sql string, args ...any) ([][]value.Value, error) {
	r, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	var out [][]value.Value
	for r.Next() {
		out = append(out, r.Row())
	}
	err = r.Err()
	if cerr := r.Close(); err == nil {
		err = cerr
	}
	return out, err
}
