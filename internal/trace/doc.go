// Package trace follows a request from its first byte to its statements: the identity
// of a trace as W3C's traceparent writes it, and spans that a Tracer hands to whoever
// exports them.
//
// Whether a request is followed is decided once, at its head, before anything is
// allocated. A nil *Span is a request that is not followed, and a nil *Tracer follows
// none: all methods may be called on nil, and do nothing. So a caller writes
//
//	ctx, span := tracer.Root(ctx, r.Header.Get("Traceparent"))
//	defer span.End()
//	…
//	ctx, part := trace.Start(ctx, "statement")
//	part.Set("db.query.text", sql)
//	part.End()
//
// and pays a look at the context where the request is not followed. A span belongs to
// one goroutine; a Tracer is safe for concurrent use. The package does no I/O.
package trace
