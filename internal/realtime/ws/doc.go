// Package ws is the server's side of WebSocket (RFC 6455), made for many idle
// connections: the HTTP handler returns after the upgrade, a connection has one
// reading goroutine and small buffers. A Flusher writes for all of them, many frames at a
// time; without one, and for a client that does not take what it is sent, a goroutine
// lives while there is something to write.
//
// Encoded frames are shared: Text and Binary make a Frame once, any number of
// connections send it. A connection whose queue grows beyond its bound is told to
// come back; nobody waits for it. Extensions (compression) are not spoken.
//
// Read belongs to one goroutine; everything else may be called from any.
package ws
