package postgres

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres/relay"
	"github.com/plinth-dev/plinth/internal/fault"
)

// Replica is a server that repeats what another one, the primary, wrote. It is for
// reading, and takes the schema from the primary's Driver.
type Replica struct {
	d *Driver
}

// hold is how long a connection is kept for the server's answer to a cancelled request.
func (c Config) hold() time.Duration {
	if c.following {
		return 200 * time.Millisecond
	}
	return 2 * time.Second
}

// Replica opens one; the primary's Driver must outlive it.
func (d *Driver) Replica(ctx context.Context, url string) (*Replica, error) {
	cfg := d.cfg
	cfg.URL, cfg.Pooler, cfg.following = url, false, true
	f := &Driver{cfg: cfg, log: d.log, pub: d.pub, owner: d.owner, bypass: d.bypass, shapes: newShapes(), feed: relay.New()}
	if err := f.configure(ctx); err != nil {
		return nil, err
	}
	f.pool = newPool(f.dial, cfg.Conns, cfg.Wait)
	r := &Replica{f}
	if err := r.alike(ctx, d); err != nil {
		_ = r.Close() // it was not used
		return nil, err
	}
	return r, nil
}

// alike refuses a server that repeats another one than the primary.
func (r *Replica) alike(ctx context.Context, d *Driver) error {
	const sql = `select system_identifier from pg_control_system()`
	ours, err := d.teller.ask(ctx, d, sql)
	if fault.CodeOf(err) == "42501" {
		return nil // the server keeps it to itself; a replica's log is still compared
	}
	if err != nil {
		return err
	}
	theirs, err := r.d.teller.ask(ctx, r.d, sql)
	if err == nil && ours[0] != theirs[0] {
		err = fault.New(fault.Invalid, "55000", "this server is not a replica of the primary").
			WithHint("A replica is made by pg_basebackup -R, or by the provider of the database.")
	}
	return err
}

// Query runs one reading statement.
func (r *Replica) Query(ctx context.Context, s *db.Session, sql string, args []any) (db.Cursor, error) {
	return r.d.query(ctx, s, sql, args) // where it fails, another server is better than another try
}

// Read runs fn on one snapshot.
func (r *Replica) Read(ctx context.Context, fn func(db.Conn) error) error { return r.d.Read(ctx, fn) }

// Close ends its connections.
func (r *Replica) Close() error { return r.d.Close() }

// Place returns the end of the primary's log: everything acknowledged is before it.
func (d *Driver) Place(ctx context.Context) (uint64, error) {
	row, err := d.teller.ask(ctx, d, `select pg_current_wal_insert_lsn()`)
	if err != nil {
		return 0, err
	}
	return parseLSN(row[0])
}

// Feed tells which node numbers the changes, "" for none, and how much of the server's
// log it has not read.
func (d *Driver) Feed(ctx context.Context) (leader string, behind uint64, err error) {
	const sql = `select coalesce(case when until > clock_timestamp() then leader end, ''),
 case when source = 'slot' then greatest(pg_current_wal_insert_lsn() - lsn, 0)::bigint else 0 end from plinth.feed`
	rows, err := d.ask(ctx, sql)
	if err != nil || len(rows) == 0 {
		return "", 0, err
	}
	behind, err = strconv.ParseUint(rows[0][1], 10, 64)
	return rows[0][0], behind, err
}

// Replayed returns how much of the primary's log the replica shows, and how long ago the
// last transaction that it shows was committed. A server that does not follow any more,
// or follows another's history, is a fault.
func (r *Replica) Replayed(ctx context.Context) (place uint64, since time.Duration, err error) {
	const sql = `select pg_is_in_recovery(), pg_last_wal_replay_lsn(), exists (select from pg_stat_wal_receiver where pid is not null),
 coalesce(extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000, 0)::bigint || 'ms'`
	row, err := r.d.teller.ask(ctx, r.d, sql)
	switch {
	case err != nil:
		return 0, 0, err
	case row[0] != "t":
		return 0, 0, fault.SQL("55000", "the server is no replica any more")
	case row[2] != "t":
		return 0, 0, fault.SQL("55000", "the replica gets nothing from its primary")
	}
	if since, err = time.ParseDuration(row[3]); err != nil {
		return 0, 0, err
	}
	place, err = parseLSN(row[1])
	return place, since, err
}

// teller asks a server for its place on a connection of its own, so that no busy pool
// keeps the answer back. One question at a time; a context that ends gives it up.
type teller struct {
	mu    sync.Mutex
	c     *conn
	aside bool // its connection is off the budget
	shut  bool
}

func (t *teller) ask(ctx context.Context, d *Driver, sql string) ([]string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.shut {
		return nil, fault.SQL("57P01", "the database is closed")
	}
	if !t.aside {
		t.aside = true
		d.pool.aside(1)
	}
	if t.c == nil {
		c, err := d.connect(ctx, d.login.Copy())
		if err != nil {
			return nil, err
		}
		t.c = c
	}
	rows, err := t.c.ask(ctx, sql)
	if err == nil && len(rows) == 1 {
		return rows[0], nil
	}
	if err == nil {
		err = fault.SQL("02000", "the server told nothing of its log")
	}
	if t.c.pg.IsClosed() || ctx.Err() != nil {
		t.c.close()
		t.c = nil
	}
	return nil, err
}

func (t *teller) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.shut = true; t.c != nil {
		t.c.close()
	}
}
