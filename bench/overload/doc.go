// Command overload measures what a server does that is asked for more than it can: a
// chat's mixed traffic, first as much as the server can (a closed loop of as many clients
// as get most of it), then three times as much (an open loop: requests are due at fixed
// times, whatever was answered). Goodput is what was answered well and within the time
// that a person waits; what was refused must have been told so, health checks must all
// be answered, and the urgent must get in before the others.
//
// The server has one half of the machine's cores and this program the other, so that
// neither takes the other's, and each has as many of Go's processors. A shared machine
// gives both less at one time than at another: windows at the peak and under overload
// take turns, each overload is compared with the peaks right before and after it, and
// goodput is given for a second, and for a second of the server's processor time. The
// same phones stay connected all the while. A window's first moments are not counted: the
// server needs some 300 ms to tell a burst from a line that stays.
//
// So that one sees what is possible, each kind of request is also asked for alone, which
// tells what it costs, and the phones ask a program that reads and writes and does nothing
// else, which tells what a refusal costs at least.
//
// Everything is bounded in time and listens on the loopback alone.
package main
