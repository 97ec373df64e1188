package postgres

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"time"

	"github.com/plinth-dev/plinth/internal/db/postgres/inbox"
	"github.com/plinth-dev/plinth/internal/fault"
)

// The lease of the one who numbers changes. Times are the server's.
const (
	leaseFor  = "10 seconds"
	beatEvery = 2 * time.Second
	claimWait = 500 * time.Millisecond // and as much again by chance
	gather    = 10 * time.Millisecond  // after a read: what is committed meanwhile shares the next write
	lull      = 50 * time.Millisecond  // the same where nobody wants to be told
	lullRows  = 200                    // in so many changes there is no lull
	stampFor  = time.Second            // the schema is looked at this often where nobody wants to be told
)

// leader is a node while it numbers the changes of a database. It has two connections
// beside the pool's: one reads the slot, the other writes the log.
type leader struct {
	d           *Driver
	token       string
	fence       uint64 // the token's number
	epoch       uint32
	last        uint64 // number
	lsn         uint64 // place in the server's log; everything before it is numbered
	slot        string // that the log was numbered from so far, "" for none
	sql         *conn
	stream      *stream
	store, part string // prepared statements
	stamp       string
	stamped     time.Time
	open        bool   // a transaction that came in parts is being written
	stale       string // a shape for which the schema was read anew
	rang        time.Time
	owed        <-chan time.Time // when what was not rung for is due
}

// lead claims the lease and leads while it can, until ctx ends.
func (d *Driver) lead(ctx context.Context) {
	var said string // lately, so that a database that is away does not fill the log
	var at time.Time
	for ctx.Err() == nil {
		l, err := d.claim(ctx)
		if l != nil {
			err = l.lead(ctx)
			l.release(ctx)
		}
		if err != nil && ctx.Err() == nil && (err.Error() != said || time.Since(at) > time.Minute) {
			said, at = err.Error(), time.Now()
			d.log.Warn("postgres: changes are not read just now", "slot", d.slot, "error", err)
		}
		pause(ctx, claimWait+rand.N(claimWait))
	}
}

// claim takes the lease where nobody has it.
func (d *Driver) claim(ctx context.Context) (*leader, error) {
	rows, err := d.ask(ctx, sqlClaim, nodeName(), leaseFor)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	r := rows[0]
	l := &leader{d: d, token: r[0], slot: r[4]}
	if l.epoch, l.last, err = place(r[1], r[2]); err != nil {
		return nil, err
	}
	if l.fence, err = strconv.ParseUint(l.token, 10, 64); err != nil {
		return nil, err
	}
	l.lsn, err = parseLSN(r[3])
	return l, err
}

// nodeName is for the reader of plinth.feed alone.
func nodeName() string {
	host, _ := os.Hostname() // "" says less, and is no fault
	return host + ":" + strconv.Itoa(os.Getpid())
}

func place(epoch, last string) (uint32, uint64, error) {
	e, err := strconv.ParseUint(epoch, 10, 32)
	if err != nil {
		return 0, 0, err
	}
	n, err := strconv.ParseUint(last, 10, 64)
	return uint32(e), n, err
}

// release lets another node claim at once.
func (l *leader) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if _, err := l.d.ask(ctx, sqlRelease, l.token); err != nil {
		l.d.log.Warn("postgres: the lease of the change feed is left to run out", "error", err)
	}
}

// lead opens the connections, cares for the slot and numbers what comes from it.
func (l *leader) lead(ctx context.Context) error {
	sql, err := l.d.connect(ctx, l.d.direct())
	if err != nil {
		return err
	}
	defer sql.close()
	l.sql = sql
	c, err := l.d.replication(ctx)
	if err != nil {
		return err
	}
	defer closeQuietly(c)
	l.stream = &stream{c: c, in: inbox.New(), shapes: map[uint32]string{}, wanted: l.d.wanted, hurry: l.d.feed.Hurried()}
	if err := l.prepare(ctx); err != nil {
		return err
	}
	if err := l.ensureSlot(ctx); err != nil {
		return err
	}
	if err := l.stream.start(ctx, l.d.slot, l.lsn); err != nil {
		return err
	}
	l.d.log.Info("postgres: this node numbers the changes", "slot", l.d.slot, "epoch", l.epoch, "from", l.last)
	l.say()
	return l.work(ctx)
}

// work reads beside writing, until either ends.
func (l *leader) work(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	in, done := l.stream.in, make(chan struct{})
	go func() {
		defer close(done)
		in.Fail(l.stream.follow(ctx))
	}()
	defer func() { cancel(); <-done }()
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for beat := 1; ; beat++ {
		select {
		case <-ctx.Done():
			return nil
		case <-in.News:
			if err := l.drain(ctx); err != nil {
				return err
			}
			continue
		case <-l.owed:
			if err := l.ring(ctx); err != nil {
				return err
			}
			continue
		case <-tick.C:
		}
		if err := l.drain(ctx); err != nil {
			return err
		}
		if err := l.beat(ctx); err != nil {
			return err
		}
		if beat%15 == 0 {
			if err := l.watch(ctx); err != nil {
				return err
			}
		}
	}
}

// drain writes what was read.
func (l *leader) drain(ctx context.Context) error {
	b, ok, err := l.stream.in.Take()
	if err != nil || !ok {
		return err
	}
	return l.write(ctx, b)
}

// beat holds the lease, and lets the slot move on where nothing happens: the place that
// was reached is noted first and confirmed then. It uses a connection of the pool, since
// the leader's own may be in the middle of a long transaction.
func (l *leader) beat(ctx context.Context) error {
	rows, err := l.d.ask(ctx, sqlBeat, l.token, leaseFor, lsnText(l.lsn))
	switch {
	case fault.CodeOf(err) == "53300": // all are busy; the lease is longer than a beat
		l.d.log.Warn("postgres: no connection was free to hold the lease of the change feed")
		return nil
	case err != nil:
		return err
	case len(rows) == 0:
		return errFenced
	}
	l.say()
	return l.stream.confirm(l.lsn)
}

// errFenced: another node has the lease.
var errFenced = fault.SQL("55006", "another node numbers the changes")

// ledWait is how long Open waits for the slot; a transaction that is open for longer
// lets it be made later.
const ledWait = 5 * time.Second

// led waits until some node numbers the changes.
func (d *Driver) led(ctx context.Context) error {
	const sql = `select source <> 'slot' or slot is not null from plinth.feed`
	for deadline := time.Now().Add(ledWait); ; {
		next := d.feed.Wait()
		rows, err := d.ask(ctx, sql)
		if err != nil || rows[0][0] == "t" {
			return err
		}
		if time.Now().After(deadline) {
			d.say("the slot is not made yet: a transaction is open on the server; changes are told from then on")
			return nil
		}
		wait(ctx, next, 20*time.Millisecond)
		if ctx.Err() != nil {
			return ended(ctx)
		}
	}
}
