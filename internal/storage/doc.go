// Package storage is the room of files, /storage/v1. For now it holds the tables
// that people's migrations and policies speak of, storage.buckets and
// storage.objects; the protocol itself is not here yet.
//
// It may be used by the roof only.
package storage
