// Package conformance runs PostgREST's public specification, as data, against the
// real data API.
//
// The cases and their fixture database lie beside the checkout, in
// ../shared/conformance/postgrest, or where PLINTH_SHARED points. OpenSQLite
// and OpenPostgres fill a database with the fixture, going on past what the engine
// refuses; Stack serves it in the configuration that a case names; Case.Check compares an
// answer. The test keeps a baseline of the cases that pass and a list of refused
// objects that may only shrink, and writes docs/compatibility.md. The command in
// serve serves the fixture for other runners.
//
// It is no part of the product; nothing imports it but its own command.
package conformance
