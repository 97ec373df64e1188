// Package fn gives SQLite the functions of Postgres that it lacks: builtin scalar
// functions and operators, casts, aggregates, set-returning functions as JSON, and
// collations.
//
// A compiled plan lists what it calls as Needs. Before it runs, the connection's
// Set registers those that the connection does not have yet. Names are made of the
// function's name and its resolved argument types, so that each registered function
// knows its types statically. What a function reads of the request stands in the
// connection's State, which the executor sets before each statement. An error
// inside a function comes back as the cause of lite's error, unchanged.
//
// A Set belongs to one connection and is used by one goroutine at a time; Needs are
// immutable.
package fn
