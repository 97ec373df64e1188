// Command bench measures Plinth and its rivals side by side: one machine, one
// workload (the chat of examples/chat), one access rule (members of a room read and
// write its messages), the same rows, and answers that are judged.
//
// The main figure is the CPU time of a server's whole process tree, its database
// included, for 1,000 operations. Machines are shared, so wall times wander and CPU
// time wanders less; and in each round all servers take their turn, so that ratios
// within a round say more than figures of two runs.
//
// Every turn is bounded in time. Everything listens on the loopback alone, and is
// ended when the run ends.
//
// It builds nothing: scripts/bench builds Plinth and the rivals and starts it.
package main
