// Package bus carries messages between the nodes of a cluster: what one node publishes
// on a subject, every other node that subscribed to it gets. A node does not hear
// itself: what is for its own people goes to them first and directly.
//
//	b, err := bus.New(bus.Config{Node: id, Link: link, Log: log})
//	stop, err := b.Subscribe("topic", func(m bus.Message) { … })
//	err = b.Publish("topic", data)
//
// Three links carry it: Hub (nodes of one process), package nats with a server of the
// node's own inside, and package nats with a server by URL. bustest is what all keep.
//
// Delivery is in order per publisher and subject, and at most once; durable is what is
// in the database. Each message carries its publisher's number and that of the one
// before it on the subject, so a hole shows: at the next message, or at the publisher's
// next beat. What the publisher still has is sent again, in its place, before anything
// after it; for what it has not, the handler gets one Message with Lost set, and must
// fetch what it needs anew. A node that is too slow loses messages rather than hold up
// the others, and recovers them in the same way.
//
// Nodes beat each second. A node of which nothing was heard for Dead is down, for who
// watches peers; when it is heard again it is up, and both ask each other for what they
// missed.
//
// Handlers run one after the other in one goroutine, and must not block; they may
// publish. A Bus is safe for concurrent use.
package bus
