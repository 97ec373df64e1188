// Package catalog is the model of a database's schema, and the one place that knows
// what each DDL statement does to it.
//
// A *Catalog is a value: Apply returns the next version and leaves the old one as it
// was, so any number of readers may hold one without a lock. Names inside stored
// expressions (policies, checks, defaults, views) are qualified with their schema
// when the statement is applied, as Postgres resolves them once; a later rename
// rewrites them.
//
// It does not bind expressions to types: package bind does, and Apply asks it
// through Checker. It does no I/O and knows nothing of SQLite.
//
//	cat := catalog.New()
//	s := &catalog.Session{Role: "postgres", SearchPath: []string{"public"}}
//	next, notices, err := cat.Apply(s, stmt, src)
package catalog
