// Package exact counts in the database, for all nodes of a cluster together: of a bound
// not one more is taken, however many nodes are asked at once. It is for what is
// expensive or guessed at, such as passwords; a count costs a transaction.
//
// What this process alone counted is asked first, so that a flood at one node costs the
// database nothing once it is refused. Times are the database's. Keys are stored as keyed
// hashes, since they may be addresses of people. It needs Postgres.
//
//	c := exact.New(exact.Config{DB: d, Log: log, Secret: secret})
//	wait, err := c.Take(ctx, "sign-in 192.0.2.1", bound, time.Now())
//
// A Counter is a limit.Counter, and safe for concurrent use.
package exact
