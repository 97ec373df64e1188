// Package pgsql reads and writes SQL as PostgreSQL's grammar has it: a lexer, a
// recursive-descent parser with Postgres' operator precedence, the tree, a printer,
// a walker and equality.
//
// It knows no catalogue: names are not resolved, types not checked. What Postgres
// would accept but the tree has no place for is either an *Other statement (kept
// whole, refused by whoever must run it) or a fault 0A000 with a position. Syntax
// faults are 42601 with Postgres' message and the 1-based byte offset.
//
// Everything is a pure function; trees are plain data and may be shared between
// goroutines as long as nobody changes them. Input is bounded: a script to 16 MB,
// nesting to 200 levels, a chain of operators to 2,000.
//
//	stmts, err := pgsql.Parse(`select id from todos where done = false`)
//	fmt.Println(pgsql.Print(stmts[0]))
package pgsql
