package builtin

import "github.com/plinth-dev/plinth/internal/value"

// Category is typcategory: types of one category convert into each other more readily.
func Category(t *value.Type) byte {
	switch t.Base().Kind {
	case value.Bool:
		return 'B'
	case value.Int2, value.Int4, value.Int8, value.Float4, value.Float8, value.Numeric,
		value.OID, value.Regclass:
		return 'N'
	case value.Text, value.Varchar, value.Bpchar, value.Name, value.Citext:
		return 'S'
	case value.Timestamptz, value.Timestamp, value.Date, value.Time, value.Timetz:
		return 'D'
	case value.Interval:
		return 'T'
	case value.Inet, value.Cidr:
		return 'I'
	case value.Enum:
		return 'E'
	case value.Array:
		return 'A'
	case value.Record:
		if t.Base().Name != "" {
			return 'C'
		}
		return 'P'
	case value.Unknown:
		return 'X'
	case value.Void, value.Trigger, value.Any, value.AnyElement, value.AnyArray, value.AnyEnum:
		return 'P'
	}
	return 'U'
}

// Preferred is typispreferred: the type that wins in its category.
func Preferred(t *value.Type) bool {
	switch t.Base().Kind {
	case value.Bool, value.Float8, value.OID, value.Text, value.Timestamptz, value.Interval, value.Inet:
		return true
	}
	return false
}
