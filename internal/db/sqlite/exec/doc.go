// Package exec runs statements on one SQLite connection, in Postgres' order.
//
// Compile parses nothing twice: a Prepared statement is bound, secured and planned
// for one role, search path and version of the catalogue. Reading statements are
// one SQLite statement. Writing statements are carried out in Go:
//
//  1. the source rows, or the rows that WHERE and the policies let it touch, are read;
//  2. each row is proposed: defaults, BEFORE triggers, generated columns;
//  3. the policies are asked about all proposed rows, against the state before the
//     statement, then domains, NOT NULL and CHECK constraints;
//  4. the rows are written; SQLite holds unique keys and foreign keys;
//  5. foreign keys that must hold at the statement's end are looked at;
//  6. AFTER triggers run, in order of their names;
//  7. RETURNING is computed.
//
// So a row that somebody adds to a membership table can't vouch for itself.
//
// A Tx belongs to one transaction and one goroutine. PL/pgSQL comes in through the
// Interpreter, which package trigger implements.
package exec
