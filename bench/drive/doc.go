// Package drive is the load generator of the benchmark: a small HTTP/1.1 client, a
// closed loop (each connection waits for its answer) for CPU per operation, and an
// open loop (requests are due at fixed times, whoever is late) for latency.
//
// In the open loop a latency counts from the moment at which a request was due, so
// that a server that stalls is charged for every request that had to wait, not only
// for the one under way ("coordinated omission").
//
// The client is our own because it shares the cores with the server that it measures:
// it costs a fraction of net/http's. The histogram is ours because it is forty lines.
package drive
