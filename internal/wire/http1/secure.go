package http1

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"time"
)

// second is what TLS adds: handshakes, and a server of HTTP/2. That one is apart since it
// must tell its clients of a Shutdown at once, while plain requests are still under way
// that std may yet get.
type second struct {
	tls    *tls.Config
	h2     *http.Server
	handed *queue
}

// newSecond returns nil where std has no TLSConfig. All its methods take nil.
func newSecond(std *http.Server, stall func() time.Duration) *second {
	if std.TLSConfig == nil {
		return nil
	}
	return &second{tls: std.TLSConfig.Clone(), handed: newQueue(), h2: &http.Server{
		Handler: pace(std.Handler, stall), TLSConfig: std.TLSConfig.Clone(), ReadHeaderTimeout: std.ReadHeaderTimeout, IdleTimeout: std.IdleTimeout,
		MaxHeaderBytes: std.MaxHeaderBytes, ConnContext: std.ConnContext, ErrorLog: std.ErrorLog, HTTP2: std.HTTP2,
	}}
}

func (s *second) serve(addr net.Addr) {
	if s == nil || !slices.Contains(s.tls.NextProtos, "h2") {
		return
	}
	s.handed.addr = addr
	_ = s.h2.Serve(s.handed) // it ends with the queue, by shutdown or close
}

func (s *second) wrap(nc net.Conn) net.Conn {
	if s == nil {
		return nc
	}
	return tls.Server(nc, s.tls)
}

// shutdown tells all clients of HTTP/2 to go once they have their answers. The channel
// tells when they have gone.
func (s *second) shutdown(ctx context.Context) <-chan error {
	ended := make(chan error, 1)
	if s == nil {
		ended <- nil
		return ended
	}
	go func() { ended <- s.h2.Shutdown(ctx) }()
	return ended
}

func (s *second) close() error {
	if s == nil {
		return nil
	}
	return errors.Join(s.handed.Close(), s.h2.Close())
}

// secure makes the handshake, in the time that a head may take. It reports whether requests
// in HTTP/1.1 follow; where not, the connection is somebody else's, or over.
func (c *conn) secure() bool {
	nc, ok := c.nc.(*tls.Conn)
	if !ok {
		return true
	}
	if wait := c.s.headTime(); wait > 0 {
		_ = nc.SetDeadline(time.Now().Add(wait)) // a connection that has ended says so at the next read
	}
	if err := nc.HandshakeContext(c.base); err != nil {
		c.refuse(err)
		return false
	}
	if err := nc.SetDeadline(time.Time{}); err != nil {
		c.leave(more)
		return false
	}
	state := nc.ConnectionState()
	c.tls = &state
	switch state.NegotiatedProtocol {
	case "", "http/1.1":
		return true
	case "h2":
		c.s.forget(c)
		if c.state.CompareAndSwap(waiting, gone) {
			c.s.second.handed.give(nc)
		}
	default: // of a challenge, say: the handshake was all
		c.leave(more)
	}
	return false
}

// refuse ends a connection without TLS. Somebody who speaks HTTP is told so.
func (c *conn) refuse(err error) {
	var wrong tls.RecordHeaderError
	if errors.As(err, &wrong) && wrong.Conn != nil && speaksHTTP(wrong.RecordHeader) {
		_, _ = io.WriteString(wrong.Conn, "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nThis server speaks HTTPS on this port.\n")
	}
	c.leave(more)
}

func speaksHTTP(head [5]byte) bool {
	switch string(head[:]) {
	case "GET /", "HEAD ", "POST ", "PUT /", "PATCH", "DELET", "OPTIO":
		return true
	}
	return false
}

// resume makes the connection one that net/http takes, with what was read already.
func (c *conn) resume() net.Conn {
	r := &resumed{Conn: c.nc, read: c.in}
	if nc, ok := c.nc.(*tls.Conn); ok {
		return &resumedTLS{resumed: r, state: nc.ConnectionState}
	}
	return r
}

// resumedTLS tells net/http that it is secure.
type resumedTLS struct {
	*resumed
	state func() tls.ConnectionState
}

// ConnectionState is what the handshake agreed on.
func (r *resumedTLS) ConnectionState() tls.ConnectionState { return r.state() }

// beneath is the connection under TLS.
func beneath(nc net.Conn) (raw net.Conn, secure bool) {
	if t, ok := nc.(*tls.Conn); ok {
		return t.NetConn(), true
	}
	return nc, false
}
