package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// cursor reads the rows of the last statement of a pipeline. It implements db.Cursor.
type cursor struct {
	ctx        context.Context // the statement's, which tells why it ended
	sql        string
	st         *stmt
	zone       *time.Location
	p          *pgconn.Pipeline
	rr         *pgconn.ResultReader
	row        [][]byte
	held, more bool // the first row was read already
	n          int64
	err        error
	over       bool
	tail       bool        // a row of sqlTail follows
	gucs       [2]string   // which it is
	done       func(error) // called once, when the connection is free again
}

// Columns returns names and types.
func (c *cursor) Columns() []db.Column { return c.st.cols }

// Next moves to the next row. It is false only after the server said that the
// statement, and a transaction of its own, is done.
func (c *cursor) Next() bool {
	if c.held {
		c.held = false
		return c.more
	}
	return !c.over && c.advance()
}

func (c *cursor) advance() bool {
	if c.rr.NextRow() {
		c.row = c.rr.Values()
		return true
	}
	c.finish()
	return false
}

// finish reads what is left and gives the connection back.
func (c *cursor) finish() {
	if c.over {
		return
	}
	c.over, c.row = true, nil
	tag, err := c.rr.Close()
	if c.tail && err == nil {
		err = c.readTail()
	}
	if cerr := c.p.Close(); err == nil {
		err = cerr
	}
	c.n = tag.RowsAffected()
	c.err = toFault(c.ctx, err, c.sql)
	if c.done != nil {
		c.done(c.err)
	}
}

func (c *cursor) readTail() error {
	res, err := c.p.GetResults()
	if err != nil {
		return err
	}
	rr, ok := res.(*pgconn.ResultReader)
	if !ok {
		return fault.New(fault.Internal, "XX000", "internal error")
	}
	if rr.NextRow() {
		for i, v := range rr.Values()[:2] {
			c.gucs[i] = string(v)
		}
	}
	_, err = rr.Close()
	return err
}

// fail ends a pipeline that gave no rows.
func (c *cursor) fail(err error) error {
	c.over = true
	if cerr := c.p.Close(); err == nil {
		err = cerr
	}
	c.err = toFault(c.ctx, err, c.sql)
	return c.err
}

// AppendJSON appends a column in to_json's form.
func (c *cursor) AppendJSON(dst []byte, col int) []byte {
	return c.st.read[col].AppendJSON(dst, c.row[col], c.zone)
}

// AppendText appends a column's text.
func (c *cursor) AppendText(dst []byte, col int) ([]byte, bool) {
	if c.row[col] == nil {
		return dst, false
	}
	return c.st.read[col].AppendText(dst, c.row[col], c.zone), true
}

// Value returns a column's datum.
func (c *cursor) Value(col int) value.Value { return c.st.read[col].Value(c.row[col]) }

// Affected returns the number of rows read or written.
func (c *cursor) Affected() int64 { return c.n }

// Err returns what ended the rows early.
func (c *cursor) Err() error { return c.err }

// Close ends the statement. It may be called twice.
func (c *cursor) Close() error {
	c.held = false
	c.finish()
	return nil
}
