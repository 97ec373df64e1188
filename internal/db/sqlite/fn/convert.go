package fn

import (
	"bytes"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/value"
)

// load returns argument i as a datum of t.
func load(a lite.Args, i int, t *value.Type) (value.Value, error) {
	var raw value.Value
	switch a.Type(i) {
	case lite.Int:
		raw = value.Int(a.Int(i))
	case lite.Float:
		raw = value.Float(a.Float(i))
	case lite.Text:
		raw = value.Str(a.String(i))
	case lite.Blob:
		raw = value.Str(string(a.Blob(i)))
	}
	return value.Load(t, raw)
}

// give returns a datum of t to SQLite in its storage form.
func give(r lite.Result, t *value.Type, v value.Value) {
	switch v = value.Store(t, v); v.Tag {
	case value.IsInt:
		r.Int(v.I)
	case value.IsFloat:
		r.Float(v.F)
	case value.IsStr:
		if value.StoredBlob(t) {
			r.Blob([]byte(v.S))
		} else {
			r.Text(v.S)
		}
	default:
		r.Null()
	}
}

func zoneOf(e *builtin.Env) *time.Location {
	if e == nil {
		return nil
	}
	return e.Zone
}

// The collations of types whose text form does not order as they do.
const (
	CollateNumeric = "pg_numeric"
	CollateCitext  = "pg_citext"
)

func collations(c *lite.Conn) error {
	err := c.CreateCollation(CollateNumeric, func(a, b []byte) int {
		return value.NumCmp(string(a), string(b))
	})
	if err != nil {
		return err
	}
	return c.CreateCollation(CollateCitext, func(a, b []byte) int {
		return strings.Compare(strings.ToLower(string(a)), strings.ToLower(string(b)))
	})
}

// Collation orders the storage forms of t, which are texts, as Postgres orders t. Its
// name is the Need's.
func Collation(t *value.Type) Need {
	switch t.Base().Kind {
	case value.Numeric:
		return Need{Name: CollateNumeric, Register: nothing}
	case value.Citext:
		return Need{Name: CollateCitext, Register: nothing}
	}
	n := name("pg_", "", t)
	return Need{Name: n, Register: func(c *lite.Conn, _ *State) error {
		return c.CreateCollation(n, func(a, b []byte) int {
			x, errX := value.Load(t, value.Str(string(a)))
			y, errY := value.Load(t, value.Str(string(b)))
			if errX != nil || errY != nil {
				return bytes.Compare(a, b)
			}
			return value.Compare(t, x, y)
		})
	}}
}

func nothing(*lite.Conn, *State) error { return nil }
