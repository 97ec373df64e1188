// Package mesh joins the realtime of the nodes of a cluster: broadcasts, presence and
// where clients were told up to. Row changes need none of it: each node follows the
// database's feed.
//
// A topic that somebody of this node joined is a subject of the bus. Whoever enters it
// first subscribes and asks all other nodes for who is present at theirs; the answer
// also says that from now on what they publish arrives (bus.Expect). The first join of
// a topic waits for the answers, a moment at most.
//
// An entry of presence belongs to the node that has its socket, which alone adds and
// removes it. Each change of a topic's entries at a node has a number, and carries that
// of the one before it: whoever misses one asks for the node's whole state, which
// replaces what it had. The entries of a node that is down go. So all nodes that hear
// each other come to the same, whatever was lost.
//
// A Mesh is safe for concurrent use; realtime alone uses it. Nothing here blocks the
// bus.
package mesh
