// Command signin measures how many people sign in by password in a second, and what
// becomes of everybody else's requests meanwhile: each round reads messages at a steady
// rate, first alone, then while clients sign in as fast as they are answered. A
// password costs 30 ms of a core and 19 MiB on purpose, so this is the load that could
// take a server from its other clients.
//
// Latencies are an open loop's: they count from when a request was due. Everything is
// bounded in time and listens on the loopback alone.
package main
