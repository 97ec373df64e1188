package http1

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// conn is a connection on which plain requests came so far.
type conn struct {
	s      *Server
	nc     net.Conn
	remote string
	base   context.Context
	tls    *tls.ConnectionState // nil without TLS
	in     []byte               // what was read and is not answered
	header http.Header

	until   time.Time // the read deadline
	bounded bool      // a handler set a write deadline
	state   atomic.Int32

	mu     sync.Mutex
	cancel context.CancelFunc // of the request under way
	since  time.Time
}

// States of a connection. Only one that waits may be closed by a Shutdown.
const (
	waiting int32 = iota
	working
	gone
)

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{s: s, nc: nc, remote: nc.RemoteAddr().String(), header: http.Header{}}
	c.base = context.WithValue(context.WithValue(context.Background(), http.ServerContextKey, s.std), http.LocalAddrContextKey, nc.LocalAddr())
	if s.std.ConnContext != nil {
		c.base = s.std.ConnContext(c.base, nc)
	}
	if s.Gate != nil {
		c.base = context.WithValue(c.base, gatedKey{}, true)
	}
	return c
}

// serve answers requests until the connection ends, or is no longer for plain ones.
func (c *conn) serve() {
	if !c.secure() {
		return
	}
	c.in = make([]byte, 0, maxHead)
	first := true
	var p parsed
	for {
		v := c.next(&p, first)
		if v != plain && v != socket || !c.state.CompareAndSwap(waiting, working) {
			c.leave(v)
			return
		}
		turned, again := c.turnAway(&p)
		if !turned && (v == socket || !p.make()) {
			c.leave(other)
			return
		}
		if !turned {
			again = c.answer(&p)
		}
		if !again {
			c.leave(more)
			return
		}
		p.forget()
		c.state.Store(waiting)
		if c.s.draining.Load() && c.state.CompareAndSwap(waiting, gone) {
			c.leave(more)
			return
		}
		first = false
	}
}

// leave ends the connection, or hands it over with what was read.
func (c *conn) leave(v verdict) {
	c.s.forget(c)
	if v == other && c.state.Load() != gone && c.nc.SetReadDeadline(time.Time{}) == nil {
		c.s.handed.give(c.resume())
		return
	}
	_ = c.nc.Close() // it may be closed already
}

// next reads until a request is whole. Its verdict is more when the connection is over.
// A request has its time from its first byte on, however many bytes it comes in.
func (c *conn) next(p *parsed, first bool) verdict {
	begun := first
	err := c.deadline(c.wait(first || len(c.in) > 0), !first && len(c.in) == 0)
	for err == nil {
		if len(c.in) > 0 {
			if v := p.read(c.in); v != more {
				return v
			}
			c.room(p.head + p.size)
			if !begun {
				begun = true
				if err = c.deadline(c.s.headTime(), false); err != nil {
					break
				}
			}
		}
		n := 0
		n, err = c.nc.Read(c.in[len(c.in):cap(c.in)])
		c.in = c.in[:len(c.in)+n]
		switch {
		case n > 0:
			err = nil
		case len(c.in) > 0 && (errors.Is(err, io.EOF) || isTimeout(err)):
			return other // half a request: net/http knows what to say
		}
	}
	return more
}

// wait is how long a read may take: of a request that has begun, or of the next.
func (c *conn) wait(begun bool) time.Duration {
	if begun {
		return c.s.headTime()
	}
	return c.s.idle()
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// room makes the buffer hold a request of n bytes, or some more of its head.
func (c *conn) room(n int) {
	if n == 0 {
		n = maxHead + 256
	}
	if cap(c.in) < n || cap(c.in) == len(c.in) {
		c.in = append(make([]byte, 0, max(n, len(c.in)+256)), c.in...)
	}
}

// deadline bounds the next read. Between requests one that is nearly right stays: to
// set it is dearer than to look at the clock.
func (c *conn) deadline(wait time.Duration, between bool) error {
	if wait <= 0 {
		if c.until.IsZero() {
			return nil
		}
		c.until = time.Time{}
		return c.nc.SetReadDeadline(c.until)
	}
	until := time.Now().Add(wait)
	if early := until.Sub(c.until); between && early >= 0 && early < wait/8 {
		return nil
	}
	c.until = until
	return c.nc.SetReadDeadline(until)
}

// answer runs the handler. It reports whether the connection can go on.
func (c *conn) answer(p *parsed) (again bool) {
	deepen("")
	ctx, cancel := context.WithCancel(c.base)
	c.mu.Lock()
	c.cancel, c.since = cancel, time.Now()
	c.mu.Unlock()
	b := c.s.lend()
	w := &response{c: c, head: p.method == http.MethodHead, header: c.header, out: b.out[:0], body: b.body[:0]}
	defer func() {
		c.mu.Lock()
		c.cancel = nil
		c.mu.Unlock()
		cancel()
		if e := recover(); e != nil {
			again = false
			c.complain(e)
		}
		b.out, b.body = w.out, w.body
		c.s.back(b)
	}()
	var content *body
	end := p.head + p.size
	if p.size > 0 {
		content = new(body)
		content.Reset(c.in[p.head:end])
	}
	c.s.std.Handler.ServeHTTP(w, p.request(ctx, c, content))
	again = w.end()
	c.settle(end, content)
	return again
}

// settle leaves in the buffer what followed the request.
func (c *conn) settle(end int, content *body) {
	clear(c.header)
	if content != nil {
		content.closed = true
	}
	if rest := c.in[end:]; cap(c.in) > 2*maxHead && len(rest) <= maxHead {
		c.in = append(make([]byte, 0, maxHead), rest...) // an idle connection is small
	} else {
		c.in = c.in[:copy(c.in, rest)]
	}
	if c.bounded {
		c.bounded = false
		_ = c.nc.SetWriteDeadline(time.Time{}) // a connection that has ended says so at the next read
	}
}

func (c *conn) complain(e any) {
	if e == http.ErrAbortHandler {
		return
	}
	text := fmt.Sprintf("http: panic serving %v: %v\n%s", c.remote, e, debug.Stack())
	if c.s.std.ErrorLog != nil {
		c.s.std.ErrorLog.Print(text)
		return
	}
	log.Print(text)
}

// look ends the request under way if its client has gone.
func (c *conn) look(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancel != nil && now.Sub(c.since) > lookEvery/2 && clientGone(c.nc) {
		c.cancel()
	}
}

// resumed is a connection whose first bytes were read already.
type resumed struct {
	net.Conn
	read []byte
}

// Read returns what was read before, then reads on.
func (r *resumed) Read(p []byte) (int, error) {
	if len(r.read) == 0 {
		return r.Conn.Read(p)
	}
	n := copy(p, r.read)
	if r.read = r.read[n:]; len(r.read) == 0 {
		r.read = nil
	}
	return n, nil
}

// ReadFrom lets the kernel send a file, where the connection can.
func (r *resumed) ReadFrom(src io.Reader) (int64, error) {
	if to, ok := r.Conn.(io.ReaderFrom); ok {
		return to.ReadFrom(src)
	}
	return io.Copy(onlyWriter{r.Conn}, src)
}

// CloseWrite ends one direction, where the connection can: net/http does so before it
// closes on a client that still writes.
func (r *resumed) CloseWrite() error {
	if half, ok := r.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}
