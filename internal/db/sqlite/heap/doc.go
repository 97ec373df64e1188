// Package heap is how a table's rows lie in SQLite: the statements that write and read one
// by its rowid, and the way of a value into a statement and out of it. It knows nothing
// of policies, triggers or keys. Its functions belong to whoever holds the connection.
package heap
