// Package ws is the server's side of WebSocket (RFC 6455), made for many idle
// connections: the HTTP handler returns after the upgrade, a connection has one
// reading goroutine and small buffers, and writing goroutines live only while there
// is something to write.
//
// Encoded frames are shared: Text and Binary make a Frame once, any number of
// connections send it. A connection whose queue grows beyond its bound is closed;
// nobody waits for it. Extensions (compression) are not spoken.
//
// Read belongs to one goroutine; everything else may be called from any.
package ws
