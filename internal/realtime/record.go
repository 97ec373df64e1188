package realtime

import (
	"time"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/value"
)

const (
	maxRecord  = 1 << 20 // bytes of a record that is sent whole
	smallField = 64      // bytes of a value that is sent of a larger one
)

// appendData encodes a change for those who get the columns of cols, a mask.
func appendData(b []byte, c *db.Change, kind, cols string) []byte {
	t := c.Table
	b = append(b, `{"schema":`...)
	b = value.AppendJSONString(b, t.Schema)
	b = append(b, `,"table":`...)
	b = value.AppendJSONString(b, t.Name)
	b = append(b, `,"commit_timestamp":"`...)
	b = c.At.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
	b = append(b, `","type":"`...)
	b = append(b, kind...)
	b = append(b, `","columns":`...)
	b = appendColumns(b, t, cols)
	cut := false
	if c.Op != db.Delete {
		b = append(b, `,"record":`...)
		b, cut = appendRecord(b, t, c.New, func(i int) bool { return cols[i] == '1' })
	}
	if c.Op != db.Insert {
		told, oldCut := toldOfOld(c), false
		b = append(b, `,"old_record":`...)
		b, oldCut = appendRecord(b, t, c.Old, func(i int) bool { return cols[i] == '1' && told[i] })
		cut = cut || oldCut
	}
	if cut {
		return append(b, `,"errors":["Error 413: Payload Too Large"]}`...)
	}
	return append(b, `,"errors":null}`...)
}

func appendColumns(b []byte, t *catalog.Table, cols string) []byte {
	b = append(b, '[')
	first := true
	for i, col := range t.Columns {
		if cols[i] != '1' {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, `{"name":`...)
		b = value.AppendJSONString(b, col.Name)
		b = append(b, `,"type":`...)
		b = value.AppendJSONString(b, col.Type.Base().UDTName())
		b = append(b, '}')
	}
	return append(b, ']')
}

// appendRecord encodes the wanted columns of a row; of a row that is too large only
// the small ones, and says so.
func appendRecord(b []byte, t *catalog.Table, row []value.Value, want func(i int) bool) ([]byte, bool) {
	start := len(b)
	b = appendFields(b, t, row, want)
	if len(b)-start <= maxRecord {
		return b, false
	}
	return appendFields(b[:start], t, row, func(i int) bool {
		return want(i) && len(value.AppendJSON(nil, t.Columns[i].Type, row[i], time.UTC)) <= smallField
	}), true
}

func appendFields(b []byte, t *catalog.Table, row []value.Value, want func(i int) bool) []byte {
	b = append(b, '{')
	first := true
	for i, col := range t.Columns {
		if i >= len(row) || !want(i) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = value.AppendJSONString(b, col.Name)
		b = append(b, ':')
		b = value.AppendJSON(b, col.Type, row[i], time.UTC)
	}
	return append(b, '}')
}

// toldOfOld says which columns of an old row are told: the key, or all of them where
// the table's replica identity is full and no policy guards it.
func toldOfOld(c *db.Change) []bool {
	told := make([]bool, len(c.Table.Columns))
	full := c.Table.Identity == "full" && !c.Table.RLS
	for i := range told {
		told[i] = full
	}
	if k := c.Table.PrimaryKey(); k != nil {
		for _, name := range k.Cols {
			told[c.Table.Column(name)] = true
		}
	}
	return told
}
