// Package exec runs statements on one SQLite connection, in Postgres' order.
//
// Compile parses nothing twice: a Prepared statement is bound, secured and planned
// for one role, search path and version of the catalogue. Reading statements are
// one SQLite statement. Writing statements are carried out in Go:
//
//  1. the source rows, or the rows that WHERE and the policies let it touch, are read;
//  2. each row is proposed: defaults, BEFORE triggers, generated columns;
//  3. the policies are asked about it, then domains, NOT NULL and CHECK constraints, all
//     against the state before the statement: no row is written before the last has passed;
//  4. the rows are written; SQLite holds unique keys, and counts broken foreign keys;
//  5. the statement's queue is worked off: what foreign keys do and ask, deferrable
//     keys, AFTER triggers, row by row and level by level;
//  6. RETURNING is computed, before 4 where it reads tables.
//
// Of a statement with CTEs all parts do 1 to 3 before the first does 4.
//
// So a row that somebody adds to a membership table can't vouch for itself.
//
// A Tx belongs to one transaction and one goroutine. PL/pgSQL comes in through the
// Interpreter, which package trigger implements.
package exec
