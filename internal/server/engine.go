package server

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/db/replica"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/server/house"
	secret "github.com/plinth-dev/plinth/internal/vault"
)

// engine opens the database for a command: the one that a URL names, else the file in
// the data folder. Nothing above the database knows which it is.
func (c Config) engine(ctx context.Context) (*db.DB, error) {
	e, err := c.open(ctx, true)
	return e.DB, err
}

// database is one with what only the roof does to it.
type database struct {
	*db.DB
	reload   func(context.Context) error   // reads the schema anew, where others may change it
	postgres *postgres.Driver              // nil on SQLite
	numbered *atomic.Pointer[func([]byte)] // gives other nodes what this one numbered
	replicas *replica.Driver               // nil for none
}

// open opens it for a node, or for a command's visit.
func (c Config) open(ctx context.Context, visit bool) (database, error) {
	if c.Database != "" {
		ring, err := c.vaultRing(secret.ForSQL)
		if err != nil {
			return database{}, err
		}
		numbered := &atomic.Pointer[func([]byte)]{}
		cfg := postgres.Config{URL: secret.Address(c.Database, ring), Log: c.Log, Visit: visit, Conns: c.connections(), Tell: func(msg []byte) {
			if tell := numbered.Load(); tell != nil {
				(*tell)(msg)
			}
		}, Heard: func() bool { return numbered.Load() != nil }}
		drv, err := postgres.Open(ctx, cfg)
		if c.VaultKeys == "" && ring != nil && fault.CodeOf(err) == secret.Refused {
			cfg.URL = c.Database // a pooler before dev's database: there is no vault
			drv, err = postgres.Open(ctx, cfg)
		}
		if err == nil && drv.Begun() {
			err = errors.Join(errMoving, drv.Close())
		}
		if err != nil {
			return database{}, err
		}
		out := database{DB: db.New(drv), postgres: drv, numbered: numbered, reload: drv.Refresh}
		if !visit && len(c.Replicas) > 0 {
			out.replicas = c.withReplicas(drv, ring)
			out.DB = db.New(out.replicas)
		}
		return out, nil
	}
	_, d, err := c.openSQLite(ctx, nil)
	return database{DB: d, reload: func(context.Context) error { return nil }}, err
}

// connections are how many to a Postgres; 0 for as many as the engine thinks right.
func (c Config) connections() int {
	if c.Project == nil {
		return 0
	}
	return c.Project.Config.Plinth.Connections
}

// openSQLite opens the file in the data folder; ship may be nil.
func (c Config) openSQLite(ctx context.Context, ship sqlite.Ship) (*sqlite.Driver, *db.DB, error) {
	ring, err := c.vaultRing(secret.ForSQL)
	if err != nil {
		return nil, nil, err
	}
	drv, err := sqlite.Open(ctx, sqlite.Config{
		Dir: c.Data, Log: c.Log, Ship: ship, Unflushed: c.Project != nil && c.Project.Config.Plinth.Synchronous == "normal", Settings: vaultSettings(ring), Image: house.Image,
	})
	if err != nil {
		return nil, nil, err
	}
	if begun, err := drv.Begun(ctx); err != nil || begun {
		if begun {
			err = errMoving
		}
		return nil, nil, errors.Join(err, drv.Close())
	}
	return drv, db.New(drv), nil
}

// Applied returns the versions that the database has; a file that does not exist
// has none.
func Applied(ctx context.Context, cfg Config) (map[string]bool, error) {
	if _, err := os.Stat(filepath.Join(cfg.Data, sqlite.File)); cfg.Database == "" && errors.Is(err, fs.ErrNotExist) {
		return map[string]bool{}, nil
	}
	d, err := cfg.engine(ctx)
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, db: d}
	done, err := s.applied(ctx)
	return done, errors.Join(err, d.Close())
}

// Verdict is what became of one statement of a project on SQLite.
type Verdict struct {
	File string
	sqlite.Verdict
}

// Check tries the project's migrations and seeds on an SQLite database in a temporary
// folder, statement by statement.
func Check(ctx context.Context, cfg Config) ([]Verdict, error) {
	dir, err := os.MkdirTemp("", "plinth-check-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	drv, err := sqlite.Open(ctx, sqlite.Config{Dir: dir, Log: cfg.Log, Settings: vaultSettings(throwAway()), Image: house.Image})
	if err != nil {
		return nil, err
	}
	d := db.New(drv)
	s := &Server{cfg: cfg, db: d}
	err = s.migrateHouse(ctx)
	var out []Verdict
	for _, f := range cfg.Project.Migrations {
		if err == nil {
			out, err = s.try(ctx, drv, db.Script{File: f.Path, SQL: f.SQL, Version: f.Version, Name: f.Name}, out)
		}
	}
	for _, f := range cfg.Project.Seeds {
		if err == nil {
			out, err = s.try(ctx, drv, db.Script{File: f.Path, SQL: f.SQL}, out)
		}
	}
	return out, errors.Join(err, d.Close())
}

func (s *Server) try(ctx context.Context, drv *sqlite.Driver, sc db.Script, out []Verdict) ([]Verdict, error) {
	list, err := drv.Trial(ctx, sc)
	for _, v := range list {
		out = append(out, Verdict{sc.File, v})
	}
	return out, err
}
