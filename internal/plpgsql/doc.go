// Package plpgsql reads the bodies of PL/pgSQL functions into a tree.
//
// The SQL inside is parsed by package pgsql; its nodes carry positions that count
// from the body's beginning, as all positions here do. INTO is taken out of the SQL
// and kept as targets. Nothing is resolved: whether a name is a variable or a column
// is for whoever runs the tree.
//
// Faults are 42601 with Postgres' messages where it has one; cursors, transaction
// control and CALL are refused with 0A000. Trees are plain data and may be shared.
//
//	b, err := plpgsql.Parse("begin new.updated_at := now(); return new; end")
package plpgsql
