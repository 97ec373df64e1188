// Package postgres is the engine over a Postgres server, 14 or newer. SQL runs there
// as it is written; roles, policies and functions are the server's own.
//
// A request is one pipeline: the session's role, claims and settings by set_config,
// then the prepared statement, in one implicit transaction and one round trip. All
// connections come from one budget; a request prefers a connection that served its
// role last, since Postgres plans a statement under row security anew when the role
// changes. Rows come in binary form and are encoded by package codec.
//
// Open prepares the database: roles, schemas and functions that are missing are made,
// what exists is left alone, and Notices says what was done. The role "postgres" of a
// db.Session is the one that the URL logs in as.
//
// Changes come from logical replication: of the nodes on a database one leads, reads the
// slot (stream.go), and writes what changed, numbered, into a table that all nodes read
// (number.go). slotsql.go says how the lead passes on. Where the server or the role does
// not allow that, triggers write the same table (logsql.go); source.go decides.
//
// A Driver may be used by many goroutines. While the server is away every call returns
// a fault of kind Unavailable; when it is back the next call works.
package postgres
