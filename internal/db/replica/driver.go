package replica

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/turn"
)

// Primary is the server that writes.
type Primary interface {
	db.Driver
	// Place is the end of its log: all that was acknowledged is before it.
	Place(ctx context.Context) (uint64, error)
}

// Server is a replica.
type Server interface {
	Query(ctx context.Context, s *db.Session, sql string, args []any) (db.Cursor, error)
	Read(ctx context.Context, fn func(db.Conn) error) error
	// Replayed is how much of the primary's log it shows, and how old the last
	// transaction is. A server that follows the primary no more is an error.
	Replayed(ctx context.Context) (place uint64, since time.Duration, err error)
	Close() error
}

// Source is a replica's address.
type Source struct {
	Name string // for people: no password
	Open func(ctx context.Context) (Server, error)
}

// Config says where to read.
type Config struct {
	Primary  Primary
	Replicas []Source
	Log      *slog.Logger
	Wait     time.Duration // for a replica to show what a read must see; default 20 ms
}

// Times of the watch: a replica that does not answer is out after beat and patience.
const (
	beat     = 100 * time.Millisecond
	patience = 400 * time.Millisecond
	pace     = 2 * time.Millisecond
	retry    = 500 * time.Millisecond
)

// Driver is the primary with its replicas.
type Driver struct {
	db.Driver
	wait    time.Duration
	head    *meter
	members []*member
	missed  atomic.Uint64 // reads of the primary
	stop    context.CancelFunc
	work    sync.WaitGroup
	once    sync.Once
	err     error
}

// New begins to watch the replicas; it waits for none. Close closes the primary, too.
func New(cfg Config) *Driver {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Wait <= 0 {
		cfg.Wait = 20 * time.Millisecond
	}
	ctx, stop := context.WithCancel(context.Background())
	d := &Driver{Driver: cfg.Primary, wait: cfg.Wait, stop: stop}
	d.head = &meter{ask: cfg.Primary.Place, limit: patience, pace: pace, work: &d.work}
	for _, s := range cfg.Replicas {
		m := &member{name: s.Name, open: s.Open, log: cfg.Log, head: d.head, work: &d.work, kicked: make(chan struct{}, 1)}
		d.members = append(d.members, m)
		d.work.Go(func() { m.run(ctx) })
	}
	return d
}

// Close ends the watch and all connections. It may be called twice.
func (d *Driver) Close() error {
	d.once.Do(func() {
		d.stop()
		d.work.Wait()
		d.err = d.Driver.Close()
	})
	return d.err
}

// Status is what is known of a replica.
type Status struct {
	Name   string        `json:"name"`
	Up     bool          `json:"up"`           // it answers, and follows the primary
	Behind uint64        `json:"behind_bytes"` // of the primary's log, when it was last asked
	Lag    time.Duration `json:"lag_ns"`       // age of what it shows, 0 where nothing is missing
	Reads  uint64        `json:"reads"`
	Failed uint64        `json:"failed"` // reads that another server answered after it had failed
	Why    string        `json:"why,omitempty"`
}

// Status tells of all replicas.
func (d *Driver) Status() []Status {
	out := make([]Status, 0, len(d.members))
	for _, m := range d.members {
		out = append(out, m.status())
	}
	return out
}

// Missed counts the reads that the primary answered.
func (d *Driver) Missed() uint64 { return d.missed.Load() }

// Ask asks the primary, which alone is sure to show the change that the questions are
// about. It implements db.Asker.
func (d *Driver) Ask(ctx context.Context, list []db.Question) []db.Answer {
	return db.New(d.Driver).Ask(ctx, list)
}

// Lines returns those who wait for the primary. It implements db.Lined.
func (d *Driver) Lines() (reads, writes *turn.Line) {
	if l, ok := d.Driver.(db.Lined); ok {
		return l.Lines()
	}
	l := new(turn.Line)
	return l, l
}
