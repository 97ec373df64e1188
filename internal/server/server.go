package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
	_ "time/tzdata" // time zones on machines that have none

	"github.com/plinth-dev/plinth/internal/auth"
	"github.com/plinth-dev/plinth/internal/auth/hook"
	"github.com/plinth-dev/plinth/internal/auth/password"
	"github.com/plinth-dev/plinth/internal/auth/privacy"
	"github.com/plinth-dev/plinth/internal/auth/signing"
	"github.com/plinth-dev/plinth/internal/auth/sms"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/gauge"
	"github.com/plinth-dev/plinth/internal/job"
	"github.com/plinth-dev/plinth/internal/mail"
	"github.com/plinth-dev/plinth/internal/realtime"
	"github.com/plinth-dev/plinth/internal/rest"
	"github.com/plinth-dev/plinth/internal/storage"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/wire"
)

// Server serves one project. Open makes it ready, Run serves until its context
// ends; Close is for a server that never ran.
//
// budget: one field a room
type Server struct {
	cfg      Config
	log      *slog.Logger
	db       *db.DB
	keys     Keys
	ring     *token.Keyring // what clients on other machines may use
	local    *token.Keyring // the same and, in dev, the well-known secret
	signing  *signing.Keeper
	privacy  *privacy.Keeper
	hash     *password.Hasher
	realtime *realtime.Service
	files    *storage.Service
	senders
	nodes    *nodes
	ops      *operation
	queue    *job.Queue
	blobs    store
	handler  entrance
	report   Report
	engine   database // of db
	cluster  *cluster
	secure   *secure   // nil: plain HTTP
	shipping *shipping // nil: the database is not shipped
	started  func()    // ends the lease of who starts
	closed   atomic.Bool
}

// senders tell people and other servers.
type senders struct {
	post   *mail.Service
	phones *sms.Service
	hooks  *hook.Service
}

// Reload reads the database's schema anew, which somebody else changed.
func (s *Server) Reload(ctx context.Context) error { return s.engine.reload(ctx) }

// Report is what opening did.
type Report struct {
	New     bool     // the database was made
	Applied []string // migration files applied now
	Seeded  bool
	Notices []string
}

