// Package split cuts a script into its statements. It is pure, and may be used by many
// goroutines.
package split
