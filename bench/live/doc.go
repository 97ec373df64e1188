// Package live measures realtime servers: bursts of messages to many subscribers,
// stored rows that reach the members of a room, and what an idle connection costs.
//
// A delivery is a message with our mark that a subscriber's connection received; a
// window of messages ends when every subscriber has all of them, and one too many or
// too few is an error.
package live
