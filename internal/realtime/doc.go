// Package realtime is /realtime/v1: Phoenix channels over WebSocket, as the official
// clients speak them, with broadcast, presence and row changes.
//
// A frame's way: package ws reads it, package phoenix parses it, a socket finds the
// channel that it is for, and the channel's verb (join.go, broadcast.go, presence.go)
// answers. Topics live in the hub; one goroutine, the feed, follows the database's
// change log and hands each row to those who subscribed and may see it.
//
// A row goes to those whose policies show it. Policies are compiled to predicates (package
// policy/sight); subscribers of one kind for whom they decide alike are a group (board.go),
// and a row finds groups through the equalities that must hold (route.go). Rows of other
// tables that policies read are held as of the feed's position (package roster). What
// can't be compiled is asked of the database (judge.go). A DELETE can't be checked any
// more, so with row-level security on it carries the key alone.
//
// Where several nodes serve a database, package mesh joins them: broadcasts, presence,
// and where clients that come back were told up to. A node follows the change log for its
// own clients alone.
// A Service is safe for concurrent use. internal/server alone may construct it.
package realtime
