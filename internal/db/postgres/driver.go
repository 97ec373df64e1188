package postgres

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/postgres/address"
	"github.com/plinth-dev/plinth/internal/db/postgres/codec"
	"github.com/plinth-dev/plinth/internal/db/postgres/introspect"
	"github.com/plinth-dev/plinth/internal/db/postgres/relay"
	"github.com/plinth-dev/plinth/internal/fault"
)

// Config describes the connection to a server.
type Config struct {
	URL string       // postgres://user:password@host:port/database, or key=value words
	Log *slog.Logger // nil: nothing is logged
	// Conns is the number of connections in all: for statements, and the few beside them
	// (aside). Default four for each core and at least 16, and four more: on few cores more
	// transactions at once share a flush, and fewer requests wait and are woken. Of a server
	// that has few the default is a fifth, and at least 12. A driver with fewer than it needs
	// beside has one for statements.
	Conns int
	// Statements bounds the prepared statements of a connection, default 300.
	Statements int
	// Wait is how long a request waits for a free connection; default 5 s.
	Wait time.Duration
	// WriteLimit ends a write that waits and runs this long; default 30 s.
	WriteLimit time.Duration
	// Pooler says that a transaction pooler (PgBouncer, Supavisor) stands between:
	// nothing of a connection outlives a transaction. It is found out where the URL does
	// not say it (package address).
	Pooler bool
	// KeepChanges, KeepBytes and KeepFor bound the change log; default 100,000 rows, 1 GiB
	// and 24 hours.
	KeepChanges int
	KeepBytes   int64
	KeepFor     time.Duration
	Visit       bool // this is a command, not a node: it leaves the change log as it is
	// Tell gives other nodes a message about changes that were numbered here, for their
	// Hear; it does not block. Without it they look into the log.
	Tell func(msg []byte)
	// Heard tells whether there are nodes that hear it; nil for always.
	Heard func() bool
	// Triggers makes changes come from triggers even where logical replication is to be
	// had.
	Triggers bool
	// SlotLimit is how many bytes of the server's log may wait to be read; a slot that is
	// further behind is given up, and changes are missed. Default 4 GiB.
	SlotLimit int64
	// Marks makes Write wait until its changes are numbered, and return their place;
	// without it a Mark is zero, and a write costs less.
	Marks     bool
	following bool // a replica: whoever waits for it has another server to ask
}

// Driver is the engine. It implements db.Driver.
type Driver struct {
	cfg     Config
	log     *slog.Logger
	login   *pgconn.Config // of statements
	server  *pgconn.Config // of what no pooler may stand before
	behind  bool           // a pooler does, and there is no way around it
	pool    *pool
	owner   string                     // the role that logs in
	bypass  bool                       // service_role is a role that row security does not hold
	pub     *atomic.Pointer[published] // shared with its replicas
	loading sync.Mutex
	teller  teller  // of the place in the log
	shapes  *shapes // of unnamed statements, behind a pooler
	notices []catalog.Notice
	feed    *relay.Feed
	slot    string   // of this database
	leads   bool     // this node may read the slot
	scripts sync.Map // backend PIDs of scripts of our own, whose notifications are no news

	stop context.CancelFunc
	work sync.WaitGroup
	once sync.Once
}

// published is one version of the schema, with what follows from it.
type published struct {
	cat    *catalog.Catalog
	types  *codec.Types
	roles  map[string][]introspect.Setting
	shapes map[uint32]string // of the tables that are logged, by OID
	stamp  string            // see renew
	unread bool              // a script has changed the schema since
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Statements <= 0 {
		c.Statements = 300
	}
	if c.Wait <= 0 {
		c.Wait = 5 * time.Second
	}
	if c.WriteLimit <= 0 {
		c.WriteLimit = 30 * time.Second
	}
	if c.KeepChanges <= 0 {
		c.KeepChanges = 100_000
	}
	if c.KeepBytes <= 0 {
		c.KeepBytes = 1 << 30
	}
	if c.SlotLimit <= 0 {
		c.SlotLimit = 4 << 30
	}
	if c.KeepFor <= 0 {
		c.KeepFor = 24 * time.Hour
	}
	return c
}

