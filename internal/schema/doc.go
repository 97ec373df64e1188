// Package schema is the workshop of a project's schema: it reads catalogues of either
// engine and writes what a team works with. It serves no URL and keeps no state.
//
// Its parts: script writes a catalogue as SQL and the difference of two as
// statements; gen writes the types that clients are compiled with; advise finds what
// a schema should do better. Each works on catalogues alone, so each works on both
// engines and in tests without a database.
package schema
