package plinth

import (
	"context"
	"io"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/schema/console"
	"github.com/plinth-dev/plinth/internal/server"
)

// Console is a session with the project's database.
type Console struct {
	c *console.Console
	w *server.Workbench
}

// ErrQuit is returned by Do when the person wants to go.
var ErrQuit = console.ErrQuit

// OpenConsole opens the project's database for a person who types SQL; reading alone
// where a server has the SQLite file open. role "" is the owner.
func OpenConsole(ctx context.Context, cfg Config, role, claims string, out io.Writer) (*Console, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return nil, err
	}
	w, err := server.LiveOrRead(ctx, sc)
	if err != nil {
		return nil, err
	}
	s := db.Owner
	if role != "" {
		s = db.Session{Role: role, Claims: claims}
	}
	return &Console{&console.Console{DB: w.DB, Session: s, Format: "table", Out: out}, w}, nil
}

// ReadOnly reports whether the database is open for reading alone.
func (c *Console) ReadOnly() bool { return c.w.ReadOnly }

// SetFormat chooses table, json or csv.
func (c *Console) SetFormat(ctx context.Context, format string) error {
	return c.c.Do(ctx, `\format `+format)
}

// Do runs a command such as \d, or the statements of a text.
func (c *Console) Do(ctx context.Context, text string) error { return c.c.Do(ctx, text) }

// Whole reports whether text needs no further line.
func (c *Console) Whole(text string) bool { return console.Whole(text) }

// Complete completes the word before pos.
func (c *Console) Complete(line string, pos int) (out string, at int, candidates []string) {
	return console.Complete(c.c.DB.Catalog(), line, pos)
}

// Close gives the database back.
func (c *Console) Close() error { return c.w.Close() }
