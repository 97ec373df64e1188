package server

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/project"
)

// Workbench is a database on which the tools of a schema work: one thrown away
// afterwards, or the project's own.
type Workbench struct {
	DB       *db.DB
	Notices  []string
	ReadOnly bool
	close    func() error
}

// Close gives the database back, and throws a scratch one away.
func (w *Workbench) Close() error { return w.close() }

// Scratch opens an empty database of the project's engine that has the rooms' tables
// and nothing of the project.
func Scratch(ctx context.Context, cfg Config) (*Workbench, error) {
	cfg.Dev = true
	var drop func() error
	if cfg.Database != "" {
		at, dropDB, err := postgres.Scratch(ctx, cfg.Database)
		if err != nil {
			return nil, err
		}
		cfg.Database = at
		drop = func() error { return dropDB(context.WithoutCancel(ctx)) }
	} else {
		dir, err := os.MkdirTemp("", "plinth-scratch-")
		if err != nil {
			return nil, err
		}
		cfg.Data = dir
		drop = func() error { return os.RemoveAll(dir) }
	}
	d, err := cfg.engine(ctx)
	if err != nil {
		return nil, errors.Join(err, drop())
	}
	w := &Workbench{DB: d, close: func() error { return errors.Join(d.Close(), drop()) }}
	s := &Server{cfg: cfg, db: d}
	if err := s.migrateHouse(ctx); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// Made opens a scratch database and runs the project's migrations on it.
func Made(ctx context.Context, cfg Config) (*Workbench, error) {
	w, err := Scratch(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, db: w.DB}
	if err := s.migrateProject(ctx); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	w.Notices = s.report.Notices
	return w, nil
}

// Live opens the project's own database as it is. An SQLite file that a server has
// open is refused, as for any second process.
func Live(ctx context.Context, cfg Config) (*Workbench, error) {
	if cfg.Database == "" {
		if _, err := os.Stat(filepath.Join(cfg.Data, sqlite.File)); errors.Is(err, fs.ErrNotExist) {
			return nil, errNoDatabase
		}
	}
	d, err := cfg.engine(ctx)
	if err != nil {
		return nil, err
	}
	return &Workbench{DB: d, close: d.Close}, nil
}

// LiveOrRead is Live; an SQLite file that a server has open is opened for reading alone.
func LiveOrRead(ctx context.Context, cfg Config) (*Workbench, error) {
	w, err := Live(ctx, cfg)
	if cfg.Database != "" || fault.CodeOf(err) != "55006" {
		return w, err
	}
	drv, err := sqlite.Follow(ctx, sqlite.Config{Dir: cfg.Data, Log: cfg.Log, Readers: 1})
	if err != nil {
		return nil, err
	}
	d := db.New(drv)
	return &Workbench{DB: d, ReadOnly: true, close: d.Close}, nil
}

// Pending returns the migrations that the project's database lacks, all where there is
// no database; beside a running server it reads alone.
func Pending(ctx context.Context, cfg Config) ([]project.File, error) {
	w, err := LiveOrRead(ctx, cfg)
	if errors.Is(err, errNoDatabase) {
		return cfg.Project.Migrations, nil
	}
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, db: w.DB}
	done, err := s.applied(ctx)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	var out []project.File
	for _, f := range cfg.Project.Migrations {
		if !done[f.Version] {
			out = append(out, f)
		}
	}
	return out, nil
}

var errNoDatabase = errors.New("there is no database yet: plinth dev or plinth migrate up makes it")

// Up migrates the project's database and returns what was done. It seeds a new one
// where cfg.Dev is set.
func Up(ctx context.Context, cfg Config) (Report, error) {
	s, err := cfg.opened(ctx)
	if err != nil {
		return Report{}, err
	}
	err = s.migrate(ctx)
	return s.report, errors.Join(err, s.db.Close())
}

// Seed runs the project's seed files on its database.
func Seed(ctx context.Context, cfg Config) (files []string, err error) {
	s, err := cfg.opened(ctx)
	if err != nil {
		return nil, err
	}
	files, err = SeedOn(ctx, cfg, s.db)
	return files, errors.Join(err, s.db.Close())
}

// SeedOn runs them on another one.
func SeedOn(ctx context.Context, cfg Config, d *db.DB) (files []string, err error) {
	for _, f := range cfg.Project.Seeds {
		if _, err := d.Script(ctx, db.Script{File: f.Path, SQL: f.SQL}); err != nil {
			return files, err
		}
		files = append(files, f.Path)
	}
	return files, nil
}

func (c Config) opened(ctx context.Context) (*Server, error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, err
	}
	d, err := c.engine(ctx)
	if err != nil {
		return nil, err
	}
	return &Server{cfg: c, db: d}, nil
}

// Reset throws the project's SQLite database away, files included, and makes it anew
// from migrations and seeds.
func Reset(ctx context.Context, cfg Config) (Report, error) {
	if cfg.Database != "" {
		return Report{}, errors.New("db reset works on the SQLite file alone: on Postgres, drop and create the database with its own tools, then run plinth migrate up")
	}
	// Whoever opens the file has its lock: a running server is not robbed of it.
	s, err := cfg.opened(ctx)
	if err != nil {
		return Report{}, err
	}
	if err := s.db.Close(); err != nil {
		return Report{}, err
	}
	for _, name := range []string{sqlite.File, sqlite.File + "-wal", sqlite.File + "-shm", "files"} {
		if err := os.RemoveAll(filepath.Join(cfg.Data, name)); err != nil {
			return Report{}, err
		}
	}
	return Up(ctx, cfg)
}

// Schemas are the names of the project's own schemas in a catalogue: what is neither
// the house's nor the system's.
func Schemas(c *catalog.Catalog) []string {
	house := map[string]bool{
		"auth": true, "storage": true, "realtime": true, "extensions": true, "plinth": true, "supabase_migrations": true,
		"information_schema": true, "pg_catalog": true, "graphql": true, "graphql_public": true, "vault": true, "cron": true, "net": true,
		"supabase_functions": true, "pgbouncer": true,
	}
	out := []string{"public"}
	for name := range c.Schemas {
		if !house[name] && name != "public" {
			out = append(out, name)
		}
	}
	slices.Sort(out[1:])
	return out
}
