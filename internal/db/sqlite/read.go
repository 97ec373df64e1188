package sqlite

import (
	"context"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
)

// A reader must use the catalogue of its snapshot. Readers take no lock for that:
// they note the count of schema changes, start their snapshot, and begin again where
// the count moved meanwhile. It is odd between a change's COMMIT and its publication.

// steady returns the published schema and the count that goes with it.
func (d *Driver) steady() (*published, uint64) {
	for {
		n := d.changes.Load()
		if n%2 == 0 {
			return d.pub.Load(), n
		}
		d.publishing.RLock() // the change holds it for as long as the count is odd
		//lint:ignore SA2001 waiting is all that is wanted
		d.publishing.RUnlock()
	}
}

// change commits a change of the schema and publishes it.
func (d *Driver) change(commit func() error) error {
	d.publishing.Lock()
	defer d.publishing.Unlock()
	d.changes.Add(1)
	defer d.changes.Add(1)
	return commit()
}

// Query runs one reading statement on a reader of its own.
func (d *Driver) Query(ctx context.Context, s *db.Session, sql string, args []any) (db.Cursor, error) {
	for {
		pub, n := d.steady()
		c, err := d.queryOn(ctx, pub, s, statement{sql, args})
		if d.changes.Load() == n || ctx.Err() != nil {
			return c, err
		}
		if err == nil {
			_ = c.Close() // its Close does not fail
		}
	}
}

// statement is a text with its arguments.
type statement struct {
	sql  string
	args []any
}

func (d *Driver) queryOn(ctx context.Context, pub *published, s *db.Session, st statement) (db.Cursor, error) {
	ctx, cancel := within(ctx, d.cfg.ReadLimit)
	conn, err := d.pool.Get(ctx)
	if err != nil {
		cancel()
		return nil, err
	}
	done := func() {
		d.pool.Put(conn)
		cancel()
	}
	lent := false
	defer func() {
		if !lent { // an error, or a panic on its way up
			done()
		}
	}()
	t, err := d.newTx(conn, pub, ctx.Done())
	if err != nil {
		return nil, err
	}
	cur, err := t.only(ctx, s, st, done)
	lent = err == nil
	return cur, err
}

// within bounds ctx, unless it ends earlier of itself.
func within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if at, ok := ctx.Deadline(); ok && time.Until(at) <= limit {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, limit)
}

// only runs the one statement of a reader, which done gives back, and reads its first
// row: that takes the snapshot, and shows most errors.
func (t *tx) only(ctx context.Context, s *db.Session, st statement, done func()) (db.Cursor, error) {
	t.reads = true
	p, err := t.compile(s, st.sql)
	if err != nil {
		return nil, err
	}
	c := &ahead{ctx: ctx, done: done}
	if c.Cursor, err = t.run(s, p, st.args, nil); err != nil {
		return nil, err
	}
	c.held, c.more = true, c.Cursor.Next()
	if err := c.Err(); err != nil {
		_ = c.Cursor.Close()
		return nil, err
	}
	return c, nil
}

// ahead is a cursor whose first row was read already.
type ahead struct {
	db.Cursor
	ctx        context.Context // the statement's own: it ends a cursor that is open too long
	ended      bool
	held, more bool
	done       func()
}

// Next moves to the next row.
func (c *ahead) Next() bool {
	if c.held {
		c.held = false
		return c.more
	}
	select {
	case <-c.ctx.Done():
		c.ended = true
		return false
	default:
		return c.Cursor.Next()
	}
}

// Err returns what ended the rows early.
func (c *ahead) Err() error {
	if err := c.Cursor.Err(); err != nil || !c.ended {
		return err
	}
	return lite.Ended(c.ctx)
}

// Close gives the reader back. It may be called twice.
func (c *ahead) Close() error {
	err := c.Cursor.Close()
	if c.done != nil {
		c.done()
		c.done = nil
	}
	return err
}

// Read runs fn on one read-only snapshot.
func (d *Driver) Read(ctx context.Context, fn func(db.Conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, d.cfg.ReadLimit)
	defer cancel()
	conn, err := d.pool.Get(ctx)
	if err != nil {
		return err
	}
	defer d.pool.Put(conn) // which ends the transaction
	pub, err := d.snapshot(conn)
	if err != nil {
		return err
	}
	t, err := d.newTx(conn, pub, ctx.Done())
	if err != nil {
		return err
	}
	t.reads = true
	defer t.end()
	return fn(&bounded{t, ctx})
}

// snapshot begins a read transaction and returns the schema that it sees.
func (d *Driver) snapshot(c *lite.Conn) (*published, error) {
	for {
		pub, n := d.steady()
		if err := run(c, `begin`); err != nil {
			return nil, err
		}
		if err := run(c, `select 1 from _meta limit 1`); err != nil {
			return nil, err
		}
		if d.changes.Load() == n {
			return pub, nil
		}
		if err := run(c, `rollback`); err != nil {
			return nil, err
		}
	}
}

// bounded ends a transaction that lasts too long.
type bounded struct {
	*tx
	ctx context.Context // the transaction's own limit, beside each statement's
}

// Query runs one statement within the transaction's time.
func (b *bounded) Query(ctx context.Context, s *db.Session, sql string, args []any) (db.Cursor, error) {
	if b.ctx.Err() != nil {
		return nil, lite.Ended(b.ctx)
	}
	return b.tx.Query(ctx, s, sql, args)
}
