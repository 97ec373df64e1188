package server

import (
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/plinth-dev/plinth/internal/cert/acme"
	"github.com/plinth-dev/plinth/internal/cert/table"
	"github.com/plinth-dev/plinth/internal/project"
	"github.com/plinth-dev/plinth/internal/wire"
	"github.com/plinth-dev/plinth/internal/wire/upgrade"
)

// names is what belongs to a server that is reached by its domains: certificates from an
// authority, and plain HTTP beside HTTPS. Its methods take nil.
type names struct {
	kept    *table.Table  // nil with certificates of one's own
	manager *acme.Manager // likewise
	plain   *http.Server  // nil for none
	served  chan struct{}
}

// roots are those that vouch for the authority's directory, nil for the system's.
func (c Config) roots() (*x509.CertPool, error) {
	path := c.Project.Config.Plinth.TLS.CAFile
	if path == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(c.inProject(path))
	if err != nil {
		return nil, fmt.Errorf("plinth.tls.ca_file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("plinth.tls.ca_file: %s has no certificate", path)
	}
	return pool, nil
}

// openNames opens plain HTTP and makes ready what gets certificates, which Start does once
// the server listens.
func (s *Server) openNames(at net.Addr) error {
	if s.secure == nil {
		return nil
	}
	n := &names{}
	conf := s.cfg.Project.Config.Plinth.TLS
	ln, err := s.listenPlain(conf)
	if err != nil {
		return fmt.Errorf("plinth.tls.http_listen: %w", err)
	}
	_, port, _ := net.SplitHostPort(at.String()) // it has one
	next := upgrade.Handler(upgrade.Config{Port: port, External: s.cfg.Project.Config.API.ExternalURL, Keyed: func(r *http.Request) bool {
		return apiKey(r) != "" || bearerToken(r) != ""
	}})
	if len(conf.Domains) > 0 {
		n.kept = table.New(s.db, s.log)
		c := acme.Config{
			Storage: n.kept, Domains: conf.Domains, Email: conf.Email, Directory: conf.Directory, Roots: s.secure.roots,
			EABKeyID: conf.EABKeyID, EABKey: string(conf.EABKey), TLS: at, NoALPN: conf.Challenge == project.HTTP01, Log: s.log,
			LookEvery: time.Duration(conf.LookEvery),
		}
		if ln != nil && conf.Challenge != project.TLSALPN01 {
			c.HTTP = ln.Addr()
		}
		n.manager = acme.New(c)
		s.secure.get, s.secure.more = n.manager.Get, []string{acme.Protocol}
		next = n.manager.HTTP(next)
	}
	s.secure.names = n
	if ln != nil {
		n.serve(ln, next, s.log)
	}
	return nil
}

func (s *Server) listenPlain(conf project.Domains) (net.Listener, error) {
	addr := conf.HTTPListen
	switch {
	case addr == "off", addr == "" && len(conf.Domains) == 0:
		return nil, nil
	case addr == "":
		host, _, _ := net.SplitHostPort(s.cfg.Listen) // it was checked
		addr = net.JoinHostPort(host, "80")
	}
	return net.Listen("tcp", addr)
}

func (n *names) serve(ln net.Listener, h http.Handler, log *slog.Logger) {
	n.plain = &http.Server{
		Handler: wire.Access(log, h), ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: requestLimit, WriteTimeout: requestLimit,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
	}
	n.served = make(chan struct{})
	log.Info("plain HTTP", "address", ln.Addr().String())
	go func() {
		defer close(n.served)
		if err := n.plain.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			log.Error("plain HTTP ended", "error", err)
		}
	}()
}

// start begins to get certificates.
func (n *names) start() {
	if n != nil && n.manager != nil {
		n.manager.Start()
	}
}

// stop ends plain HTTP, orders and renewals. It may be called twice.
func (n *names) stop() {
	if n == nil {
		return
	}
	if n.plain != nil {
		_ = n.plain.Close() // it answers at once: who is cut off asks again
		<-n.served
	}
	if n.manager != nil {
		n.manager.Stop()
		n.kept.Close()
	}
}
