package move

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"time"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// Row is a row's values as text, by the target's Columns; nil is NULL. It is valid until the next one.
type Row = [][]byte

// Sequence is a sequence's state.
type Sequence struct {
	Last   int64
	Called bool
}

// Source is what a move asks of the engine that it leaves, beside its DB.
type Source interface {
	// Freeze keeps everybody from writing until thaw is called.
	Freeze(ctx context.Context, tables []*catalog.Table) (thaw func() error, err error)
	Sequences(ctx context.Context) (map[string]Sequence, error)
}

// Target is what a move asks of the engine that it fills. Until Guard nothing acts on
// rows: no foreign key, no trigger.
//
// budget: a move's steps, in order
type Target interface {
	// Columns are the columns of t that a Row has.
	Columns(t *catalog.Table) []string
	Load(ctx context.Context, t *catalog.Table, rows iter.Seq2[Row, error]) (int64, error)
	Replace(ctx context.Context, t *catalog.Table, keys [][]string, rows iter.Seq2[Row, error]) error
	Index(ctx context.Context) error
	SetSequence(ctx context.Context, name string, last int64, called bool) error
	Guard(ctx context.Context) error
	Validate(ctx context.Context) error
}

// Config says what to move. Both databases have the same schema.
type Config struct {
	From, To *db.DB
	Source   Source
	Target   Target
	Log      *slog.Logger
	// Progress is told what is being done; may be nil.
	Progress func(Progress)
}

// Progress is how far a move has come.
type Progress struct {
	Phase string // "copy", "index", "follow", "freeze", "check", "done"
	Table string // schema.name, where the phase has tables
	Done  int64  // rows
	Total int64  // rows, 0 where unknown
}

// Report is what a move did.
type Report struct {
	Tables int
	Rows   int64
	Again  int64         // rows that were copied again since they changed
	Frozen time.Duration // how long nobody could write, up to the end of the check
	Took   time.Duration
}

// Bounds of the rounds that follow changes.
const (
	calm      = 500 // changed keys that the last, frozen round may be left with
	maxRounds = 50
)

// mover is one move.
type mover struct {
	Config
	logged, whole []*catalog.Table // followed by their changes; copied when nothing changes any more
	dirty         *dirty
	report        Report
}

// Run moves everything. When it returns, the source is frozen until thaw is called,
// and the target is complete.
func Run(ctx context.Context, cfg Config) (report Report, thaw func() error, err error) {
	m := &mover{Config: cfg, dirty: newDirty()}
	if m.Log == nil {
		m.Log = slog.New(slog.DiscardHandler)
	}
	start := time.Now()
	if err := m.sort(); err != nil {
		return report, nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	from, err := m.From.Position(ctx)
	if err != nil {
		return report, nil, err
	}
	followed := make(chan error, 1)
	go func() { followed <- m.dirty.follow(ctx, m.From, from) }()
	defer func() { stop(); <-followed }()
	if err := m.live(ctx); err != nil {
		return m.report, nil, errors.Join(err, m.dirty.err())
	}
	if thaw, err = m.frozen(ctx); err != nil {
		return m.report, nil, err
	}
	m.report.Took = time.Since(start)
	m.tell(Progress{Phase: "done", Done: m.report.Rows})
	return m.report, thaw, nil
}

func (m *mover) tell(p Progress) {
	if m.Progress != nil {
		m.Progress(p)
	}
}

// Tables are those of from whose rows are moved to a database of the catalogue to. What
// says which scripts ran is written by the target's own migration, and what one engine
// keeps for itself the other does not have.
func Tables(from, to *catalog.Catalog) []*catalog.Table {
	var out []*catalog.Table
	for _, t := range from.AllTables() {
		switch {
		case t.Kind != catalog.Base, t.Schema == "supabase_migrations":
		case t.Schema == "plinth" && (t.Name == "scripts" || t.Name == "move" || find(to, t) == nil):
		default:
			out = append(out, t)
		}
	}
	return out
}

func find(c *catalog.Catalog, t *catalog.Table) *catalog.Table {
	if s := c.Schemas[t.Schema]; s != nil {
		return s.Tables[t.Name]
	}
	return nil
}

// Logged reports whether the change log tells all changes of a table by its key.
func Logged(t *catalog.Table) bool {
	switch t.Schema {
	case "auth", "vault", "plinth", "extensions":
		return false
	}
	return t.PrimaryKey() != nil
}

// sort lists the tables, and refuses where the schemas differ.
func (m *mover) sort() error {
	to := m.To.Catalog()
	for _, t := range Tables(m.From.Catalog(), to) {
		if err := alike(t, find(to, t)); err != nil {
			return err
		}
		if Logged(t) {
			m.logged = append(m.logged, t)
		} else {
			m.whole = append(m.whole, t)
		}
	}
	m.report.Tables = len(m.logged) + len(m.whole)
	return nil
}

func alike(from, to *catalog.Table) error {
	name := from.Schema + "." + from.Name
	if to == nil {
		return differs(name, "the target does not have it")
	}
	for _, c := range from.Columns {
		o := to.ColumnNamed(c.Name)
		if o == nil {
			return differs(name, "the target lacks the column "+c.Name)
		}
		if a, b := c.Type.Base().String(), o.Type.Base().String(); a != b {
			return differs(name, fmt.Sprintf("the column %s is %s, in the target %s", c.Name, a, b))
		}
	}
	return nil
}

func differs(table, how string) error {
	return fault.New(fault.Invalid, "PLM01", "the schemas of source and target differ").WithDetail("Table " + table + ": " + how + ".").
		WithHint("The migrations of the project must be those that the source has: plinth db diff shows what was changed by hand.")
}

// live does what can be done while the source is written.
func (m *mover) live(ctx context.Context) error {
	for _, t := range m.logged {
		if err := m.copy(ctx, t); err != nil {
			return err
		}
	}
	m.tell(Progress{Phase: "index"})
	if err := m.Target.Index(ctx); err != nil {
		return err
	}
	for range maxRounds {
		n, err := m.again(ctx, "follow")
		if err != nil {
			return err
		}
		if n <= calm {
			return nil
		}
	}
	return nil // the source is written faster than it is followed: the rest is done frozen
}

// frozen freezes the source and does the rest. On an error it thaws it.
func (m *mover) frozen(ctx context.Context) (thaw func() error, err error) {
	m.tell(Progress{Phase: "freeze"})
	if thaw, err = m.Source.Freeze(ctx, slices.Concat(m.logged, m.whole)); err != nil {
		return nil, err
	}
	start := time.Now()
	if err := m.finish(ctx); err != nil {
		return nil, errors.Join(err, thaw())
	}
	m.report.Frozen = time.Since(start)
	if err := m.Target.Validate(ctx); err != nil {
		return nil, errors.Join(err, thaw())
	}
	return thaw, nil
}

func (m *mover) finish(ctx context.Context) error {
	here, err := m.From.Position(ctx)
	if err != nil {
		return err
	}
	if err := m.dirty.reached(ctx, here); err != nil {
		return err
	}
	for n := 1; n > 0; {
		if n, err = m.again(ctx, "freeze"); err != nil {
			return err
		}
	}
	for _, t := range m.whole {
		if err := m.copy(ctx, t); err != nil {
			return err
		}
	}
	seqs, err := m.Source.Sequences(ctx)
	if err != nil {
		return err
	}
	for name, s := range seqs {
		if err := m.Target.SetSequence(ctx, name, s.Last, s.Called); err != nil {
			return err
		}
	}
	if err := m.check(ctx); err != nil {
		return err
	}
	return m.Target.Guard(ctx)
}
