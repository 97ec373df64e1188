// Package scope tells what the names inside stored SQL mean: which table and column
// an expression of the catalogue refers to, which thing depends on which, and what
// a query's columns are called. It resolves names only; types are package bind's.
//
// Package ddl uses it to qualify names when a statement is stored, to rewrite them
// when something is renamed, and to find what a DROP takes along. Scans of one
// Catalog may run side by side; a hook that changes nodes needs a tree of its own
// (CloneExpr).
package scope
