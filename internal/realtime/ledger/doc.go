// Package ledger keeps in the database up to where clients with a session were told of
// changes, so that they can come back to a server that was restarted or killed. It is
// written every half second at most, and at the end: where many clients are told a lot, a
// checkpoint is one row for the server and one for each client that is behind.
//
// It is a help, not the truth: a row is never ahead of what the client has, and what was
// sent after the last checkpoint of a server that was killed is said to be open.
//
// A Ledger belongs to the room and is safe for concurrent use.
package ledger
