package postgres

import (
	"context"
	"iter"

	"github.com/plinth-dev/plinth/internal/db"
)

func (d *Driver) mark(ctx context.Context) (db.Mark, error) { return db.Mark{}, nil }

// Position returns the place of the last committed change.
func (d *Driver) Position(ctx context.Context) (db.Position, error) { return db.Position{}, nil }

// Changes yields nothing yet.
func (d *Driver) Changes(ctx context.Context, from db.Position) iter.Seq2[db.Change, error] {
	return func(yield func(db.Change, error) bool) {}
}
