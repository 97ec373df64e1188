// Package relay is how numbered changes reach those who follow them without a query: the
// leader gives what it wrote into the change log to its own Feed, and, as messages, to
// those of the other nodes. The log stays the only truth. A Feed holds the latest changes
// as far as they are without a hole; whoever is elsewhere, or for whom it has nothing
// certain, reads the log:
//
//	rows, ok := feed.After(at, 500)
//	if !ok { … read the log after at; feed.Reached(its end) … }
//
// A message carries the leader's token and epoch. One of a lower token or epoch is of a
// leader that is none any more, and is refused. What is too large for a message is told
// by a word alone: that the log goes up to a number.
//
// A Feed is safe for concurrent use. It is bounded in rows and bytes. Package postgres
// alone uses it.
package relay
