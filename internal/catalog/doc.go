// Package catalog is the model of a database's schema: tables, types, functions,
// policies, roles and grants, and the look-ups that the floors above ask of it.
//
// A *Catalog is a value. Package ddl makes the next version of it and leaves the old
// one as it was, so any number of readers may hold one without a lock. Names inside
// stored expressions (policies, checks, defaults, views) are qualified with their
// schema.
//
// It does not bind expressions to types: package bind does, and ddl asks it through
// Checker. It does no I/O and knows nothing of SQLite.
//
//	t, ok := cat.Table([]string{"public"}, pgsql.Ident{Name: "todos"})
package catalog
