// Package cluster runs three nodes of the built binary on loopback addresses over a real
// Postgres with a streaming replica, breaks one thing at a time, and lets package history
// say whether a promise was broken.
//
// PLINTH_PROOF=1 runs the whole matrix; without it a few faults are made, briefly.
package cluster
