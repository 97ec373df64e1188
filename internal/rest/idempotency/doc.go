// Package idempotency lets a write be asked for more than once and happen once.
//
// A client sends Idempotency-Key with a write. The first request of a key writes the
// key's row in the same transaction as its own rows, with the answer: either all of it
// is committed or none. A repeat finds the row and is given the same answer; one that
// comes while the first is under way waits for its transaction. What was rolled back
// has left nothing, so the repeat tries anew.
//
// A key belongs to its caller, method, path and query. A caller without a subject has
// nothing but the key to be told from others, so his key must be hard to guess.
//
// The package knows no room: whoever has a transaction and an answer may use it. It
// needs the table of Schema.
package idempotency
