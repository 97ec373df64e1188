// Package trigger interprets PL/pgSQL on SQLite: trigger functions, and functions
// that a statement calls.
//
// A body is parsed once. Its expressions and statements are bound and planned when
// they are first met, for the role that runs them and the shape of its record
// variables, and remembered in exec.Cache, which lives as long as the catalogue's
// version. An expression that reads no table is computed in memory.
//
// Variables live in slots; a block's slots are given back when it ends, so a node
// always finds its variables under the same numbers.
//
// An exception block is a savepoint. Steps are counted, and bounded.
package trigger
