// Package e2e tests the built binary from outside: real processes, signals and a
// real disk, driven by the official client from npm and by Debian's Chromium.
//
// TestMain builds the binary, or takes the one that PLINTH_BIN names. Every test
// starts a process of its own on a free port with data of its own. What the machine
// lacks is a failure that says how to install it, never a skip.
//
// The scripts of the client are in tests/js; each prints one JSON value at its end,
// or fails with the step that went wrong.
package e2e
