package sqlite

import (
	"context"
	"errors"

	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
)

// Try runs fn within a savepoint.
func (t *tx) Try(_ context.Context, fn func() error) error {
	t.end()
	if t.failed != nil {
		return t.failed
	}
	conn, catalogue, cache, deferred := t.x.Conn, t.x.Catalog, t.x.Cache, t.x.Deferred()
	if err := conn.Exec("savepoint try"); err != nil {
		return lite.Fault(err)
	}
	err := fn()
	t.end()
	if err == nil {
		err = t.failed
	}
	if err == nil {
		return lite.Fault(conn.Exec("release try"))
	}
	if conn.Autocommit() { // the whole transaction is gone
		t.failed = err
		return err
	}
	if rerr := conn.Exec("rollback to try; release try"); rerr != nil {
		t.failed = lite.Fault(rerr)
		return errors.Join(err, t.failed)
	}
	t.failed, t.x.Catalog, t.x.Cache = nil, catalogue, cache
	t.x.Forget(deferred)
	return err
}
