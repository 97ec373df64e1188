package http1

import (
	"context"
	"net"
	"net/http"
	"time"
)

// Arrival is a plain request, or one for a WebSocket, that nothing was done for yet.
type Arrival struct {
	Method, Target string
	Origin         bool // it says of which web page it is
	conn           net.Conn
}

// Waited tells how long ago the request's last bytes arrived at this machine, in steps of
// some milliseconds: where a server has much to do a request waits before anybody reads
// it. It is not ok where the system does not tell (other systems than Linux, other
// connections than TCP).
func (a Arrival) Waited() (time.Duration, bool) { return waited(a.conn) }

// turnAway sends what the gate answers in place of the handler, if it does. It reports
// whether the connection can go on. Who reads no answers is given up like anybody else
// where the system does that, and otherwise after the time of a head.
func (c *conn) turnAway(p *parsed) (turned, again bool) {
	if c.s.Gate == nil {
		return false, true
	}
	answer := c.s.Gate(Arrival{Method: p.method, Target: p.target, Origin: p.origin, conn: c.nc})
	if answer == nil {
		return false, true
	}
	if wait := c.s.headTime(); wait > 0 && !(endsStalls && c.s.Stall > 0) {
		c.bounded = true
		if err := c.nc.SetWriteDeadline(time.Now().Add(wait)); err != nil {
			return true, false
		}
	}
	_, err := c.nc.Write(answer)
	c.settle(p.head+p.size, nil)
	return true, err == nil
}

type connKey struct{}

// rememberConn lets the contexts of std's requests know their connection.
func rememberConn(std *http.Server) {
	before := std.ConnContext
	std.ConnContext = func(ctx context.Context, nc net.Conn) context.Context {
		ctx = context.WithValue(ctx, connKey{}, nc)
		if before != nil {
			ctx = before(ctx, nc)
		}
		return ctx
	}
}

// Waited tells what Arrival.Waited tells of any request, by its context.
func Waited(ctx context.Context) (time.Duration, bool) {
	nc, _ := ctx.Value(connKey{}).(net.Conn)
	return waited(nc)
}

type gatedKey struct{}

// Gated reports that the request of ctx came by the gate.
func Gated(ctx context.Context) bool { return ctx.Value(gatedKey{}) != nil }

func waited(nc net.Conn) (time.Duration, bool) {
	for nc != nil {
		switch c := nc.(type) {
		case *resumed:
			nc = c.Conn
		case *resumedTLS:
			nc = c.Conn
		case interface{ NetConn() net.Conn }: // TLS
			nc = c.NetConn()
		case *net.TCPConn:
			return arrived(c)
		default:
			return 0, false
		}
	}
	return 0, false
}
