package server

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
)

// Applied returns the versions that the database in cfg.Data has; a database that
// does not exist has none.
func Applied(ctx context.Context, cfg Config) (map[string]bool, error) {
	if _, err := os.Stat(filepath.Join(cfg.Data, sqlite.File)); errors.Is(err, fs.ErrNotExist) {
		return map[string]bool{}, nil
	}
	drv, err := sqlite.Open(ctx, sqlite.Config{Dir: cfg.Data, Log: cfg.Log})
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, db: db.New(drv)}
	done, err := s.applied(ctx)
	return done, errors.Join(err, s.db.Close())
}

// Check migrates and seeds a database in a temporary folder and returns the notices.
func Check(ctx context.Context, cfg Config) ([]string, error) {
	dir, err := os.MkdirTemp("", "plinth-check-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cfg.Data, cfg.Dev = dir, true
	drv, err := sqlite.Open(ctx, sqlite.Config{Dir: dir, Log: cfg.Log})
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, db: db.New(drv)}
	err = s.migrate(ctx)
	return s.report.Notices, errors.Join(err, s.db.Close())
}
