package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// Handler carries out one run of a job. An error means another attempt, later; see
// Discard and Later for other ends.
type Handler func(ctx context.Context, r *Run) error

// Kind says how jobs of one name are run.
type Kind struct {
	Handle  Handler
	Timeout time.Duration                   // of one run; 0 for a minute
	Backoff func(attempt int) time.Duration // pause after the nth attempt; nil for Backoff
}

const defaultTimeout = time.Minute

// Run is one attempt.
type Run struct {
	ID      string
	Kind    string
	Attempt int // from 1
	Last    bool
	args    json.RawMessage
	lease   string
	done    bool
}

// ErrLeaseLost says that another worker has the job: this run took too long.
var ErrLeaseLost = fault.New(fault.Conflict, "lease_lost", "another worker has the job")

const sqlFinish = `delete from plinth.jobs where id = $1 and lease = $2`

// Args reads the job's arguments into v.
func (r *Run) Args(v any) error {
	if err := json.Unmarshal(r.args, v); err != nil {
		return Discard(err) // they will not get better
	}
	return nil
}

// Finish ends the job in tx, so that it is done if and only if tx commits. The
// handler must return nil after the commit.
func (r *Run) Finish(ctx context.Context, tx *db.Tx) error {
	n, err := tx.As(db.Owner).Exec(ctx, sqlFinish, r.ID, r.lease)
	if err == nil && n == 0 {
		err = ErrLeaseLost
	}
	r.done = err == nil
	return err
}

type discard struct{ error }

func (d discard) Unwrap() error { return d.error }

// Discard marks err as final: the job is dead at once.
func Discard(err error) error { return discard{err} }

type later struct{ after time.Duration }

func (l later) Error() string { return "later, after " + l.after.String() }

// Later puts the job off without counting the attempt.
func Later(after time.Duration) error { return later{after} }

// Backoff is the pause after the nth attempt: a second, doubled each time up to two
// hours, of which a random half is taken off, so that what failed together does not
// come again together.
func Backoff(attempt int) time.Duration {
	d := 2 * time.Hour
	if attempt < 13 {
		d = time.Second << max(attempt-1, 0)
	}
	return d/2 + rand.N(d/2)
}

// protect runs a handler and turns a panic into an error.
func protect(ctx context.Context, h Handler, r *Run) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return h(ctx, r)
}

func isDiscard(err error) bool {
	var d discard
	return errors.As(err, &d)
}

func isLater(err error) (time.Duration, bool) {
	var l later
	ok := errors.As(err, &l)
	return l.after, ok
}

// interval is d in the text form of Postgres' interval.
func interval(d time.Duration) string {
	return strconv.FormatInt(d.Microseconds(), 10) + " microseconds"
}
