// Command bench measures a whole server from outside, over HTTP on loopback, with
// the chat workload of examples/chat. It builds nothing: it is given the binary,
// starts it on a fresh folder, drives it, and prints a Markdown table.
//
// The main figure is CPU-seconds of the server's process per 1,000 requests, read
// from the kernel's accounting: these machines are shared, so wall times wander and
// CPU time wanders less. Throughput and latency stand beside it.
//
// Every run is bounded in requests and time, and ends what it started.
package main
