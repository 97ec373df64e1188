//go:build !nobus

package nats

import (
	crand "crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	ns "github.com/nats-io/nats-server/v2/server"
	nc "github.com/nats-io/nats.go"
	"github.com/plinth-dev/plinth/internal/bus/trust"
)

// Config of an embedded server.
type Config struct {
	Node      string
	Secret    []byte // of the cluster, at least 16 bytes
	Listen    string // host:port for routes; port 0 picks a free one
	Advertise string // host:port where others reach it; "" for what it listens on
	Prefix    string
	Log       *slog.Logger
}

// Embedded is a Link with a server of its own.
type Embedded struct {
	*Link
	srv  *ns.Server
	addr string

	mu   sync.Mutex
	opts *ns.Options
}

const (
	startWait  = 10 * time.Second
	maxPending = 64 << 20 // bytes that wait for another node before its route is cut
)

// Embed starts the server and connects to it.
func Embed(cfg Config) (*Embedded, error) {
	pass := crand.Text()
	opts, err := cfg.options(pass)
	if err != nil {
		return nil, err
	}
	srv, err := ns.NewServer(opts)
	if err != nil {
		return nil, fmt.Errorf("bus: %w", err)
	}
	srv.SetLoggerV2(&logger{cfg.Log}, false, false, false)
	srv.Start()
	e := &Embedded{srv: srv}
	if !srv.ReadyForConnections(startWait) || srv.ClusterAddr() == nil {
		e.end()
		return nil, fmt.Errorf("bus: it can't listen on %s", cfg.Listen)
	}
	e.opts = opts.Clone() // now that it has written its ports there
	if e.addr = cfg.Advertise; e.addr == "" {
		e.addr = srv.ClusterAddr().String()
	}
	if e.Link, err = dial("", cfg.Prefix, cfg.Log, nc.InProcessServer(srv), nc.Token(pass)); err != nil {
		e.end()
		return nil, err
	}
	e.Link.close = e.end
	return e, nil
}

func (c Config) options(pass string) (*ns.Options, error) {
	const minSecret = 16
	if c.Node == "" || len(c.Secret) < minSecret || c.Log == nil {
		return nil, errors.New("bus: a node, a secret of 16 bytes and a log must be set")
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return nil, fmt.Errorf("bus: the listen address %q is not host:port", c.Listen)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("bus: the port %q is none", port)
	}
	tls, err := trust.Config(c.Secret)
	if err != nil {
		return nil, err
	}
	// The server opens no routes with DontListen: so it listens on the loopback, where
	// nobody knows its password.
	o := &ns.Options{
		ServerName: c.Node, Host: "127.0.0.1", Port: ns.RANDOM_PORT, CustomClientAuthentication: door{pass}, NoSigs: true, NoSystemAccount: true, MaxPending: maxPending, WriteDeadline: 5 * time.Second,
		Cluster: ns.ClusterOpts{
			Name: "plinth", Host: host, Port: int(n), Advertise: c.Advertise, TLSConfig: tls, TLSTimeout: 5,
			PoolSize: -1, ConnectRetries: 3, PingInterval: 2 * time.Second, MaxPingsOut: 2,
		},
	}
	if n == 0 {
		o.Cluster.Port = ns.RANDOM_PORT
	}
	return o, nil
}

// door lets the node itself in.
type door struct{ pass string }

// Check implements the server's authentication.
func (d door) Check(c ns.ClientAuthentication) bool {
	return subtle.ConstantTimeCompare([]byte(c.GetOpts().Token), []byte(d.pass)) == 1
}

// Addr is where other nodes reach this one.
func (e *Embedded) Addr() string { return e.addr }

// SetPeers says where the other nodes are: routes to those that are new are tried until
// they stand, and those to others are not tried any more.
func (e *Embedded) SetPeers(addrs []string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	o := e.opts.Clone()
	o.Routes = nil
	addrs = slices.Clone(addrs)
	slices.Sort(addrs)
	for _, a := range slices.Compact(addrs) {
		if a != "" && a != e.addr {
			o.Routes = append(o.Routes, &url.URL{Scheme: "nats-route", Host: a})
		}
	}
	e.opts = o
	if err := e.srv.ReloadOptions(o.Clone()); err != nil {
		return fmt.Errorf("bus: %w", err)
	}
	return nil
}

// Routes is how many other servers this one is connected to.
func (e *Embedded) Routes() int { return e.srv.NumRoutes() }

func (e *Embedded) end() {
	e.srv.Shutdown()
	e.srv.WaitForShutdown()
}

// logger passes on what the server finds wrong.
type logger struct{ log *slog.Logger }

func (l *logger) Noticef(f string, v ...any) { l.log.Debug("bus: " + fmt.Sprintf(f, v...)) }
func (l *logger) Warnf(f string, v ...any)   { l.log.Info("bus: " + fmt.Sprintf(f, v...)) }
func (l *logger) Errorf(f string, v ...any)  { l.log.Warn("bus: " + fmt.Sprintf(f, v...)) }
func (l *logger) Fatalf(f string, v ...any)  { l.log.Error("bus: " + fmt.Sprintf(f, v...)) }
func (l *logger) Debugf(string, ...any)      {}
func (l *logger) Tracef(string, ...any)      {}
