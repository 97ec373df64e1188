// Package proc starts the servers that the benchmark measures, ends them, and reads
// from Linux' /proc what they cost: CPU time and memory of a whole process tree, so
// that a database and its workers count with the server that needs them.
//
// CPU time comes from the scheduler's accounting in nanoseconds (schedstat), not from
// the clock ticks of /proc/pid/stat.
package proc
