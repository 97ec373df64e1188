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

var (
	errNotEmpty = fault.New(fault.Invalid, "PLM04", "the target is not empty").
			WithHint("A move fills a new database. Create one, or drop what is in this one.")
	errMoving = fault.New(fault.Unavailable, "PLM05", "a move into this database began and did not end").
			WithHint("Run plinth move once more, or drop the database.")
)

// Moved is a move that is done: the source stays frozen until Thaw.
type Moved struct {
	move.Report
	Thaw func() error
	// Stopped waits until no server writes the source any more.
	Stopped func(ctx context.Context) error
}

// Move carries the project between the SQLite database of cfg.Data and the Postgres
// database of cfg.Database: to the latter, or with back to the former. The target must
// be new; the source may be served meanwhile.
func Move(ctx context.Context, cfg Config, back bool, progress func(move.Progress)) (*Moved, error) {
	from, to := cfg.upwards, cfg.postgresTarget
	if back {
		from, to = cfg.downwards, cfg.sqliteTarget
	}
	src, err := from(ctx)
	if err != nil {
		return nil, err
	}
	tgt, err := to(ctx)
	if err != nil {
		return nil, errors.Join(err, src.db.Close())
	}
	m := &Moved{Stopped: src.stopped}
	err = m.run(ctx, move.Config{From: src.db, To: tgt.db, Source: src, Log: cfg.Log, Progress: progress}, tgt)
	closed := errors.Join(tgt.db.Close(), src.db.Close())
	if err = errors.Join(err, closed); err != nil && m.Thaw != nil {
		err = errors.Join(err, m.Thaw())
	}
	return m, err
}

func (m *Moved) run(ctx context.Context, cfg move.Config, tgt *target) error {
	r, err := tgt.receive(ctx, move.Tables(cfg.From.Catalog(), cfg.To.Catalog()))
	if err != nil {
		return err
	}
	cfg.Target = r
	m.Report, m.Thaw, err = move.Run(ctx, cfg)
	return errors.Join(err, r.Close(ctx))
}

// source is an engine that is left, as package move sees it.
type source struct {
	db        *db.DB
	freeze    func(ctx context.Context, tables []*catalog.Table) (func() error, error)
	sequences func(ctx context.Context) (map[string]move.Sequence, error)
	stopped   func(ctx context.Context) error
}

func (s *source) Freeze(ctx context.Context, tables []*catalog.Table) (func() error, error) {
	return s.freeze(ctx, tables)
}

func (s *source) Sequences(ctx context.Context) (map[string]move.Sequence, error) {
	return s.sequences(ctx)
}

// receiver is a move's target that can be closed.
type receiver interface {
	move.Target
	Close(ctx context.Context) error
}

// target is an engine that is filled.
type target struct {
	db      *db.DB
	receive func(ctx context.Context, tables []*catalog.Table) (receiver, error)
}

func (c Config) upwards(ctx context.Context) (*source, error) {
	drv, err := sqlite.Follow(ctx, sqlite.Config{Dir: c.Data, Log: c.Log, ReadLimit: copyLimit, Readers: 4})
	if err != nil {
		return nil, err
	}
	return &source{
		db: db.New(drv), freeze: drv.Freeze,
		sequences: func(ctx context.Context) (map[string]move.Sequence, error) {
			list, err := drv.Sequences(ctx)
			return states(list), err
		},
		stopped: func(ctx context.Context) error {
			release, err := sqlite.Held(ctx, c.Data)
			if err != nil {
				return err
			}
			return release()
		},
	}, nil
}

func (c Config) downwards(ctx context.Context) (*source, error) {
	drv, err := postgres.Open(ctx, postgres.Config{URL: c.Database, Log: c.Log, Visit: true})
	if err != nil {
		return nil, err
	}
	return &source{
		db: db.New(drv), freeze: drv.Freeze,
		sequences: func(ctx context.Context) (map[string]move.Sequence, error) {
			list, err := drv.Sequences(ctx)
			return states(list), err
		},
		stopped: drv.Alone,
	}, nil
}

// states turns an engine's sequences into the move's.
func states[S ~struct {
	Last   int64
	Called bool
}](list map[string]S) map[string]move.Sequence {
	out := map[string]move.Sequence{}
	for name, s := range list {
		out[name] = move.Sequence(s)
	}
	return out
}

func (c Config) postgresTarget(ctx context.Context) (*target, error) {
	drv, err := postgres.Open(ctx, postgres.Config{URL: c.Database, Log: c.Log, Visit: true})
	if err != nil {
		return nil, err
	}
	t := &target{db: db.New(drv), receive: func(ctx context.Context, tables []*catalog.Table) (receiver, error) {
		return drv.Receive(ctx, tables)
	}}
	return t, c.fill(ctx, t, drv.Begun())
}

func (c Config) sqliteTarget(ctx context.Context) (*target, error) {
	drv, err := sqlite.Open(ctx, sqlite.Config{Dir: c.Data, Log: c.Log, ReadLimit: copyLimit})
	if err != nil {
		return nil, err
	}
	t := &target{db: db.New(drv), receive: func(ctx context.Context, tables []*catalog.Table) (receiver, error) {
		return drv.Receive(ctx, tables)
	}}
	begun, err := drv.Begun(ctx)
	if err != nil {
		return nil, errors.Join(err, drv.Close())
	}
	return t, c.fill(ctx, t, begun)
}

// fill migrates a new target; one that a move began to fill is as it must be.
func (c Config) fill(ctx context.Context, t *target, begun bool) error {
	if begun {
		return nil
	}
	if used(t.db.Catalog()) {
		return errors.Join(errNotEmpty, t.db.Close())
	}
	s := &Server{cfg: c, db: t.db}
	if err := errors.Join(s.migrateHouse(ctx), s.migrateProject(ctx)); err != nil {
		return errors.Join(err, t.db.Close())
	}
	return nil
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
