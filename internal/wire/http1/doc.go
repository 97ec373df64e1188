// Package http1 serves plain HTTP/1.1 requests at a lower price than net/http, and
// leaves everything else to net/http.
//
// A request is plain when it is what an app's HTTP client sends for a call: a usual
// method, a path, well-formed headers that say nothing about the connection, and a body
// of a known, small length. Its bytes are read into one buffer, its headers share one
// string, nobody watches the connection from a goroutine of its own meanwhile, and the
// answer leaves in one write. Whatever is not plain (an upgrade, chunks, Expect, a large
// body or head, HTTP/1.0, anything malformed) goes to the http.Server behind, with the
// bytes that were read, and its connection stays there; but who asks for a WebSocket may be
// refused before, by the Gate. So there is one judge of strange requests, net/http; what this
// package takes it must read as net/http would, which FuzzRead proves against
// http.ReadRequest and TestAnswersAsNetHTTP against http.Server.
//
// A handler sees what it knows: the request's context ends when the client goes away
// (found out within a second) and when the handler returns; Flush streams, ReadFrom
// lets the kernel send a file. Not there for plain requests: Hijack and trailers.
// The Header map of an answer must not be kept beyond the handler.
//
// One Server is used by one caller; its handler by many goroutines.
package http1