// Open opens the database, migrates it and builds the rooms. An error leaves
// nothing open.
func Open(ctx context.Context, cfg Config) (*Server, error) {
	cfg.Cluster = cfg.clustered()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	cfg.Log = slog.New(gauge.Redact(cfg.Log.Handler(), cfg.Project.Config.Plinth.Log.RedactEmails))
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	s := &Server{cfg: cfg, log: cfg.Log}
	var err error
	if s.secure, err = cfg.newSecure(); err != nil {
		return nil, err
	}
	s.nodes = newNodes(cfg.Only, s.member)
	if err := s.openDB(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.ops = newOperation(cfg, s.db)
	if err := s.build(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	time.AfterFunc(startWait, s.started)
	return s, nil
}

func (s *Server) openDB(ctx context.Context) (err error) {
	if s.cfg.ships() {
		return s.openShipped(ctx)
	}
	s.engine, err = s.cfg.open(ctx, false)
	s.db = s.engine.DB
	return err
}

func (s *Server) build(ctx context.Context) error {
	if err := s.startAlone(ctx); err != nil {
		return err
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	if err := s.loadKeys(ctx); err != nil {
		return err
	}
	if err := s.openCluster(ctx); err != nil {
		return err
	}
	var err error
	if s.handler.front, err = s.newFront(); err != nil {
		return err
	}
	return s.wire(ctx)
}

// loadKeys takes the project's API keys and its signing key, which lives in the
// database so that every node has the same.
func (s *Server) loadKeys(ctx context.Context) error {
	keys, err := s.projectKeys()
	if err != nil {
		return err
	}
	s.keys = keys
	s.ring, s.local = &token.Keyring{}, &token.Keyring{}
	if !s.cfg.Dev {
		s.local = s.ring
	}
	cfg := signing.Config{DB: s.db, Log: s.log, OnChange: s.setKeys}
	if path := s.cfg.Project.Config.Auth.SigningKeysPath; path != "" {
		if cfg.File, err = os.ReadFile(filepath.Join(s.cfg.Project.Dir, path)); err != nil {
			return fmt.Errorf("auth.signing_keys_path: %w", err)
		}
	}
	if s.signing, err = signing.Open(ctx, cfg); err != nil {
		return err
	}
	s.ring.OnMissing(s.signing.Missing)
	s.local.OnMissing(s.signing.Missing)
	return nil
}

// setKeys gives both rings the signing keys, beside the project's shared secret.
func (s *Server) setKeys(current *token.Key, others []*token.Key) error {
	others = append(others, token.NewHS256(s.keys.JWTSecret))
	err := s.ring.Replace(current, others...)
	if err == nil && s.cfg.Dev {
		err = s.local.Replace(current, append(others, token.NewHS256(token.LocalSecret))...)
	}
	return err
}

// projectKeys: dev on loopback uses the well-known keys; dev that others can reach
// has keys of its own, and serve is given its keys.
func (s *Server) projectKeys() (Keys, error) {
	switch {
	case !s.cfg.Dev:
		return s.cfg.Keys, nil
	case s.cfg.loopback():
		return localKeys(), nil
	}
	return ownKeys(s.cfg.Data)
}

func (s *Server) door() *door {
	d := &door{
		local:   credentials{ring: s.local, keys: []token.APIKeys{s.keys.APIKeys}},
		remote:  credentials{ring: s.ring, keys: []token.APIKeys{s.keys.APIKeys}},
		needKey: !s.cfg.Dev,
		catalog: s.db.Catalog,
	}
	if s.cfg.Dev {
		d.local.keys = append(d.local.keys, localKeys().APIKeys)
	}
	return d
}

// wire builds the rooms and gives each its prefix: a URL prefix is a folder.
func (s *Server) wire(ctx context.Context) error {
	c := s.cfg.Project.Config
	data, err := rest.New(rest.Config{
		DB: s.db, Schemas: c.API.Schemas, MaxRows: c.API.MaxRows, SafeUpdate: true, Log: s.log, MaxBody: int64(c.Plinth.HTTP.MaxBody), MaxTime: time.Duration(c.Plinth.HTTP.RequestTime), MaxAnswer: int(c.Plinth.HTTP.MaxAnswer),
		Aggregates: c.Plinth.API.Aggregates, Plans: c.Plinth.API.Plans, TxEnd: c.Plinth.API.TxEnd, ExtraPath: c.API.ExtraSearchPath,
	})
	if err != nil {
		return err
	}
	if err := s.letters(); err != nil {
		return err
	}
	s.realtime, err = realtime.New(s.realtimeConfig())
	if err != nil {
		return err
	}
	if s.blobs, err = s.openBlobs(ctx); err != nil {
		return err
	}
	if s.files, err = storage.New(s.storageConfig()); err != nil {
		return err
	}
	if s.privacy, err = privacy.New(privacy.Config{DB: s.db, Log: s.log, Now: time.Now, Files: s.files, Letters: s.post.Forget}); err != nil {
		return err
	}
	signInConfig, err := s.authConfig()
	if err != nil {
		return err
	}
	signin, err := auth.New(signInConfig)
	if err != nil {
		return err
	}
	if err := s.startQueue(data, signin); err != nil {
		return err
	}
	d, limits := s.handler.front.door, c.Plinth.Limits
	mux := http.NewServeMux()
	mount := func(prefix string, h http.Handler, own bounds, of urgency) {
		s.handler.front.gate.room(prefix, h, of)
		mux.Handle(prefix+"/", s.nodes.route(prefix, below(prefix, s.handler.front.before(h, own, of))))
	}
	mount("/rest/v1", data.Handler(), named("data", limits.Data), byMethod)
	mount("/auth/v1", limitTime(time.Duration(c.Plinth.HTTP.RequestTime), noReferrer(signin.Handler())), named("auth", limits.Auth), ofSignIn)
	mount("/realtime/v1", s.realtime.Handler(), named("realtime", limits.Realtime), ofRealtime)
	mount("/storage/v1", s.files.Handler(), named("storage", limits.Storage), byMethod)
	if s.cfg.Dev {
		mux.Handle("/mail/", s.inbox())
	}
	about := manual{server: s, data: data, rooms: []room{
		{"", "server", s.ownRoutes()}, {"/cluster/v1", "cluster", s.clusterRoutes()}, {"/auth/v1", "auth", signin.Routes()},
		{"/realtime/v1", "realtime", s.realtime.Routes()}, {"/storage/v1", "storage", s.files.Routes()}, {"/rest/v1", "data", data.Routes()},
	}}
	mux.Handle("/cluster/v1/", below("/cluster/v1", d.identify(wire.Mount(s.clusterRoutes(), wire.Problem{}))))
	mux.Handle("/openapi.json", d.identify(wire.Mount(about.routes(), wire.Problem{})))
	mux.Handle("/", wire.Mount(s.ownRoutes(), wire.Problem{}))
	s.mountOperation(mux, d)
	s.handler.Handler = s.edge(about.rooms).Access(s.manners().Before(mux))
	return nil
}

// Handler returns the whole server as one handler.
func (s *Server) Handler() http.Handler { return s.handler }

// DB returns the database, for hooks of an embedding program.
func (s *Server) DB() *db.DB { return s.db }

// Report says what Open did.
func (s *Server) Report() Report { return s.report }
