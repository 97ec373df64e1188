// Package target holds the servers that the benchmark compares: how each is started
// with the same rows, how it is asked for each operation, and how its answers are
// judged. An answer that is not right counts as a failure, never as a fast one.
package target
