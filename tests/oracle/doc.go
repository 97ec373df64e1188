// Package oracle holds the SQL parser against PostgreSQL's own, as package pg_query
// carries it: whatever this project's parser accepts must print back to the tree that
// Postgres makes of the original.
//
// It is a module of its own, since pg_query needs cgo and nothing else here does.
package oracle
