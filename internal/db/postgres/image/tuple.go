package image

import (
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres/pgoutput"
	"github.com/plinth-dev/plinth/internal/value"
)

// tupleChange reads the rows that logical replication brought. An old row holds the
// replica identity alone where that is not full; of an update that left the key as it
// was, the server tells no old row, and its key is the new one's.
func tupleChange(c *db.Change, old, new pgoutput.Tuple) (ok bool) {
	if new != nil {
		if c.New, c.Unchanged, ok = tupleRow(c.Table, new); !ok {
			return false
		}
	}
	if old != nil {
		c.Old, _, ok = tupleRow(c.Table, old)
		return ok
	}
	if k := c.Table.PrimaryKey(); c.Op == db.Update && k != nil {
		c.Old = make([]value.Value, len(c.New))
		for _, name := range k.Cols {
			i := c.Table.Column(name)
			c.Old[i] = c.New[i]
		}
	}
	return true
}

// tupleRow puts the columns of a tuple in the table's order: generated ones come last
// in it, or not at all. lacks marks those that the server's log did not carry.
func tupleRow(t *catalog.Table, src pgoutput.Tuple) (row []value.Value, lacks []bool, ok bool) {
	data, err := src.Data()
	if err != nil {
		return nil, nil, false
	}
	stored := 0
	for _, c := range t.Columns {
		if c.Generated == nil {
			stored++
		}
	}
	if len(data) < stored {
		return nil, nil, false
	}
	data, more := data[:stored], data[stored:]
	if len(more) != len(t.Columns)-stored { // generated columns came or went
		more = nil
	}
	row = make([]value.Value, len(t.Columns))
	for i, c := range t.Columns {
		d := pgoutput.Datum{Kind: pgoutput.Unchanged}
		switch {
		case c.Generated == nil:
			d, data = data[0], data[1:]
		case len(more) > 0:
			d, more = more[0], more[1:]
		}
		if d.Kind != pgoutput.Text && d.Kind != pgoutput.Null {
			if lacks == nil {
				lacks = make([]bool, len(row))
			}
			lacks[i] = true
		}
		if d.Kind == pgoutput.Text || d.Kind == pgoutput.Read {
			row[i] = datum(c.Type, string(d.Text))
		}
	}
	return row, lacks, true
}

// datum reads a value's text; a type that is known by name alone keeps it.
func datum(t *value.Type, text string) value.Value {
	v, err := value.Parse(t, text, value.Env{})
	if err != nil {
		return value.Str(text)
	}
	return v
}
