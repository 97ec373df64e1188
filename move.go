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

// Move carries the project's SQLite database to the Postgres database cfg.DB, or with
// back that one to an SQLite file. The target must be new; a server may be serving the
// source meanwhile. When Move returns, the target has everything and the source is
// frozen.
func Move(ctx context.Context, cfg Config, back bool, progress func(MoveProgress)) (*Moved, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return nil, err
	}
	m, err := server.Move(ctx, sc, back, progress)
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

// WaitStopped waits until no server writes the old database.
func (m *Moved) WaitStopped(ctx context.Context) error { return m.m.Stopped(ctx) }

// Thaw lets the old database be written again.
func (m *Moved) Thaw() error { return m.m.Thaw() }
