// Package ddl applies data definition statements to a catalogue, with PostgreSQL's
// checks, generated names, errors and SQLSTATEs.
//
// Apply takes one version of the catalogue and returns the next; the old one stays as
// it was. Names inside stored expressions are qualified with their schema, as
// Postgres resolves them once, and rewritten by a later rename. It changes no data:
// whoever holds the rows compares the two versions (package db/sqlite/schema).
//
//	cat := catalog.New()
//	s := &catalog.Session{Role: "postgres", SearchPath: []string{"public"}}
//	next, notices, err := ddl.Apply(cat, s, stmt, src)
package ddl
