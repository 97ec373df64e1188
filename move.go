package plinth

import (
	"context"
	"time"

	"github.com/plinth-dev/plinth/internal/move"
	"github.com/plinth-dev/plinth/internal/server"
)

// MoveProgress is how far a move has come.
type MoveProgress = move.Progress

// Moved is a move that is done. Until Thaw the old database takes no write.
type Moved struct{ m *server.Moved }

// Move carries the project's SQLite database to the Postgres database cfg.DB, which
// must be new, while a server may be serving the old one. When it returns, the target
// has everything and the old database is frozen.
func Move(ctx context.Context, cfg Config, progress func(MoveProgress)) (*Moved, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return nil, err
	}
	m, err := server.Move(ctx, sc, progress)
	if err != nil {
		return nil, err
	}
	return &Moved{m}, nil
}

// Tables, Rows and Again count what was copied; Frozen is how long nobody could write,
// up to the end of the comparison.
func (m *Moved) Tables() int             { return m.m.Tables }
func (m *Moved) Rows() int64             { return m.m.Rows }
func (m *Moved) Again() int64            { return m.m.Again }
func (m *Moved) Frozen() time.Duration   { return m.m.Frozen }
func (m *Moved) Duration() time.Duration { return m.m.Took }

// WaitStopped waits until no server has the old data folder.
func (m *Moved) WaitStopped(ctx context.Context) error {
	release, err := m.m.Stopped(ctx)
	if err != nil {
		return err
	}
	return release()
}

// Thaw lets the old database be written again.
func (m *Moved) Thaw() error { return m.m.Thaw() }
