// Package plinth starts a mobile backend inside a Go program: data API, sign-in and
// realtime over one embedded SQLite file, speaking the wire of Supabase's clients.
//
//	srv, err := plinth.Open(ctx, plinth.Config{Project: "./app", Data: "./data", Listen: "127.0.0.1:54321", Dev: true})
//	if err != nil { … }
//	err = srv.Run(ctx, nil)
//
// There are no globals: several servers may live in one process. The command
// cmd/plinth is a thin shell over this package.
package plinth

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/plinth-dev/plinth/internal/project"
	"github.com/plinth-dev/plinth/internal/server"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/vault"
)

// Config says what to serve. Zero fields take the project's own settings.
type Config struct {
	Project  string   // folder in the Supabase layout, "" = the current one
	Data     string   // folder of the database and of files, "" = .plinth in the project
	DB       string   // postgres:// URL, "" = an SQLite file in Data
	Cluster  bool     // one of several nodes on DB, which find each other there
	Only     []string // the services that it answers itself, none for all; implies Cluster
	Replicas []string // postgres:// URLs of servers that repeat DB; reads go there
	Listen   string   // host:port, "" = 127.0.0.1 and the project's api.port
	Dev      bool     // the well-known local keys; seeds a new database
	TLS      TLS      // over what the project says
	Getenv   func(string) string
	Log      *slog.Logger
	// HashCommand starts a process of your program that runs HashPasswords, so that sign-ins
	// by password delay no other request; empty: this one hashes them.
	HashCommand []string
}

// TLS names a certificate's files, or domains for certificates of an authority.
type TLS = server.TLS

// Server is a running or ready server.
type Server struct {
	s       *server.Server
	project *project.Project
	listen  string
}

// Open reads the project, opens and migrates its database and builds the server.
func Open(ctx context.Context, cfg Config) (*Server, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return nil, err
	}
	s, err := server.Open(ctx, sc)
	if err != nil {
		return nil, err
	}
	return &Server{s: s, project: sc.Project, listen: sc.Listen}, nil
}

func resolve(cfg Config) (server.Config, error) {
	if cfg.Getenv == nil {
		cfg.Getenv = os.Getenv
	}
	if cfg.Project == "" {
		cfg.Project = "."
	}
	p, err := project.Open(cfg.Project, cfg.Getenv)
	if err != nil {
		return server.Config{}, err
	}
	if err := cfg.TLS.Into(&p.Config); err != nil {
		return server.Config{}, err
	}
	env := project.NewEnv(cfg.Getenv)
	keys := server.KeysFromEnv(env.Get)
	if cfg.DB == "" && cfg.Getenv("PLINTH_DB_FILE") != "" {
		cfg.DB = env.Get("PLINTH_DB")
	}
	if list := cfg.Getenv("PLINTH_REPLICAS"); cfg.Getenv("PLINTH_REPLICAS_FILE") != "" && (list != "" || len(cfg.Replicas) == 0) {
		cfg.Replicas = strings.FieldsFunc(env.Get("PLINTH_REPLICAS"), func(r rune) bool { return r == ',' || r == '\n' })
	}
	vaultKeys := token.Secret(env.Get("PLINTH_VAULT_KEYS"))
	if err := env.Err(); err != nil {
		return server.Config{}, err
	}
	if cfg.Data == "" {
		cfg.Data = filepath.Join(cfg.Project, p.Config.Plinth.Data)
	}
	if cfg.Listen == "" {
		cfg.Listen = fmt.Sprintf("127.0.0.1:%d", p.Config.API.Port)
	}
	return server.Config{
		Project: p, Data: cfg.Data, Database: cfg.DB, Cluster: cfg.Cluster, Only: cfg.Only, Replicas: cfg.Replicas, Listen: cfg.Listen, Dev: cfg.Dev,
		Keys: keys, VaultKeys: vaultKeys, Log: cfg.Log, HashCommand: cfg.HashCommand,
	}, nil
}

// Run serves until ctx ends, drains, and closes. ready is called with the address
// once it listens.
func (s *Server) Run(ctx context.Context, ready func(net.Addr)) error { return s.s.Run(ctx, ready) }

