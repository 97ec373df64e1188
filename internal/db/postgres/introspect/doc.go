// Package introspect turns the system tables of a Postgres database into a catalogue
// and the types of its OIDs. SQL is the text that the caller runs, in one snapshot;
// Build reads what came back. It does no I/O.
//
// Expressions of defaults, checks and policies are parsed where they are portable;
// one that is not stands as a call of pg_catalog.unportable with its text, so that
// nobody takes it for missing, or for true.
package introspect
