package server

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/gauge"
	"github.com/plinth-dev/plinth/internal/job"
	"github.com/plinth-dev/plinth/internal/otlp"
	"github.com/plinth-dev/plinth/internal/project"
	"github.com/plinth-dev/plinth/internal/trace"
	"github.com/plinth-dev/plinth/internal/wire"
)

// operation is what an operator looks at, beside the rooms.
type operation struct {
	started  time.Time
	slow     *gauge.Slow
	tracer   *trace.Tracer // nil where nothing is followed
	exporter *otlp.Exporter
	requests *gauge.Requests
	admin    *http.Server // nil for none
	served   chan struct{}
	once     sync.Once

	mu    sync.Mutex
	due   map[string]job.Due // looked up at most once in dueFor
	dueAt time.Time
}

func newOperation(cfg Config, d *db.DB) *operation {
	o := &operation{started: time.Now(), slow: gauge.NewSlow(d, cfg.Log)}
	if t := cfg.Project.Config.Plinth.Trace; t.Endpoint != "" {
		o.exporter = otlp.New(otlp.Config{Endpoint: t.Endpoint, Headers: t.Headers, Service: t.Service, Version: buildVersion(), Log: cfg.Log})
		o.tracer = trace.NewTracer(trace.Config{Ratio: t.Ratio, PerSecond: t.PerSecond, Sink: o.exporter.Take})
	}
	d.Watch(db.Watch{
		Slow: time.Duration(cfg.Project.Config.Plinth.Log.SlowStatement), OnSlow: o.slow.Hear, Traced: o.tracer != nil,
	})
	return o
}

// edge is what requests pass first: they are counted by the rooms' tables of routes.
func (s *Server) edge(rooms []room) wire.Edge {
	tables := map[string][]wire.Route{"": append(s.operationRoutes(s.cfg.Project.Config.Plinth.Admin), wire.Route{Pattern: "GET /openapi.json"})}
	for _, r := range rooms {
		tables[r.prefix] = append(tables[r.prefix], r.routes...)
	}
	s.ops.requests = gauge.NewRequests(tables)
	return wire.Edge{Log: s.log, Tracer: s.ops.tracer, Count: s.ops.requests.Count}
}

var errSecretKey = fault.New(fault.Forbidden, "secret_key_needed", "this needs the secret key").
	WithHint("Send it as `Authorization: Bearer sb_secret_…` or `apikey`.")

// operationRoutes are for the holder of the secret key.
func (s *Server) operationRoutes(c project.Admin) []wire.Route {
	var routes []wire.Route
	add := func(on bool, pattern, doc string, h http.HandlerFunc) {
		if on {
			routes = append(routes, wire.Route{Pattern: pattern, Handler: withSecretKey(h), Doc: doc})
		}
	}
	add(c.Metrics, "GET /metrics", "figures in Prometheus' text form; for the secret key", s.metrics)
	add(c.Pprof, "GET /debug/pprof/", "profiles of Go's runtime; for the secret key", pprof.Index)
	add(c.Pprof, "GET /debug/pprof/profile", "where processors spend time, over ?seconds=", pprof.Profile)
	add(c.Pprof, "GET /debug/pprof/trace", "what the runtime does, over ?seconds=", pprof.Trace)
	add(c.Pprof, "GET /debug/pprof/symbol", "names of addresses", pprof.Symbol)
	return routes
}

func withSecretKey(h http.HandlerFunc) wire.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if wire.Who(r).Session.Role != "service_role" {
			return errSecretKey
		}
		h(w, r)
		return nil
	}
}

func (s *Server) mountOperation(mux *http.ServeMux, d *door) {
	if routes := s.operationRoutes(s.cfg.Project.Config.Plinth.Admin); len(routes) > 0 {
		h := d.identify(wire.Mount(routes, wire.Problem{}))
		mux.Handle("GET /metrics", h)
		mux.Handle("GET /debug/pprof/", h)
	}
}

// startOperation tells plans of slow statements, and opens the listener of its own: its
// metrics are for whoever reaches it, its profiles for the secret key.
func (s *Server) startOperation() error {
	s.ops.slow.Start()
	if s.ops.exporter != nil {
		s.ops.exporter.Start()
	}
	addr := s.cfg.Project.Config.Plinth.Admin.Listen
	if addr == "" {
		return nil
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", s.metrics)
	health := wire.Mount(s.ownRoutes(), wire.Problem{})
	mux.Handle("GET /healthz", health)
	mux.Handle("GET /readyz", health)
	mux.Handle("GET /debug/pprof/", s.door().identify(wire.Mount(s.operationRoutes(project.Admin{Pprof: true}), wire.Problem{})))
	s.ops.admin = &http.Server{
		Handler: wire.Access(slog.New(slog.DiscardHandler), mux), ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
	}
	s.ops.served = make(chan struct{})
	s.log.Info("admin listener", "address", ln.Addr().String())
	go func() {
		defer close(s.ops.served)
		if err := s.ops.admin.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("the admin listener ended", "error", err)
		}
	}()
	return nil
}

// stop ends it. It may be called twice.
func (o *operation) stop() {
	if o == nil {
		return
	}
	o.once.Do(func() {
		if o.admin != nil {
			_ = o.admin.Close() // nobody's work hangs on it
			<-o.served
		}
		o.slow.Stop()
		if o.exporter != nil {
			o.exporter.Stop()
		}
	})
}
