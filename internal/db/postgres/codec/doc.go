// Package codec reads Postgres' binary protocol into values and JSON, and writes
// arguments. What it prints is, byte for byte, what package value prints of the same
// datum: the two engines answer alike.
//
// A type that it does not know is asked for in text form. It does no I/O; a Types is
// never changed once it is built, so any number of goroutines may share it.
package codec
