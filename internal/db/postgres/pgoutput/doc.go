// Package pgoutput reads the messages of Postgres' logical replication, protocol
// version 1, and the rows in them. It is pure: whoever has a connection hands it bytes.
package pgoutput
