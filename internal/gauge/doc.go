// Package gauge is what an operator looks at: requests counted by route, the process
// and Go's runtime, the log of slow statements with their plans, profiles, and a log
// handler that leaves out what a log must not have.
//
// It knows no room. The roof gives it the tables of routes, and asks the rooms for
// their own figures itself. Labels are bounded: a route is named by its pattern, a
// method is one of eight, a status is its class. A request pays a look into a map and
// three atomic additions; all else is worked out when somebody asks.
//
// All types are safe for concurrent use.
package gauge
