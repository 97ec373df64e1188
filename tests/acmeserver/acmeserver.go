// Package acmeserver runs pebble, the authority that Let's Encrypt made for tests, for the
// tests: a process on ports of its own that orders, challenges and signs as the real one
// does, and knows one machine for all names, this one. A test that needs it starts one:
//
//	ca, err := acmeserver.Start(ctx, dir, acmeserver.Config{HTTP: 5002, TLS: 5001})
//	defer ca.Stop()
//
// A pebble that was not built is a failure, never a skip.
package acmeserver

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/plinth-dev/plinth/internal/cert"
)

// version is that of tools/acme/go.mod, which scripts/deps builds.
const version = "v2.10.3"

// Missing is what a test says where the program was not built.
const Missing = "pebble " + version + " is missing: run scripts/deps"

// Config says how the authority works.
type Config struct {
	HTTP, TLS int               // ports where it looks for its challenges
	Validity  time.Duration     // of its certificates; 0 for 90 days
	Customers map[string]string // base64url keys by their ids; where there are any, an account must be bound to one
}

func (c Config) json(addr, manage, certFile, keyFile string) ([]byte, error) {
	conf := map[string]any{
		"listenAddress": addr, "managementListenAddress": manage, "certificate": certFile, "privateKey": keyFile,
		"httpPort": c.HTTP, "tlsPort": c.TLS, "retryAfter": map[string]int{"authz": 1, "order": 1},
		"externalAccountBindingRequired": len(c.Customers) > 0, "externalAccountMACKeys": c.Customers,
	}
	if c.Validity > 0 {
		conf["profiles"] = map[string]any{"default": map[string]any{"description": "short", "validityPeriod": int(c.Validity.Seconds())}}
	}
	return json.Marshal(map[string]any{"pebble": conf})
}

// Server is a running authority.
type Server struct {
	Directory string         // URL
	CAFile    string         // PEM that vouches for the directory
	Roots     *x509.CertPool // that vouch for the certificates it gives

	cmd  *exec.Cmd
	log  *log
	gone chan error
	dns  *dns.Server
	once sync.Once
}

// Program returns where the program is.
func Program() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(cache, "plinth", "pebble-"+version)
	if _, err := os.Stat(path); err != nil {
		return "", errors.New(Missing)
	}
	return path, nil
}

// Start starts an authority that keeps its files in dir.
func Start(ctx context.Context, dir string, cfg Config) (*Server, error) {
	program, err := Program()
	if err != nil {
		return nil, err
	}
	for range 5 { // somebody may take a port that was free
		var s *Server
		if s, err = start(ctx, program, dir, cfg); err == nil || ctx.Err() != nil {
			return s, err
		}
	}
	return nil, err
}

func start(ctx context.Context, program, dir string, cfg Config) (*Server, error) {
	certFile, keyFile, err := cert.Own(dir, []string{"127.0.0.1"})
	if err != nil {
		return nil, err
	}
	addr, manage := FreeAddr(), FreeAddr()
	conf, err := cfg.json(addr, manage, certFile, keyFile)
	if err != nil {
		return nil, err
	}
	confFile := filepath.Join(dir, "pebble.json")
	if err := os.WriteFile(confFile, conf, 0o600); err != nil {
		return nil, err
	}
	s := &Server{Directory: "https://" + addr + "/dir", CAFile: certFile, log: &log{}, gone: make(chan error, 1)}
	names, err := s.names()
	if err != nil {
		return nil, err
	}
	s.cmd = exec.Command(program, "-config", confFile, "-dnsserver", names)
	s.cmd.Env = []string{"PEBBLE_VA_NOSLEEP=1"}
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		return nil, errors.Join(err, s.dns.Shutdown())
	}
	go func() { s.gone <- s.cmd.Wait() }()
	if err := s.ready(ctx, "https://"+manage+"/roots/0"); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// FreeAddr is a free port of this machine, for the moment; one of those that the system does
// not give to others by itself.
func FreeAddr() string {
	for {
		ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_000)))
		if err == nil {
			defer ln.Close()
			return ln.Addr().String()
		}
	}
}

// names starts a name server for which every name is this machine.
func (s *Server) names() (addr string, err error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0") // pebble asks by TCP
	if err != nil {
		return "", err
	}
	s.dns = &dns.Server{Listener: ln, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		if len(q.Question) > 0 && q.Question[0].Qtype == dns.TypeA {
			m.Answer = append(m.Answer, &dns.A{
				Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4(127, 0, 0, 1),
			})
		}
		_ = w.WriteMsg(m) // who asked asks again
	})}
	began := make(chan struct{})
	s.dns.NotifyStartedFunc = func() { close(began) }
	go s.dns.ActivateAndServe()
	<-began
	return ln.Addr().String(), nil
}

// ready asks until the authority shows its root.
func (s *Server) ready(ctx context.Context, root string) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	web := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}} // a test of ours asks it
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if res, err := web.Get(root); err == nil {
			pem, err := io.ReadAll(res.Body)
			res.Body.Close()
			s.Roots = x509.NewCertPool()
			if !s.Roots.AppendCertsFromPEM(pem) {
				return fmt.Errorf("pebble shows no root: %v", err)
			}
			return nil
		}
		select {
		case err := <-s.gone:
			s.gone <- err
			return fmt.Errorf("pebble ended: %w\n%s", err, s.log.String())
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// Orders counts the orders for certificates that came in, of all clients.
func (s *Server) Orders() int { return strings.Count(s.log.String(), "POST /order-plz") }

// Log is what the authority said.
func (s *Server) Log() string { return s.log.String() }

// Stop ends the authority. It may be called twice.
func (s *Server) Stop() {
	s.once.Do(func() {
		s.cmd.Process.Kill()
		<-s.gone
		_ = s.dns.Shutdown() // it may have ended
	})
}

// log keeps what a process says.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write appends.
func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String is what was said so far.
func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
