// Package backup keeps a copy of the SQLite database in a store of blobs: snapshots, and
// a log of all commits, from which the database is restored as it was at any time, or
// followed by a standby.
//
// A generation is one life of one server. Its number comes with a lease, which of many
// who ask one gets; so no two servers ever write one generation. Its blobs are
//
//	lease-GEN            who took the generation
//	beat-GEN             the holder's sign of life
//	s-GEN-SEQ-TIME       a snapshot: all pages, as they were after segment SEQ
//	l-GEN-SEQ            a segment of the log: transactions, each with time and pages
//	f-KEY, x-KEY         a copy of the file KEY; the mark that the file was deleted
//	p-TIME               a dump of Postgres
//
// Segments are numbered without gaps and created, never overwritten; each holds the sum
// of the one before. Who takes over a generation creates its next segment, the seal: from
// then on the old server can ship nothing, whatever it believes.
//
// It knows pages, not rows; what reads and checks a database is given by the roof. What
// it is not: a consensus, or a replica that answers queries.
package backup
