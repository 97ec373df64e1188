// Package blob keeps bytes under keys, on a disk or in an object store.
//
// Blobs are immutable: a key is made by the house, never by a user, and its bytes
// appear whole or not at all. Whoever overwrites a file puts a new blob, lets its row
// name the new key, and deletes the old one after the commit; so a reader never sees
// half a file, and a crash leaves at most a blob that no row names, which a sweeper
// finds through List.
//
// Everything streams: no driver holds more of a blob in memory than a buffer.
//
// What it is not: a file system (there are no folders), a cache, or a place for
// names, owners or rights; those are rows. Package blobtest is the contract that each
// driver passes. A Store may be used by many goroutines.
//
//	info, err := store.Put(ctx, "0197…", r, -1)
//	body, err := store.Get(ctx, "0197…", blob.Range{Offset: 100, Length: 50})
package blob
