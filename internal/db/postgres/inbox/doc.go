// Package inbox stands between the reader of a replication slot and the writer of the
// change log: while one batch is being written the next one grows, up to its bounds. An
// Inbox is for one reader and one writer; package postgres alone uses it.
package inbox
