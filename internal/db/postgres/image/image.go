package image

import (
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres/codec"
	"github.com/plinth-dev/plinth/internal/db/postgres/relay"
	"github.com/plinth-dev/plinth/internal/value"
)

// Read puts the rows of a change, and the key, into c, whose table and operation are set.
// ok is false where they are not readable.
func Read(c *db.Change, types *codec.Types, r *relay.Row) (ok bool) {
	if r.Shape[0] == 'p' {
		ok = tupleChange(c, r.Old, r.New)
	} else if c.Old, ok = row(c.Table, types, r.Shape, r.Old); ok {
		c.New, ok = row(c.Table, types, r.Shape, r.New)
	}
	if c.Key = keyOf(c.Table, c.New); c.New == nil {
		c.Key = keyOf(c.Table, c.Old)
	}
	return ok
}

func keyOf(t *catalog.Table, row []value.Value) (key []value.Value) {
	if k := t.PrimaryKey(); k != nil && row != nil {
		for _, name := range k.Cols {
			key = append(key, row[t.Column(name)])
		}
	}
	return key
}

// row reads one that a trigger logged.
func row(t *catalog.Table, types *codec.Types, shape string, src []byte) ([]value.Value, bool) {
	if src == nil {
		return nil, true
	}
	var v value.Value
	if shape[0] == 'b' {
		v = types.Row(t.RowType(), src)
	} else {
		var err error
		if v, err = value.Parse(t.RowType(), string(src), value.Env{}); err != nil {
			return nil, false
		}
	}
	return v.L, len(v.L) == len(t.Columns)
}
