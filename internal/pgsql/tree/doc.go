// Package tree holds the nodes of parsed SQL, with a walker and equality. It is
// reached through package pgsql, which names every type again.
package tree