// Open connects, makes what the database lacks and reads its schema.
func Open(ctx context.Context, cfg Config) (*Driver, error) {
	cfg = cfg.withDefaults()
	d := &Driver{cfg: cfg, log: cfg.Log, shapes: newShapes(), feed: relay.New(), pub: new(atomic.Pointer[published])}
	if err := d.configure(ctx); err != nil {
		return nil, err
	}
	d.pub.Store(&published{cat: catalog.New(), types: codec.Builtin()})
	d.pool = newPool(d.dial, cfg.Conns, cfg.Wait)
	if err := d.start(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// configure reads the URL and finds out whether a pooler stands between.
func (d *Driver) configure(ctx context.Context) error {
	a, err := address.Find(ctx, d.cfg.URL, d.cfg.Pooler)
	if err != nil {
		return err
	}
	d.login, d.server, d.cfg.Pooler, d.behind = a.Login, a.Server, a.Pooler, a.Behind
	return nil
}

func (d *Driver) start(ctx context.Context) error {
	if err := d.bootstrap(ctx); err != nil {
		return err
	}
	if !d.cfg.Visit {
		if err := d.choose(ctx); err != nil {
			return err
		}
	}
	if !d.behind {
		d.pool.aside(1) // who listens
	}
	if d.leads { // whether or not it leads at the moment
		d.pool.aside(2)
	}
	bg, cancel := context.WithCancel(context.Background())
	d.stop = cancel
	if d.behind { // LISTEN does not live through a pooler
		d.say("a pooler stands before the database: what others change of the schema is seen at SIGUSR1; name the server itself by ?direct=host:port")
	} else {
		ear, err := d.ear(ctx) // before the schema is read, so that no change is missed
		if err != nil {
			return err
		}
		d.work.Go(func() { d.listen(bg, ear) })
	}
	if err := d.Refresh(ctx); err != nil {
		return err
	}
	d.work.Go(func() { d.trimmer(bg, time.Minute) })
	if !d.leads {
		return nil
	}
	d.work.Go(func() { d.lead(bg) })
	return d.led(ctx)
}

// dial opens a connection for statements: the server is asked to cancel one whose
// context ends, so that the connection lives on; later it is given up.
func (d *Driver) dial(ctx context.Context) (*conn, error) {
	login := d.login.Copy()
	if d.cfg.Pooler { // some PgBouncers end for good when a request to cancel is hung up on
		return d.connect(ctx, login)
	}
	login.BuildContextWatcherHandler = func(pg *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: pg, DeadlineDelay: d.cfg.hold()}
	}
	return d.connect(ctx, login)
}

func (d *Driver) connect(ctx context.Context, login *pgconn.Config) (*conn, error) {
	c := newConn(d.cfg.Statements)
	login.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) { c.notes = append(c.notes, n) }
	login.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { c.notice(n) }
	pg, err := pgconn.ConnectConfig(ctx, login)
	if err == nil {
		c.pg = pg
		return c, nil
	}
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		f := fault.SQL(pe.Code, "%s", pe.Message).WithCause(err)
		f.Kind = fault.Unavailable // whatever it is, it is not the request's fault
		return nil, f
	}
	if ctx.Err() != nil {
		return nil, ended(ctx)
	}
	return nil, fault.SQL("08006", "the database cannot be reached").WithCause(err)
}

// roleOf returns the role that acts for a session's role.
func (d *Driver) roleOf(role string) string {
	switch {
	case role == "postgres" || role == d.owner || role == "service_role" && !d.bypass:
		return "none"
	}
	return role
}

// Catalog returns the current schema.
func (d *Driver) Catalog() *catalog.Catalog { return d.pub.Load().cat }

// Notices says what Open made or found.
func (d *Driver) Notices() []catalog.Notice { return d.notices }

// Close waits for requests under way and ends all connections. It may be called twice.
func (d *Driver) Close() error {
	d.once.Do(func() {
		d.feed.Close()
		if d.stop != nil {
			d.stop()
		}
		d.work.Wait()
		d.pool.close()
		d.teller.close()
	})
	return nil
}

// ear opens a connection that hears when the schema is to be read anew. Waiting on it
// ends with the context, at once.
func (d *Driver) ear(ctx context.Context) (*conn, error) {
	c, err := d.connect(ctx, d.server.Copy())
	if err != nil {
		return nil, err
	}
	if _, err := c.pg.Exec(ctx, "listen pgrst; listen "+feedChannel).ReadAll(); err != nil {
		c.close()
		return nil, toFault(ctx, err, "")
	}
	return c, nil
}

// listen reloads the schema when someone says so on the channel of PostgREST. After
// the connection was lost it catches up with what was said meanwhile.
func (d *Driver) listen(ctx context.Context, c *conn) {
	for {
		err := d.hear(ctx, c)
		c.close()
		for c = nil; c == nil; {
			if ctx.Err() != nil {
				return
			}
			d.log.Warn("postgres: no notifications", "error", err)
			pause(ctx, 2*time.Second)
			if c, err = d.ear(ctx); err != nil {
				continue
			}
			if err = d.Refresh(ctx); err != nil {
				d.log.Error("postgres: the schema cannot be read", "error", err)
			}
		}
	}
}

func (d *Driver) hear(ctx context.Context, c *conn) error {
	for {
		note, err := d.note(ctx, c)
		if err != nil {
			return err
		}
		if note.Channel == feedChannel {
			d.rung(note.Payload)
			continue
		}
		if _, own := d.scripts.LoadAndDelete(note.PID); own || note.Payload != "" && !strings.Contains(note.Payload, "schema") {
			continue
		}
		if err := d.Refresh(ctx); err != nil {
			d.log.Error("postgres: the schema cannot be read", "error", err)
		}
	}
}
