// Package ws is the server's side of WebSocket (RFC 6455), made for many idle
// connections: the HTTP handler returns after the upgrade, and what a connection holds is
// small. A Flusher writes for all of them, many frames at a time; without one, and for a
// client that does not take what it is sent, a goroutine lives while there is something to
// write. A Lot waits for all of them: a connection in it has a goroutine only while
// something is handled that Config.Quick does not answer, and what it says is seen at once
// for as long as it says such things. Without one, over TLS, and on other systems than
// Linux, a connection waits in a goroutine of its own. What a client sees is the same.
//
// Encoded frames are shared: Text and Binary make a Frame once, any number of
// connections send it. A connection whose queue grows beyond its bound is told to
// come back; nobody waits for it. Extensions (compression) are not spoken.
//
// Next and Read belong to one goroutine at a time, each handing over to the next; everything
// else may be called from any. Locks are taken in this order: a Conn's, and then its spot's,
// its worker's or its Lot's, of which nobody holds two.
package ws
