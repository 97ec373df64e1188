package account

import (
	"context"
	"errors"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/value"
)

// Stamp is a timestamptz: microseconds, and whether it is set.
type Stamp struct {
	Micros int64
	Set    bool
}

// At is the stamp of a moment.
func At(t time.Time) Stamp { return Stamp{t.UnixMicro(), true} }

// StampOf reads a timestamptz.
func StampOf(v value.Value) Stamp { return Stamp{v.I, !v.IsNull()} }

// Time returns the moment in the wire's form, nil where unset.
func (s Stamp) Time() any {
	if !s.Set {
		return nil
	}
	return time.UnixMicro(s.Micros).UTC()
}

// First returns the first row of a statement, or nil.
func First(ctx context.Context, tx *db.Tx, sql string, args ...any) ([]value.Value, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	var v []value.Value
	if rows.Next() {
		v = rows.Row()
	}
	return v, Close(rows)
}

// Close ends a reading, and says what went wrong in it.
func Close(rows *db.Rows) error { return errors.Join(rows.Err(), rows.Close()) }

// Nullable is s as a parameter, NULL where it is empty.
func Nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}
