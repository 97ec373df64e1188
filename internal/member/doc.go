// Package member keeps the list of the nodes that serve a database: the table
// plinth.members, one row for each process that runs with --cluster.
//
//	n, err := member.Join(ctx, member.Config{DB: d, ID: id, Log: log, Self: member.Self{
//		Name: "a", Address: "10.0.0.1:54321", Bus: "10.0.0.1:6222", Services: []string{"rest"}, Version: v}})
//	defer n.Leave()
//	for _, m := range n.List() { … }              // those alive, oneself included; from memory
//	list, err := member.Read(ctx, d)              // all rows, for a command that is no member
//
// A node writes its row when it joins, stamps it each second (Beat) and removes it when
// it leaves. Who has not stamped for Dead is dead: List leaves it out, Read marks it
// with Alive false, and its row goes after a minute. A node that could not stamp for so
// long itself, since it was paused or cut off, finds its row gone and joins again under
// the same id. All times are the database's clock; nobody compares clocks.
//
// State is "up" or "draining": a node that drains takes no new clients, and goes soon.
// Services are what it serves, in the words of --only; none means all. Address is where
// other nodes reach its HTTP, Bus where they reach its part of the embedded bus, "" for
// none. Changed is a channel that gets a value after the list changed.
//
// The table tells where nodes are and what they do. Who is reachable right now package
// bus knows sooner and better. It says nothing about who leads: leaders hold leases.
//
// Every room may read; the roof joins. A Node is safe for concurrent use.
package member
