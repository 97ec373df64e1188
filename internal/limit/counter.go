package limit

import (
	"context"
	"time"
)

// Counter counts by keys that texts name: here (Local), or for all nodes (package exact).
// Bounds of one key must be the same each time.
type Counter interface {
	// Take takes one of key's burst, or says how long to wait. An error is the database's.
	Take(ctx context.Context, key string, b Bound, now time.Time) (wait time.Duration, err error)
	// Peek says how long key has to wait, and takes nothing.
	Peek(ctx context.Context, key string, b Bound, now time.Time) (wait time.Duration, err error)
}

// Local is a Limiter as a Counter.
type Local struct{ *Limiter }

// Take implements Counter.
func (l Local) Take(_ context.Context, key string, b Bound, now time.Time) (time.Duration, error) {
	return l.Limiter.Take(key, b, now), nil
}

// Peek implements Counter.
func (l Local) Peek(_ context.Context, key string, b Bound, now time.Time) (time.Duration, error) {
	return l.Limiter.Peek(key, b, now), nil
}
