// Command nodes measures what the second and the third node of a cluster cost: the same
// load on one node alone, on two and on three, each over a Postgres of its own, in turn and
// in several rounds. What counts is the CPU time of the nodes and of Postgres for an
// operation, so that a busy machine disturbs it little; the ratios are those within a
// round. What a fleet uses at rest is measured in each round, told apart, and not counted
// with the operations: it does not grow with them.
//
//	go run ./bench/nodes -rounds 5 -ops 4000 -clients 8,64 -rates 300
//	go run ./bench/nodes -before OTHER/bin/plinth
//
// Of ten operations eight are reads of one row under a policy, one is an insert and one a
// broadcast by HTTP, in one of ten rooms. Ten phones, spread over the nodes, listen to each
// room; a round ends when each was told of everything. Loads are clients that wait for each
// answer, or operations that come at times of their own. They go to all nodes in turn, or,
// with -stretch, so many in a row to one node.
//
// All nodes run on this machine, where more processes have less of the caches each, and a
// node that has a third of the load puts less into one write: both cost, cluster or not. So
// a fleet "3apart" takes turns, too: three servers that know nothing of each other, with a
// Postgres and all the phones each. What the cluster's nodes cost beyond them is the cluster's.
package main
