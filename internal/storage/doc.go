// Package storage is the room of files, /storage/v1, on the wire of Supabase's
// storage: buckets, objects, signed URLs, and uploads that can be resumed.
//
// Who may do what is decided by the policies of storage.buckets and storage.objects,
// which every statement meets as the caller's role. The bytes lie in a blob.Store
// under keys that no user chooses; a row's column version is its blob's key.
//
// Rows and bytes never disagree. An upload puts a new blob first, then a transaction
// lets the row name it: until that commit nobody can see it, and when it fails the
// blob is removed. A delete commits first and removes the blob then. What a crash
// leaves between the two is a blob that no row names, and Check finds and removes it.
//
// Bodies stream both ways: no file is ever held in memory.
//
// Only the roof calls it. A Service is safe for concurrent use.
package storage
