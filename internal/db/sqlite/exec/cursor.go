package exec

import (
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite/heap"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/value"
)

// Cursor returns res as a db.Cursor. close runs once, when it is closed.
func (res *Result) Cursor(zone *time.Location, close func()) db.Cursor {
	cols := make([]db.Column, len(res.Cols))
	for i, f := range res.Cols {
		cols[i] = db.Column{Name: f.Name, Type: f.Type}
	}
	base := cursor{cols: cols, zone: zone, close: close}
	if res.live != nil {
		return &liveCursor{cursor: base, st: res.live}
	}
	return &heldCursor{cursor: base, rows: res.Rows, at: -1, affected: res.Affected}
}

type cursor struct {
	cols  []db.Column
	zone  *time.Location
	close func()
}

// Columns returns the result's columns.
func (c *cursor) Columns() []db.Column { return c.cols }

func (c *cursor) finish() {
	if c.close != nil {
		c.close()
		c.close = nil
	}
}

// heldCursor walks rows in memory.
type heldCursor struct {
	cursor
	rows     [][]value.Value
	at       int
	affected int64
}

func (c *heldCursor) Next() bool {
	c.at++
	return c.at < len(c.rows)
}

func (c *heldCursor) AppendJSON(dst []byte, col int) []byte {
	return value.AppendJSON(dst, c.cols[col].Type, c.rows[c.at][col], c.zone)
}

func (c *heldCursor) AppendText(dst []byte, col int) ([]byte, bool) {
	v := c.rows[c.at][col]
	if v.IsNull() {
		return dst, false
	}
	return value.AppendText(dst, c.cols[col].Type, v, c.zone), true
}

func (c *heldCursor) Value(col int) value.Value { return c.rows[c.at][col] }
func (c *heldCursor) Affected() int64           { return c.affected }
func (c *heldCursor) Err() error                { return nil }

func (c *heldCursor) Close() error {
	c.finish()
	return nil
}

// liveCursor steps a statement; columns go from SQLite's memory to JSON.
type liveCursor struct {
	cursor
	st  *lite.Stmt
	n   int64
	err error
}

func (c *liveCursor) Next() bool {
	if c.st == nil || c.err != nil {
		return false
	}
	more, err := c.st.Step()
	if err != nil {
		c.err = lite.Fault(err)
		return false
	}
	if more {
		c.n++
	}
	return more
}

func (c *liveCursor) AppendJSON(dst []byte, col int) []byte {
	return value.AppendStoredJSON(dst, c.cols[col].Type, c.raw(col), c.zone)
}

// raw reads a column without copying its text.
func (c *liveCursor) raw(col int) value.Value {
	switch c.st.ColumnType(col) {
	case lite.Int:
		return value.Int(c.st.ColumnInt(col))
	case lite.Float:
		return value.Float(c.st.ColumnFloat(col))
	case lite.Text:
		return value.Str(text(c.st.ColumnText(col)))
	case lite.Blob:
		return value.Str(text(c.st.ColumnBlob(col)))
	}
	return value.Value{}
}

func (c *liveCursor) AppendText(dst []byte, col int) ([]byte, bool) {
	v := c.load(col, c.raw(col)) // whose text is copied before the row goes
	if v.IsNull() {
		return dst, false
	}
	return value.AppendText(dst, c.cols[col].Type, v, c.zone), true
}

func (c *liveCursor) Value(col int) value.Value { return c.load(col, heap.Value(c.st, col)) }

// load is a stored value as one of the column's type.
func (c *liveCursor) load(col int, raw value.Value) value.Value {
	v, err := value.Load(c.cols[col].Type, raw)
	if err != nil && c.err == nil {
		c.err = err
	}
	return v
}

func (c *liveCursor) Affected() int64 { return c.n }
func (c *liveCursor) Err() error      { return c.err }

func (c *liveCursor) Close() error {
	if c.st != nil {
		c.st.Release()
		c.st = nil
	}
	c.finish()
	return nil
}
