// Command overload measures what a server does that is asked for more than it can: a
// chat's mixed traffic, first as much as the server can (a closed loop of more clients
// than it has cores), then three times as much (an open loop: requests are due at fixed
// times, whatever was answered). Goodput is what was answered well and within the time
// that a person waits; what was refused must have been told so, health checks must all
// be answered, and the urgent must get in before the others.
//
// The server has one half of the machine's cores and this program the other, so that
// neither takes the other's. A shared machine gives both less at one time than at
// another: goodput is therefore given for a second, and for a second of the server's
// processor time. Everything is bounded in time and listens on the loopback alone.
package main
