// Package jsonb is Postgres' jsonb: its parser with Postgres' errors, the canonical text
// ({"a": 1}, keys by length and bytes, each once), the order of values, and the
// operations on canonical text.
//
// It knows no types and no datums; value is its caller. All of it is pure.
//
//	s, ok := jsonb.Get(`{"a": 1}`, "a") // 1
package jsonb
