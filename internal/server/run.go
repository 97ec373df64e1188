package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/plinth-dev/plinth/internal/project"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/wire/http1"
)

// Bounds of the servers beside the API's own. Bodies are bounded by the rooms.
const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 120 * time.Second
	maxHeader         = 64 << 10
	defaultDrain      = 10 * time.Second
	requestLimit      = 15 * time.Second
)

// http2 bounds a connection of HTTP/2: requests at once, and how long somebody may be silent
// who was asked for a sign of life, or take nothing. Go's server itself ends a connection
// that opens and resets requests faster than they end.
func http2(c project.HTTP) *http.HTTP2Config {
	return &http.HTTP2Config{MaxConcurrentStreams: c.Streams, SendPingTimeout: time.Minute, PingTimeout: 15 * time.Second, WriteByteTimeout: time.Duration(c.WriteTime)}
}

// limitTime ends the database work of requests that take too long, so that none
// holds the one writer for long.
func limitTime(within time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), within)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// Run listens and serves until ctx ends, then drains and closes. ready, where not
// nil, is called with the listening address. A stop asked for is no error.
func (s *Server) Run(ctx context.Context, ready func(net.Addr)) error {
	ln, err := net.Listen("tcp", s.cfg.Listen)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	if err := s.joinCluster(ctx, ln.Addr()); err != nil {
		return errors.Join(err, ln.Close(), s.Close())
	}
	if s.nodes.serves("realtime") {
		if err := s.realtime.Start(); err != nil {
			return errors.Join(err, ln.Close(), s.Close())
		}
	}
	if s.nodes.serves(jobs) {
		if err := s.queue.Start(context.WithoutCancel(ctx)); err != nil {
			return errors.Join(err, ln.Close(), s.Close())
		}
	}
	s.files.Start()
	s.signing.Start()
	if err := s.startOperation(); err != nil {
		return errors.Join(err, ln.Close(), s.Close())
	}
	if err := s.openNames(ln.Addr()); err != nil {
		return errors.Join(err, ln.Close(), s.Close())
	}
	bounds := s.cfg.Project.Config.Plinth.HTTP
	srv := http1.New(&http.Server{
		Handler: s.handler, ReadHeaderTimeout: time.Duration(bounds.HeaderTime), IdleTimeout: time.Duration(bounds.IdleTime),
		MaxHeaderBytes: int(bounds.MaxHeader), TLSConfig: s.secure.config(), HTTP2: http2(bounds),
	})
	srv.Stall = time.Duration(bounds.WriteTime)
	if g := s.handler.front.gate; g != nil {
		srv.Gate = g.answer
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	s.secure.start()
	if ready != nil {
		ready(ln.Addr())
	}
	go debug.FreeOSMemory() // what reading and migrating a project left behind
	select {
	case err = <-failed:
	case err = <-s.shipping.ended():
		err = errors.Join(err, srv.Close())
	case <-ctx.Done():
		err = s.drain(srv)
	}
	return errors.Join(err, s.Close())
}

// drain lets requests under way finish, and tells sockets to come back elsewhere.
func (s *Server) drain(srv *http1.Server) error {
	wait := s.cfg.Drain
	if wait == 0 {
		wait = defaultDrain
	}
	s.log.Info("draining", "wait", wait.String())
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	s.cluster.drain()
	s.nodes.leaving(ctx, wait)
	s.realtime.Drain(ctx, wait*3/4)
	s.realtime.Stop()
	s.secure.stop()
	err := srv.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return srv.Close()
	}
	return err
}

// Close ends what Open began. It may be called twice.
func (s *Server) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	if s.started != nil {
		s.started()
	}
	s.ops.stop()
	s.secure.stop()
	s.nodes.away.close()
	if s.realtime != nil {
		s.realtime.Stop()
	}
	if s.files != nil {
		s.files.Stop()
	}
	if s.queue != nil {
		s.queue.Stop()
	}
	if s.signing != nil {
		s.signing.Stop()
	}
	if s.hash != nil {
		s.hash.Close()
	}
	err := s.cluster.leave()
	if s.db != nil {
		err = errors.Join(err, s.db.Close())
	}
	err = errors.Join(err, s.shipping.close(defaultDrain))
	if s.blobs != nil {
		err = errors.Join(err, s.blobs.Close())
	}
	return err
}

// Access are the URLs and keys that a client needs.
type Access struct {
	Publishable string
	Secret      token.Secret
	Anon        string // the older form of the keys: long-lived tokens
	ServiceRole token.Secret
	JWTSecret   token.Secret
}

// Access returns the keys of the project.
func (s *Server) Access() (Access, error) { return s.keys.Access(s.cfg.Dev && s.cfg.loopback()) }

// Access returns k with the legacy keys; local ones are those of every Supabase.
func (k Keys) Access(local bool) (Access, error) {
	issuer := "plinth"
	if local {
		issuer = "supabase-demo"
	}
	anon, err := token.LegacyKey(k.JWTSecret, issuer, "anon")
	if err != nil {
		return Access{}, err
	}
	service, err := token.LegacyKey(k.JWTSecret, issuer, "service_role")
	return Access{
		Publishable: k.Publishable, Secret: k.Secret, Anon: anon,
		ServiceRole: token.Secret(service), JWTSecret: k.JWTSecret,
	}, err
}
