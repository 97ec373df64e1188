package postgres

import (
	"context"
	"errors"

	"github.com/plinth-dev/plinth/internal/db"
)

// Try runs fn within a savepoint.
func (t *tx) Try(ctx context.Context, fn func() error) error {
	if t.wrong != nil {
		return t.wrong
	}
	if !t.begun { // a savepoint needs a transaction, which begins with its first statement
		if _, err := t.Query(ctx, &db.Owner, "select 1", nil); err != nil {
			return err
		}
	}
	t.end()
	if err := t.plain(ctx, "savepoint try"); err != nil {
		return err
	}
	err := fn()
	t.end()
	if err == nil {
		err = t.wrong
	}
	if err == nil {
		return t.plain(ctx, "release try")
	}
	if rerr := t.plain(ctx, "rollback to try; release try"); rerr != nil {
		return errors.Join(err, rerr)
	}
	t.wrong, t.last, t.gucs = nil, nil, nil // settings made since went with it
	return err
}

// plain runs statements of the engine's own.
func (t *tx) plain(ctx context.Context, sql string) error {
	_, err := t.c.pg.Exec(ctx, sql).ReadAll()
	return toFault(ctx, err, sql)
}
