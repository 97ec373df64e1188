// Package signing keeps the ring of keys that sign access tokens. A key begins as
// standby: everybody knows it, nothing is signed with it yet. A rotation makes it the
// current one, and the one before it previous: what it signed stays good until the key
// is revoked, so a rotation signs nobody out. A revocation ends at once, on every node
// within seconds, whatever the key signed.
//
// The keys live in the database, so that all nodes sign with the same; a project that
// names its own keys in a file has those instead, and changes them there.
//
// A Keeper tells its OnChange of every change, its own or another node's. It is safe
// for concurrent use. The roof makes it, the room of sign-in shows it to administrators.
package signing
