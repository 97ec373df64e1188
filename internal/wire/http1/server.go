package http1

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// lookEvery is how often requests under way are looked at for clients that have gone.
const lookEvery = 500 * time.Millisecond

// Server answers plain requests with the handler of an http.Server, which answers the
// others. The bounds of the http.Server hold for all: ReadHeaderTimeout, IdleTimeout,
// MaxHeaderBytes, ConnContext, ErrorLog.
type Server struct {
	// Gate is asked about each plain request, and about those for a WebSocket, before
	// anything is made of it, where it is set before Serve. What it returns is sent in place
	// of an answer; nil lets the request in.
	Gate func(Arrival) []byte
	// Stall is how long a client may take nothing of what is sent to it, whose connection
	// then ends, or of HTTP/2 the one answer; 0: for ever. It is set before Serve. Of
	// HTTP/1.1 it is Linux that ends it, and no other system.
	Stall time.Duration

	std      *http.Server
	handed   *queue
	second   *second // nil without TLS
	dates    calendar
	buffers  sync.Pool
	draining atomic.Bool
	stop     chan struct{} // closed by Shutdown and Close
	once     sync.Once

	mu    sync.Mutex
	conns map[*conn]struct{}
	lines []net.Listener
	wake  chan struct{} // a first connection has come
}

// New returns a server in front of std, whose Handler is set. It speaks TLS where std has a
// TLSConfig, and HTTP/2 where that offers it.
func New(std *http.Server) *Server {
	rememberConn(std)
	s := &Server{std: std, handed: newQueue(), conns: map[*conn]struct{}{}, stop: make(chan struct{}), wake: make(chan struct{}, 1)}
	s.second = newSecond(std, func() time.Duration { return s.Stall })
	return s
}

// Serve answers on ln until Shutdown or Close, then it returns http.ErrServerClosed.
func (s *Server) Serve(ln net.Listener) error {
	s.handed.addr = ln.Addr()
	s.mu.Lock()
	s.lines = append(s.lines, ln)
	s.mu.Unlock()
	if s.draining.Load() {
		_ = ln.Close()
		return http.ErrServerClosed
	}
	failed := make(chan error, 1)
	go func() { failed <- s.std.Serve(s.handed) }()
	go s.second.serve(ln.Addr())
	go s.watch()
	err := s.accept(ln)
	if s.draining.Load() {
		return http.ErrServerClosed
	}
	return errors.Join(err, s.Close(), <-failed)
}

func (s *Server) accept(ln net.Listener) error {
	pause := 5 * time.Millisecond
	for {
		nc, err := ln.Accept()
		var t net.Error
		switch {
		case err == nil:
			pause = 5 * time.Millisecond
			s.take(nc)
		//lint:ignore SA1019 there is no other word for too many open files; net/http asks so, too
		case errors.As(err, &t) && t.Temporary() && !s.draining.Load():
			select {
			case <-time.After(pause):
			case <-s.stop:
			}
			pause = min(2*pause, time.Second)
		default:
			return err
		}
	}
}

// take serves a new connection.
func (s *Server) take(nc net.Conn) {
	giveUp(nc, s.Stall)
	c := newConn(s, s.second.wrap(nc))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining.Load() {
		_ = nc.Close()
		return
	}
	if s.conns[c] = struct{}{}; len(s.conns) == 1 {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
	go c.serve()
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}

func (s *Server) all() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		all = append(all, c)
	}
	return all
}

// watch looks for clients that have gone, as long as there are any.
func (s *Server) watch() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case now := <-tick.C:
			all := s.all()
			for _, c := range all {
				c.look(now)
			}
			if len(all) > 0 {
				continue
			}
		}
		tick.Stop() // an idle server sleeps
		select {
		case <-s.stop:
			return
		case <-s.wake:
			tick.Reset(lookEvery)
		}
	}
}

func (s *Server) idle() time.Duration {
	if s.std.IdleTimeout != 0 {
		return s.std.IdleTimeout
	}
	return s.std.ReadTimeout
}

func (s *Server) headTime() time.Duration {
	if s.std.ReadHeaderTimeout != 0 {
		return s.std.ReadHeaderTimeout
	}
	return s.std.ReadTimeout
}

// end stops accepting and closes the connections that wait.
func (s *Server) end() {
	s.draining.Store(true)
	s.once.Do(func() { close(s.stop) })
	s.mu.Lock()
	lines := s.lines
	s.lines = nil
	s.mu.Unlock()
	for _, ln := range lines {
		_ = ln.Close() // it may be closed already
	}
	for _, c := range s.all() {
		if c.state.CompareAndSwap(waiting, gone) {
			_ = c.nc.Close()
		}
	}
}

// Shutdown lets requests under way finish, until ctx ends.
func (s *Server) Shutdown(ctx context.Context) error {
	s.end()
	ended := s.second.shutdown(ctx)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for len(s.all()) > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return errors.Join(s.std.Shutdown(ctx), <-ended)
}

// Close ends all connections at once.
func (s *Server) Close() error {
	s.end()
	for _, c := range s.all() {
		_ = c.nc.Close()
	}
	return errors.Join(s.second.close(), s.std.Close())
}

// buffers are what an answer is written into.
type buffers struct{ out, body []byte }

func (s *Server) lend() *buffers {
	if b, ok := s.buffers.Get().(*buffers); ok {
		return b
	}
	return &buffers{out: make([]byte, 0, 2<<10)}
}

func (s *Server) back(b *buffers) {
	if cap(b.out)+cap(b.body) <= 8*held {
		s.buffers.Put(b)
	}
}

// queue is the listener of the http.Server: what it accepts is handed over.
type queue struct {
	addr  net.Addr
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newQueue() *queue { return &queue{conns: make(chan net.Conn), done: make(chan struct{})} }

func (q *queue) give(nc net.Conn) {
	select {
	case q.conns <- nc:
	case <-q.done:
		_ = nc.Close() // the server ends
	}
}

// Accept waits for a connection.
func (q *queue) Accept() (net.Conn, error) {
	select {
	case nc := <-q.conns:
		return nc, nil
	case <-q.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (q *queue) Close() error {
	q.once.Do(func() { close(q.done) })
	return nil
}

// Addr is the address of the real listener.
func (q *queue) Addr() net.Addr { return q.addr }
