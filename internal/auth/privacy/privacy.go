package privacy

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
)

// Files are the person's, in the room that keeps files.
type Files interface {
	// ExportOwner appends a JSON array of the owner's files.
	ExportOwner(ctx context.Context, owner string) ([]byte, error)
	// ForgetOwner removes the owner's files and says how many there were.
	ForgetOwner(ctx context.Context, owner string) (int, error)
}

// Config of a Keeper.
type Config struct {
	DB    *db.DB
	Log   *slog.Logger
	Now   func() time.Time
	Files Files // nil for none
	// Letters forgets what was sent to an address or a number.
	Letters func(ctx context.Context, tx *db.Tx, to []string) error
	// Settle is how long the change log is kept after an erasure, so that whoever follows
	// it passes the erased rows; 0 for a minute.
	Settle time.Duration
	// MaxBytes of an export; 0 for 64 MiB.
	MaxBytes int
}

// Keeper exports and erases.
type Keeper struct{ cfg Config }

// New returns a Keeper.
func New(cfg Config) (*Keeper, error) {
	if cfg.DB == nil || cfg.Log == nil || cfg.Now == nil {
		return nil, errors.New("privacy: DB, Log and Now must be set")
	}
	if cfg.Settle == 0 {
		cfg.Settle = time.Minute
	}
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = 64 << 20
	}
	return &Keeper{cfg}, nil
}

// link is a column that holds the user's id.
type link struct {
	table  *catalog.Table
	column string
	action string // on deletion of what it refers to
	null   bool   // the column may be NULL
}

func (l link) name() string { return l.table.Schema + "." + l.table.Name }

func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func (l link) from() string { return quote(l.table.Schema) + "." + quote(l.table.Name) }

// links finds every column that holds a user's id, from auth.users outward, in the order
// in which rows must go: those that refer to others first.
func links(c *catalog.Catalog) []link {
	users := c.Schemas["auth"].Tables["users"]
	var out []link
	seen := map[*catalog.Table]bool{}
	var walk func(t *catalog.Table, key string)
	walk = func(t *catalog.Table, key string) {
		if seen[t] {
			return
		}
		seen[t] = true
		for _, r := range c.Referencing(t) {
			f := r.Foreign
			if len(f.Cols) != 1 || f.RefCols[0] != key {
				continue
			}
			col := r.Table.ColumnNamed(f.Cols[0])
			if pk := r.Table.PrimaryKey(); pk != nil && len(pk.Cols) == 1 && pk.Cols[0] == f.Cols[0] {
				walk(r.Table, f.Cols[0])
			}
			out = append(out, link{r.Table, f.Cols[0], f.OnDelete, col != nil && !col.NotNull})
		}
	}
	if users != nil {
		walk(users, "id")
	}
	return slices.DeleteFunc(out, func(l link) bool { return l.table.Schema == "auth" || l.table.Schema == "plinth" })
}
