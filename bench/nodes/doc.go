// Command nodes measures what the second and the third node of a cluster cost: the same
// load on one node alone, on two and on three, each over a Postgres of its own, in turn and
// in several rounds. What counts is the CPU time of the nodes and of Postgres for an
// operation, so that a busy machine disturbs it little; the ratios are those within a
// round. What a fleet uses at rest is measured before each turn, told apart, and not counted
// with the operations: it does not grow with them.
//
//	go run ./bench/nodes -rounds 5 -ops 4000
//
// Of ten operations eight are reads of one row under a policy, one is an insert and one a
// broadcast by HTTP. Thirty phones, spread over the nodes, listen to both; a round ends when
// each was told of everything.
package main
