// Package schema turns the difference of two catalogues into SQLite's DDL.
//
// Diff is meant for one applied statement at a time: it matches tables, columns and
// sequences by ID, so a rename is a rename and keeps the rows. It returns steps, in
// order; whoever carries them out runs each step's SQL and does what the step asks for
// beside it (Backfill, Convert, Probe, Check).
//
// What the caller must do around the steps:
//   - Rebuilds(steps) true: `pragma foreign_keys = off` before BEGIN (SQLite ignores it
//     inside a transaction) and `pragma foreign_key_check` before COMMIT. The steps set
//     legacy_alter_table themselves, which works inside a transaction.
//   - Register the collations pg_numeric and pg_citext, and the functions that printed
//     expressions call, on every connection.
//
// SQLite holds keys, indexes and foreign keys only. NOT NULL, checks, types, defaults and
// generated columns are enforced by the write pipeline.
package schema
