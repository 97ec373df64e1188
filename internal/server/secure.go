package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"path/filepath"

	"github.com/plinth-dev/plinth/internal/bus/trust"
	"github.com/plinth-dev/plinth/internal/cert"
	"github.com/plinth-dev/plinth/internal/project"
)

// secure is what the server shows of itself in TLS. nil: it speaks plain HTTP.
type secure struct {
	get   cert.Getter
	min   uint16
	more  []string       // protocols beside those of HTTP
	own   string         // the file of a certificate that nobody vouches for
	roots *x509.CertPool // that vouch for an authority's directory; nil for the system's
	peer  *tls.Config    // between nodes; nil where there is one
	names *names         // from Run on
}

var errNoCert = errors.New("api.tls is enabled, but there is no certificate: give api.tls.cert_path and key_path (--tls-cert, --tls-key), or plinth.tls.domains (--tls-domain)")

// newSecure opens the certificate's files, or makes them in dev. Those of an authority come
// later, by openNames.
func (c Config) newSecure() (*secure, error) {
	conf := c.Project.Config
	if !conf.Secure() {
		return nil, nil
	}
	s := &secure{min: conf.Plinth.TLS.Min()}
	if len(conf.Plinth.TLS.Domains) > 0 {
		var err error
		s.roots, err = c.roots()
		return s, err
	}
	files := cert.Files{Cert: c.inProject(conf.API.TLS.CertPath), Key: c.inProject(conf.API.TLS.KeyPath), Log: c.Log}
	if conf.API.TLS.CertPath == "" {
		if !c.Dev {
			return nil, errNoCert
		}
		var err error
		if files.Cert, files.Key, err = cert.Own(c.Data, c.ownNames()); err != nil {
			return nil, fmt.Errorf("own certificate: %w", err)
		}
		s.own = files.Cert
	}
	pair, err := cert.Open(files)
	if err != nil {
		return nil, err
	}
	s.get = pair.Get
	return s, nil
}

// inProject is a path of config.toml, relative to that.
func (c Config) inProject(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.Project.Dir, path)
}

// ownNames are what a certificate of dev is for: this machine.
func (c Config) ownNames() []string {
	names := []string{"localhost", "127.0.0.1", "::1"}
	host, _, _ := net.SplitHostPort(c.Listen) // it was checked
	ip := net.ParseIP(host)
	switch {
	case ip == nil && host != "" && host != "localhost":
		return append(names, host)
	case ip != nil && !ip.IsLoopback() && !ip.IsUnspecified():
		return append(names, host)
	case host == "" || ip != nil && ip.IsUnspecified():
		addrs, _ := net.InterfaceAddrs() // none leave this machine
		for _, a := range addrs {
			if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() {
				names = append(names, n.IP.String())
			}
		}
	}
	return names
}

// config is nil for plain HTTP. Other nodes are known by what the cluster's secret makes.
func (s *secure) config() *tls.Config {
	if s == nil {
		return nil
	}
	conf := cert.Config(s.get, s.min, s.more...)
	conf.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if hello.ServerName == trust.Name {
			return s.peer, nil
		}
		return nil, nil
	}
	return conf
}

// alone gives a server that follows, and so has no authority's certificate yet, one that
// nobody vouches for: who asks whether it lives need not know more.
func (s *secure) alone(names []string) error {
	if s == nil || s.get != nil {
		return nil
	}
	crt, key, err := cert.Sign(names)
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(crt, key)
	s.get = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &pair, nil }
	return err
}

// start begins to get certificates, where an authority gives them.
func (s *secure) start() {
	if s != nil {
		s.names.start()
	}
}

// stop ends that, and plain HTTP beside HTTPS. It may be called twice.
func (s *secure) stop() {
	if s != nil {
		s.names.stop()
	}
}

// address is one of plain HTTP, or a URL's beginning where other nodes must use TLS.
func (s *secure) address(addr string) string {
	if s == nil {
		return addr
	}
	return "https://" + addr
}

// trust lets other nodes in, and is shown to them.
func (s *Server) trust(secret []byte) error {
	peer, err := trust.Config(secret)
	if err != nil {
		return err
	}
	s.nodes.away.base.TLSClientConfig = peer.Clone()
	if s.secure != nil {
		s.secure.peer = peer
	}
	return nil
}

// Secure reports whether the server speaks HTTPS, and the file of a certificate of its own
// that clients must be told to trust, "" where an authority vouches for it.
func (s *Server) Secure() (yes bool, own string) {
	if s.secure == nil {
		return false, ""
	}
	return true, s.secure.own
}

// TLS of a project's file, as flags and an embedding program give it.
type TLS struct {
	Cert, Key string   // files
	Domains   []string // for certificates of an authority
}

// Into writes what is given over what the project says.
func (t TLS) Into(c *project.Config) error {
	if (t.Cert == "") != (t.Key == "") {
		return errors.New("--tls-cert and --tls-key belong together")
	}
	if t.Cert != "" {
		abs, err := absolute(t.Cert, t.Key)
		if err != nil {
			return err
		}
		c.API.TLS = project.TLS{Enabled: true, CertPath: abs[0], KeyPath: abs[1]}
	}
	if len(t.Domains) > 0 {
		c.Plinth.TLS.Domains = t.Domains
	}
	return c.Validate()
}

func absolute(paths ...string) ([]string, error) {
	out := make([]string, len(paths))
	for i, p := range paths {
		var err error
		if out[i], err = filepath.Abs(p); err != nil {
			return nil, err
		}
	}
	return out, nil
}
