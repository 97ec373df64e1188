package db

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/turn"
	"github.com/plinth-dev/plinth/internal/value"
)

// Session is who acts: nothing reaches a database without one. It is an argument,
// never a context value, so that no call can forget it.
type Session struct {
	Role     string            // "anon", "authenticated", "service_role", "postgres" …
	Claims   string            // request.jwt.claims: the token's payload as JSON text, "" for none
	Settings map[string]string // search_path, timezone, app.settings.*; never changed
	// Request makes the settings of RequestSettings when SQL asks for them; nil for none.
	Request Request
}

// Request is the request that a session acts for. It gives the same answer each time.
type Request interface {
	Setting(name string) (text string, ok bool)
}

// RequestSettings are what SQL may ask a Request.
var RequestSettings = [...]string{"request.cookies", "request.headers", "request.method", "request.path"}

// Owner is the session of migrations and of the rooms' own bookkeeping.
var Owner = Session{Role: "postgres"}

// DB is a database of either engine. It is safe for concurrent use.
type DB struct {
	d     Driver
	bells bells
	watch *Watch // nil for nobody
}

// New returns a DB over a driver.
func New(d Driver) *DB { return &DB{d: d} }

// Driver is what an engine provides; dbtest is its contract.
type Driver interface {
	// Query runs one reading statement; the Cursor holds a reader until closed.
	Query(ctx context.Context, s *Session, sql string, args []any) (Cursor, error)
	// Read runs fn on one read-only snapshot.
	Read(ctx context.Context, fn func(Conn) error) error
	// Write runs fn in a transaction that is durable when Write returns nil. fn may
	// run again after a failure that was not its own. An error of fn rolls its
	// changes back; ErrRollback does so and counts as success, ErrDryRun where a commit
	// would have been one.
	Write(ctx context.Context, fn func(Conn) error) (Mark, error)
	// Script runs a migration: its statements one by one, in one transaction.
	Script(ctx context.Context, sc Script) ([]catalog.Notice, error)
	// Catalog returns the current schema.
	Catalog() *catalog.Catalog
	// Changes yields committed changes after from, in order, and waits for more
	// until ctx ends.
	Changes(ctx context.Context, from Position) iter.Seq2[Change, error]
	// Position returns the place of the last committed change.
	Position(ctx context.Context) (Position, error)
	// Forget drops the changes up to a position for good: who follows and has not passed
	// it gets a gap.
	Forget(ctx context.Context, upTo Position) error
	Close() error
}

// Sparing is a Driver that can pass over changes that nobody wants.
type Sparing interface {
	// ChangesFor is Changes. While wanted says no it may yield, in place of changes, one
	// without a Table, whose Position is that of the last of them.
	ChangesFor(ctx context.Context, from Position, wanted func() bool) iter.Seq2[Change, error]
}

// ChangesFor yields changes as Changes does, or, where the engine can and wanted says no,
// only how far they go: see Sparing.
func (d *DB) ChangesFor(ctx context.Context, from Position, wanted func() bool) iter.Seq2[Change, error] {
	if s, ok := d.d.(Sparing); ok {
		return s.ChangesFor(ctx, from, wanted)
	}
	return d.d.Changes(ctx, from)
}

// Lined is a Driver that counts who waits for it: those who read and those who write, who
// on Postgres are in one line.
type Lined interface {
	Lines() (reads, writes *turn.Line)
}

// Lines returns the lines before the engine; ok is false where it counts none.
func (d *DB) Lines() (reads, writes *turn.Line, ok bool) {
	l, ok := d.d.(Lined)
	if ok {
		reads, writes = l.Lines()
	}
	return reads, writes, ok
}

// Conn is one transaction's connection.
type Conn interface {
	Query(ctx context.Context, s *Session, sql string, args []any) (Cursor, error)
	// Setting returns a setting made in this transaction by set_config or SET, or "".
	Setting(name string) string
}

// Estimator is a Conn whose engine guesses the number of a statement's rows.
type Estimator interface {
	Estimate(ctx context.Context, s *Session, sql string, args []any) (int64, error)
}

// Explainer is a Conn whose engine tells how it executes a statement.
type Explainer interface {
	Explain(ctx context.Context, s *Session, how Explain, sql string, args []any) ([]byte, error)
}

// Explain says how a plan is told: Options are those of Postgres' EXPLAIN that are on. With
// "analyze" the statement is executed.
type Explain struct {
	JSON    bool
	Options []string
}

// Trier is a Conn that can take back a part of its transaction.
type Trier interface {
	// Try runs fn; where fn fails, what it did is taken back and the transaction goes on.
	Try(ctx context.Context, fn func() error) error
}

// Cursor is a result being read. Its byte slices are valid until the next call of Next.
//
// budget: one row has three forms, and a result an end
type Cursor interface {
	Columns() []Column
	Next() bool
	// AppendJSON appends column col of the current row in Postgres' to_json form.
	AppendJSON(dst []byte, col int) []byte
	// AppendText appends it in its text form; ok is false for NULL.
	AppendText(dst []byte, col int) (text []byte, ok bool)
	Value(col int) value.Value
	// Affected returns the number of rows written, or read, once Next is false.
	Affected() int64
	Err() error
	Close() error
}

// Column names a result column.
type Column struct {
	Name string
	Type *value.Type
}

// Mark is the position that a reader must have passed to see a write.
type Mark = Position

// Position is a place in the change log. Seq is dense within an Epoch.
type Position struct {
	Epoch uint32
	Seq   uint64
}

// Op is the kind of a change.
type Op uint8

const (
	Insert Op = 1 + iota
	Update
	Delete
	Truncate
)

// Change is one committed row change. New and Old are in the order of Table.Columns.
// Updates and deletes of a table with a primary key carry Old: the whole row where the
// table's replica identity is full, else the key at least.
type Change struct {
	Position
	Tx       uint64
	Last     bool // the last change of its transaction
	Table    *catalog.Table
	Op       Op
	Key      []value.Value // primary key
	New, Old []value.Value
	At       time.Time
	// Unchanged marks columns of New that the log did not carry: large values that the
	// statement left alone, and generated ones. They hold what the table had a little
	// later, or NULL where the row was gone by then. nil for none.
	Unchanged []bool
}

// Script is a file of statements.
type Script struct {
	File string // for messages
	SQL  string
	// Version and Name are recorded in supabase_migrations.schema_migrations where
	// Version is set.
	Version, Name string
	Role          string // "" = postgres
	// Adopt keeps what exists already where a statement would make it: a database that
	// Supabase made has the rooms' tables.
	Adopt bool
	// More says that another script follows at once. The schema need not be read before it
	// has ended, well or not.
	More bool
}

// ErrRollback makes Write roll back and succeed (Prefer: tx=rollback).
var ErrRollback = errors.New("db: rollback asked for")

// ErrDryRun makes Write roll back and succeed where a commit would have: what waits for
// the transaction's end, constraints and triggers, is asked first.
var ErrDryRun = errors.New("db: dry run")

// ErrGap is yielded by Changes, once and last, when changes after the position that
// was asked for are no longer kept. The Change beside it carries the position to go
// on from; whoever follows fetches everything else anew.
var ErrGap = errors.New("db: changes were missed")
