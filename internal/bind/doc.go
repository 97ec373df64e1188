// Package bind gives names and types to a syntax tree: every column, function and
// type that a statement names is looked up in the catalogue, every implicit cast
// becomes a Cast node, every literal takes the type of its place, views and SQL
// functions are expanded where they stand. What it refuses, it refuses with
// Postgres' SQLSTATE, message, detail, hint and position.
//
// It checks no privileges and adds no policies: a Stmt lists what it uses, so that
// the executor can ask; package policy puts conditions into the Rels.
//
// Binding is pure and safe for concurrent use; bound trees are not changed after
// they are handed out, but for Rel.Filter, which policy fills in.
//
//	st, err := bind.Statement(&bind.Config{Catalog: cat, SearchPath: path}, tree)
//
// budget: the rules of names and types call each other; what stands alone is in the folders below
package bind
