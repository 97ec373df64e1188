package heap

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
	"github.com/plinth-dev/plinth/internal/value"
)

// Store is how rows of a table are written to SQLite, by rowid.
type Store struct {
	Name                 string // quoted
	Insert, Remove, Read string
	Blobs                []bool
}

// NewStore says how rows of t are written.
func NewStore(t *catalog.Table) Store {
	s := Store{Name: Quote(schema.TableName(t))}
	names, marks := make([]string, len(t.Columns)), make([]string, len(t.Columns))
	s.Blobs = make([]bool, len(t.Columns))
	for i, c := range t.Columns {
		names[i], marks[i] = Quote(c.Name), "?"+strconv.Itoa(i+1)
		s.Blobs[i] = value.StoredBlob(c.Type)
	}
	// One row is written whole or not at all: its keys are looked at first. So SQLite need not
	// keep what it changes, as it would for a statement of several rows or with a trigger.
	s.Insert = "insert or fail into " + s.Name + " (" + strings.Join(names, ",") + ") values (" + strings.Join(marks, ",") + ")"
	if len(names) == 0 {
		s.Insert = "insert or fail into " + s.Name + " default values"
	}
	s.Read = "select " + strings.Join(names, ",") + " from " + s.Name + " where rowid = ?1"
	if len(names) == 0 {
		s.Read = "select 1 from " + s.Name + " where rowid = ?1"
	}
	s.Remove = "delete from " + s.Name + " where rowid = ?1"
	return s
}

// Quote quotes a name for SQLite.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Bind binds a value that is in its storage form.
func Bind(st *lite.Stmt, i int, v value.Value, blob bool) {
	switch {
	case v.Tag == value.Null:
		st.BindNull(i)
	case v.Tag == value.IsInt:
		st.BindInt(i, v.I)
	case v.Tag == value.IsFloat:
		st.BindFloat(i, v.F)
	case blob:
		st.BindBlob(i, []byte(v.S))
	default:
		st.BindText(i, v.S)
	}
}

// Value reads column i in its storage form.
func Value(st *lite.Stmt, i int) value.Value {
	switch st.ColumnType(i) {
	case lite.Int:
		return value.Int(st.ColumnInt(i))
	case lite.Float:
		return value.Float(st.ColumnFloat(i))
	case lite.Text:
		return value.Str(st.ColumnString(i))
	case lite.Blob:
		return value.Str(string(st.ColumnBlob(i)))
	}
	return value.Value{}
}

// Load reads columns from..from+len(cols) as typed values.
func Load(st *lite.Stmt, from int, cols []value.Field) ([]value.Value, error) {
	out := make([]value.Value, len(cols))
	for i, f := range cols {
		v, err := value.Load(f.Type, Value(st, from+i))
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}
