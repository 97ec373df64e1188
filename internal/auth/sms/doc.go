// Package sms sends text messages with codes: a guard that bounds what a stranger can
// make the project pay for, a job that carries the message in its cause's transaction,
// and the senders' APIs as rows of one table.
//
// The guard is exact, since it counts in the database: messages an hour and a day in
// all, and an hour to numbers that differ in their last digits alone, which is how
// premium ranges are pumped; and the project may name the countries it sends to.
//
// Twilio Verify makes and checks codes itself: then Verifies is true, and the room asks
// Check instead of its own table. Without a sender, messages are kept where a developer
// reads them. Only the room of sign-in calls it; a Service is safe for concurrent use.
package sms
