// Package job is the transactional queue: work that must happen if, and only if, a
// transaction commits.
//
//	_, err := d.Write(ctx, session, func(tx *db.Tx) error {
//		…
//		return job.Enqueue(ctx, tx, job.Job{Kind: "mail", Args: letter})
//	})
//
// A job is a row of plinth.jobs. A worker claims it by moving its time behind a
// lease; a job whose worker died becomes due again by itself. So a job runs at least
// once, and a handler must bear a second run; one whose effect is in the database
// calls Run.Finish in the transaction of the effect, and then it happens once.
//
// A failed run is tried again after a growing, jittered pause; after the last attempt
// the job is dead: it stays in the table, with its error, until somebody revives or
// deletes it. Jobs that are done are deleted.
//
// The clock is the database's, so nodes need not agree on the time. Whoever enqueues
// in this process wakes its queue at the commit; other nodes look every second.
//
// Every room may enqueue; the roof makes the Queue. It is safe for concurrent use.
// What it is not: a message bus, a place for results, or exactly-once for effects
// outside the database.
package job
