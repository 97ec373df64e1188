package sqlite

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec"
	"github.com/plinth-dev/plinth/internal/db/sqlite/fn"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/db/turn"
)

// Config describes the engine of one data directory.
type Config struct {
	Dir string
	Log *slog.Logger // nil: nothing is logged
	// Unflushed commits without a flush to the disk (synchronous=NORMAL): a loss of
	// power may undo the last acknowledged writes, a crash of the process does not.
	Unflushed bool
	// Readers is the number of reading connections, default twice the cores and at
	// least 4.
	Readers int
	// Statements bounds the cache of compiled statements, default 1,000.
	Statements int
	// ReadLimit ends a read transaction or a cursor that is open this long, since it
	// pins the write-ahead log; default 30 s.
	ReadLimit time.Duration
	// WriteLimit ends a write that waits and runs this long; default 30 s.
	WriteLimit time.Duration
	// KeepChanges and KeepFor bound the change log; default 100,000 rows and 24 hours.
	KeepChanges int
	KeepFor     time.Duration
	// Ship gets every commit, so that it can be kept elsewhere. May be nil.
	Ship Ship
	// Image is the file that a new database begins with, in place of an empty one; may be
	// nil. Its statements have the time 0.
	Image func() (io.Reader, error)
	// Settings are the server's own, which only the database's owner sees, and security
	// definer functions of his.
	Settings map[string]string
}

// File is the database's name in the data directory.
const File = "plinth.db"

// Driver is the engine. It implements db.Driver.
type Driver struct {
	cfg        Config
	log        *slog.Logger
	lock       *os.File
	writer     *lite.Writer
	pool       *lite.Pool
	pub        atomic.Pointer[published]
	changes    atomic.Uint64 // of the schema; see read.go
	publishing sync.RWMutex
	cache      *stmtCache
	feed       *feed
	head       atomic.Pointer[db.Position] // of the log at the last commit; nil where another process writes
	sealed     db.Position                 // the next one, on the writer's goroutine
	followed   int64                       // statements that had made the schema when Follow opened it

	server   func(name, role string) (string, bool) // setting, where there are any
	stopTrim context.CancelFunc
	trimmed  chan struct{}
	once     sync.Once
	closed   error
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Readers <= 0 {
		c.Readers = max(4, 2*runtime.GOMAXPROCS(0))
	}
	if c.Statements <= 0 {
		c.Statements = 1000
	}
	if c.ReadLimit <= 0 {
		c.ReadLimit = 30 * time.Second
	}
	if c.WriteLimit <= 0 {
		c.WriteLimit = 30 * time.Second
	}
	if c.KeepChanges <= 0 {
		c.KeepChanges = 100_000
	}
	if c.KeepFor <= 0 {
		c.KeepFor = 24 * time.Hour
	}
	return c
}

// Open opens the database of a data directory, which it makes where it is missing,
// and takes the directory's lock.
func Open(ctx context.Context, cfg Config) (*Driver, error) {
	cfg = cfg.withDefaults()
	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	d := &Driver{
		cfg: cfg, log: cfg.Log, lock: lock,
		cache: newStmtCache(cfg.Statements), feed: newFeed(),
	}
	if len(cfg.Settings) > 0 {
		d.server = d.setting // bound once, not for each transaction
	}
	if err := d.open(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *Driver) open(ctx context.Context) error {
	if err := d.cfg.begin(); err != nil {
		return err
	}
	path := filepath.Join(d.cfg.Dir, File)
	synchronous := "synchronous=full"
	if d.cfg.Unflushed {
		synchronous = "synchronous=normal"
	}
	cfg := lite.WriterConfig{
		Conn: lite.Config{
			Path: path, BusyMillis: 5000, Setup: setup,
			Pragmas: []string{
				"journal_mode=wal", synchronous, "foreign_keys=on", "temp_store=memory",
				"journal_size_limit=67108864", "cache_size=-16384", "recursive_triggers=on",
			},
		},
		Unresolved: func(c *lite.Conn) error { return exec.Unresolved(c, d.Catalog()) },
		Begun:      func(c *lite.Conn) error { return number(c, clock()) },
		Sealed:     d.seal,
		Committed:  d.committed,
	}
	if ship := d.cfg.Ship; ship != nil {
		cfg.Captured, cfg.Durable = captured(ship), ship.Durable
	}
	w, err := lite.OpenWriter(cfg)
	if err != nil {
		return lite.Fault(err)
	}
	d.writer = w
	d.pool = lite.NewPool(d.reader(path), d.cfg.Readers)
	if err := d.start(ctx); err != nil {
		return err
	}
	trimCtx, cancel := context.WithCancel(context.Background())
	d.stopTrim, d.trimmed = cancel, make(chan struct{})
	go d.trimmer(trimCtx, time.Minute)
	return nil
}

// reader is the configuration of a reading connection.
func (d *Driver) reader(path string) lite.Config {
	return lite.Config{
		Path: path, BusyMillis: 5000, Setup: setup,
		Pragmas: []string{"temp_store=memory", "cache_size=-8192", "query_only=on"},
	}
}

// setup gives a new connection Postgres' functions.
func setup(c *lite.Conn) error {
	link := &exec.Link{Conn: c, State: &fn.State{}}
	set, err := fn.NewSet(c, link.State)
	if err != nil {
		return err
	}
	link.Funcs = set
	c.Attached = link
	return nil
}

// Catalog returns the current schema.
func (d *Driver) Catalog() *catalog.Catalog { return d.pub.Load().cat }

// Lines returns those who read and those who write. It implements db.Lined.
func (d *Driver) Lines() (reads, writes *turn.Line) { return d.pool.Line(), d.writer.Line() }

// Close waits for requests under way and closes the file. It may be called twice.
func (d *Driver) Close() error {
	d.once.Do(func() { d.closed = d.close() })
	return d.closed
}

func (d *Driver) close() error {
	var errs []error
	d.feed.close()
	if d.stopTrim != nil {
		d.stopTrim()
		<-d.trimmed
	}
	if d.pool != nil {
		errs = append(errs, d.pool.Close())
	}
	if d.writer != nil {
		errs = append(errs, d.writer.Close())
	}
	if d.lock != nil {
		errs = append(errs, d.lock.Close())
	}
	return errors.Join(errs...)
}
