// Package wire is what every room's HTTP door shares: a route table whose handlers
// return errors, the actor of a request, bounded bodies, request ids, the access
// line and CORS.
//
// A handler is decode → one call → encode. It never writes an error: it returns
// one, and the room's Door answers it once, in the room's own shape. What is not a
// *fault.Error becomes a 500 with a fixed sentence.
//
// wire knows no product rule and no database; it sees db.Session alone.
package wire
