// Package value owns equal bytes with Postgres: the types, their datums, and every
// form a datum has — text, JSON, storage in SQLite — with comparison, casts and the
// arithmetic primitives that functions and operators are built from.
//
// It knows no catalogue, no expression and no function by name; builtin does. It does
// no I/O and reads no clock: what depends on the moment or the time zone takes an Env.
// Everything here may be called concurrently; values and types are never changed after
// they were built.
//
//	v, err := value.Parse(value.TNumeric, "1.50", value.Env{})
//	b := value.AppendJSON(nil, value.TNumeric, v, nil) // 1.50
package value
