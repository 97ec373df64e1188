package db

import (
	"context"

	"github.com/plinth-dev/plinth/internal/metric"
)

// Stats is how an engine fares, as an operator wants to know it.
type Stats struct {
	Engine            string // "sqlite" or "postgres"
	Busy, Open, Limit int    // connections: SQLite's are those that read
	Waits             uint64 // how often somebody had to wait for one

	// Of SQLite's one writer: who waits, how long commits took, and how many requests
	// shared one. nil on Postgres.
	Queue   int
	Commits *metric.Histogram
	Batches *metric.Sizes

	FileBytes, WALBytes int64 // of SQLite's file and its write-ahead log
	// UnreadBytes are those of Postgres' log that the change feed has not read, and
	// the server keeps for it; -1 where there is no slot.
	UnreadBytes int64
}

// Gauged is a Driver that tells how it fares.
type Gauged interface {
	Stats(ctx context.Context) Stats
}

// Stats asks the engine; ok is false where it tells nothing.
func (d *DB) Stats(ctx context.Context) (s Stats, ok bool) {
	g, ok := d.d.(Gauged)
	if ok {
		s = g.Stats(ctx)
	}
	return s, ok
}
