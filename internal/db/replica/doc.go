// Package replica lets reads go to servers that repeat what the primary wrote, and
// hides that they do: a read sees everything that was acknowledged before it came, by
// whichever node.
//
// The clients of Supabase send nothing back that would say what they wrote last, and
// their next request may come to another node. So no node remembers who wrote what: a
// read asks the primary how long its log is, and goes to a replica that shows all of
// that. Reads that come while the question is on its way share the next one, so that a
// busy node asks a few hundred times a second at most, and the primary does nothing
// else for those reads. A replica that is not there after a short wait is passed over,
// and so is one that does not answer; the primary reads then, as without replicas.
//
// A Driver is a db.Driver; only the roof opens one. It may be used by many goroutines.
package replica
