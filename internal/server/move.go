package server

import (
	"context"
	"errors"
	"time"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/move"
)

// copyLimit bounds one table's copy: it is one snapshot.
const copyLimit = 24 * time.Hour

var errNotEmpty = fault.New(fault.Invalid, "PLM04", "the target is not empty").
	WithHint("A move fills a new database. Create one, or drop what is in this one.")

// Moved is a move that is done: the source stays frozen until Thaw.
type Moved struct {
	move.Report
	Thaw func() error
	// Stopped waits until no server has the source's data folder, and then holds the
	// folder; release gives it back.
	Stopped func(ctx context.Context) (release func() error, err error)
}

// Move carries the SQLite database of cfg.Data to the Postgres database of
// cfg.Database, which must be new, while a server may be serving the former.
func Move(ctx context.Context, cfg Config, progress func(move.Progress)) (*Moved, error) {
	from, err := sqlite.Follow(ctx, sqlite.Config{Dir: cfg.Data, Log: cfg.Log, ReadLimit: copyLimit, Readers: 4})
	if err != nil {
		return nil, err
	}
	source := db.New(from)
	defer source.Close()
	target, receiver, err := cfg.receiver(ctx, from.Catalog())
	if err != nil {
		return nil, err
	}
	defer target.Close()
	report, thaw, err := move.Run(ctx, move.Config{
		From: source, To: target, Source: leaving{from}, Target: receiver, Log: cfg.Log, Progress: progress,
	})
	if err = errors.Join(err, receiver.Close(ctx)); err != nil {
		if thaw != nil {
			err = errors.Join(err, thaw())
		}
		return nil, err
	}
	return &Moved{Report: report, Thaw: thaw, Stopped: func(ctx context.Context) (func() error, error) { return sqlite.Held(ctx, cfg.Data) }}, nil
}

// receiver opens the target, migrates it and makes it ready to be filled with the
// tables of from.
func (c Config) receiver(ctx context.Context, from *catalog.Catalog) (*db.DB, *postgres.Receiver, error) {
	drv, err := postgres.Open(ctx, postgres.Config{URL: c.Database, Log: c.Log})
	if err != nil {
		return nil, nil, err
	}
	target := db.New(drv)
	fail := func(err error) (*db.DB, *postgres.Receiver, error) {
		return nil, nil, errors.Join(err, target.Close())
	}
	if !drv.Begun() {
		if used(target.Catalog()) {
			return fail(errNotEmpty)
		}
		s := &Server{cfg: c, db: target}
		if err := errors.Join(s.migrateHouse(ctx), s.migrateProject(ctx)); err != nil {
			return fail(err)
		}
	}
	var tables []*catalog.Table
	for _, t := range from.AllTables() {
		if move.Moved(t) {
			tables = append(tables, t)
		}
	}
	r, err := drv.Receive(ctx, tables)
	if err != nil {
		return fail(err)
	}
	return target, r, nil
}

// used reports whether a database holds a project.
func used(c *catalog.Catalog) bool {
	for _, name := range Schemas(c) {
		if s := c.Schemas[name]; s != nil && len(s.Tables) > 0 {
			return true
		}
	}
	s := c.Schemas["plinth"]
	return s != nil && s.Tables["scripts"] != nil
}

// leaving is the engine that is left, as package move sees it.
type leaving struct{ *sqlite.Driver }

func (l leaving) Sequences(ctx context.Context) (map[string]move.Sequence, error) {
	list, err := l.Driver.Sequences(ctx)
	out := map[string]move.Sequence{}
	for name, s := range list {
		out[name] = move.Sequence(s)
	}
	return out, err
}
