// Package table keeps certificates, their keys, the account at the authority and what an
// authority's challenge must find in the table plinth.certificates, for all nodes of a
// database: it is a certmagic.Storage.
//
// A lock is a row of its own, with its holder and until when it holds; the holder moves that
// forward while it works. A holder that died has lost its locks after Lease. All times are
// the database's clock.
//
//	t := table.New(d, log)
//	defer t.Close()
//
// The table has no policy, so the database's owner alone reads it. A Table is safe for
// concurrent use.
package table
