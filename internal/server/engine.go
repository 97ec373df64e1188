package server

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
)

// engine opens the database for a command: the one that a URL names, else the file in
// the data folder. Nothing above the database knows which it is.
func (c Config) engine(ctx context.Context) (*db.DB, error) {
	d, _, err := c.open(ctx, true)
	return d, err
}

// open opens it for a node, or for a command's visit. reload reads the schema anew,
// where others may change it.
func (c Config) open(ctx context.Context, visit bool) (d *db.DB, reload func(context.Context) error, err error) {
	if c.Database != "" {
		drv, err := postgres.Open(ctx, postgres.Config{URL: c.Database, Log: c.Log, Visit: visit})
		if err == nil && drv.Begun() {
			err = errors.Join(errMoving, drv.Close())
		}
		if err != nil {
			return nil, nil, err
		}
		return db.New(drv), drv.Refresh, nil
	}
	drv, err := sqlite.Open(ctx, sqlite.Config{
		Dir: c.Data, Log: c.Log, Unflushed: c.Project != nil && c.Project.Config.Plinth.Synchronous == "normal",
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
	return db.New(drv), func(context.Context) error { return nil }, nil
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

// Check migrates and seeds an SQLite database in a temporary folder and returns the
// notices.
func Check(ctx context.Context, cfg Config) ([]string, error) {
	dir, err := os.MkdirTemp("", "plinth-check-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cfg.Data, cfg.Dev, cfg.Database = dir, true, ""
	d, err := cfg.engine(ctx)
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, db: d}
	err = s.migrate(ctx)
	return s.report.Notices, errors.Join(err, d.Close())
}