// Handler returns the server as a handler, for a program with its own listener.
func (s *Server) Handler() http.Handler { return s.s.Handler() }

// Reload reads the database's schema anew. It is for Postgres, where others may change
// it; our own migrations, and notify pgrst, are heard without.
func (s *Server) Reload(ctx context.Context) error { return s.s.Reload(ctx) }

// ClusterStatus is what GET /cluster/v1/status answers.
type ClusterStatus = server.ClusterStatus

// NodeStatus tells of this server as one of several; it asks nobody.
func (s *Server) NodeStatus() server.NodeStatus { return s.s.NodeStatus() }

// Close ends a server that does not run.
func (s *Server) Close() error { return s.s.Close() }

// Report says what opening did, a line each.
func (s *Server) Report() []string {
	r := s.s.Report()
	var out []string
	for _, n := range s.project.Notices {
		out = append(out, "note: "+n.Text)
	}
	for _, n := range r.Notices {
		out = append(out, "note: "+n)
	}
	if n := len(r.Applied); n > 0 {
		out = append(out, fmt.Sprintf("migrated: %d files, the last is %s", n, filepath.Base(r.Applied[n-1])))
	}
	if r.Seeded {
		out = append(out, "seeded the new database")
	}
	return out
}

// PrintAccess writes URLs and keys for a person to copy.
func (s *Server) PrintAccess(w io.Writer, addr net.Addr) error {
	a, err := s.s.Access()
	if err != nil {
		return err
	}
	for _, at := range reached(addr) {
		fmt.Fprintf(w, "         API URL: %s://%s\n", s.Scheme(), at)
	}
	if _, own := s.s.Secure(); own != "" {
		fmt.Fprintf(w, "     Certificate: %s (tell clients to trust it)\n", own)
	}
	printKeys(w, a)
	return nil
}

func printKeys(w io.Writer, a server.Access) {
	fmt.Fprintf(w, " Publishable key: %s\n", a.Publishable)
	fmt.Fprintf(w, "      Secret key: %s\n", string(a.Secret))
	fmt.Fprintf(w, "        anon key: %s\n", a.Anon)
	fmt.Fprintf(w, "service_role key: %s\n", string(a.ServiceRole))
}

// LocalSecretKey is the secret key of every project under dev.
const LocalSecretKey = server.LocalSecretKey

// NewKeys writes a fresh set of keys as environment lines for serve.
func NewKeys(w io.Writer) {
	k := server.NewKeys()
	fmt.Fprintf(w, "PLINTH_JWT_SECRET=%s\nPLINTH_PUBLISHABLE_KEY=%s\nPLINTH_SECRET_KEY=%s\nPLINTH_VAULT_KEYS=%s\n", string(k.JWTSecret), k.Publishable, string(k.Secret), string(vault.NewKey()))
}

// urls lists where addr can be reached: a wildcard address by every address of the
// machine.
// Scheme is "https" where the server speaks TLS, else "http".
func (s *Server) Scheme() string {
	yes, _ := s.s.Secure()
	return scheme(yes)
}

func scheme(secure bool) string {
	if secure {
		return "https"
	}
	return "http"
}

// reached are host and port where addr is reached.
func reached(addr net.Addr) []string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return []string{addr.String()}
	}
	if !tcp.IP.IsUnspecified() {
		return []string{tcp.String()}
	}
	out := []string{fmt.Sprintf("127.0.0.1:%d", tcp.Port)}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return out
	}
	for _, a := range addrs {
		if ipn, ok := a.(*net.IPNet); ok && ipn.IP.To4() != nil && !ipn.IP.IsLoopback() {
			out = append(out, fmt.Sprintf("%s:%d", ipn.IP, tcp.Port))
		}
	}
	return out
}

// SecretFrom returns the value of a variable, or that of the file that the variable with
// _FILE behind its name names.
func SecretFrom(getenv func(string) string, name string) (string, error) {
	env := project.NewEnv(getenv)
	v := env.Get(name)
	return v, env.Err()
}
