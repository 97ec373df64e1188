package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/fault"
)

// followEvery is how often a follower looks for changes: another process's commits
// ring no bell here.
const followEvery = 50 * time.Millisecond

// Follow opens a database for reading that another process may be serving. It takes no
// lock and writes nothing; a change of the schema meanwhile is not seen.
func Follow(ctx context.Context, cfg Config) (*Driver, error) {
	cfg = cfg.withDefaults()
	path := filepath.Join(cfg.Dir, File)
	if _, err := os.Stat(path); err != nil {
		return nil, fault.New(fault.NotFound, "58P01", "there is no database in "+cfg.Dir).WithCause(err)
	}
	d := &Driver{cfg: cfg, log: cfg.Log, cache: newStmtCache(cfg.Statements), feed: newFeed()}
	d.pool = lite.NewPool(d.reader(path), d.cfg.Readers)
	conn, err := d.pool.Get(ctx)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	defer d.pool.Put(conn)
	if d.followed, err = definitions(conn); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	cat, err := d.replay(conn)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	d.publish(cat)
	return d, nil
}

// definitions counts the statements that made the schema.
func definitions(c *lite.Conn) (int64, error) {
	st, err := c.Prepare(`select count(*) from _ddl`)
	if err != nil {
		return 0, lite.Fault(err)
	}
	defer st.Release()
	if _, err := st.Step(); err != nil {
		return 0, lite.Fault(err)
	}
	return st.ColumnInt(0), nil
}

var errOtherSchema = fault.SQL("55006", "the schema was changed while the database was followed").WithHint("Begin again.")

// follows reports whether the engine only reads what another process writes.
func (d *Driver) follows() bool { return d.writer == nil }

var errFollows = fault.SQL("25006", "the database is open for reading alone")

// Freeze keeps every process from writing until thaw is called. Writers wait for some
// seconds and then fail.
func (d *Driver) Freeze(ctx context.Context, _ []*catalog.Table) (thaw func() error, err error) {
	c, err := lite.Open(lite.Config{Path: filepath.Join(d.cfg.Dir, File), Mode: lite.ReadWrite, Setup: setup})
	if err != nil {
		return nil, lite.Fault(err)
	}
	// SQLite's own waiting backs off further than a busy writer pauses.
	for {
		if err = c.Exec("begin immediate"); err == nil {
			return d.frozen(c)
		}
		t := time.NewTimer(time.Millisecond)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil, errors.Join(lite.Ended(ctx), lite.Fault(err), c.Close())
		case <-t.C:
		}
	}
}

// frozen makes sure that what is frozen has the schema that was followed.
func (d *Driver) frozen(c *lite.Conn) (thaw func() error, err error) {
	thaw = func() error { return errors.Join(c.Exec("rollback"), c.Close()) }
	n, err := definitions(c)
	if err == nil && d.follows() && n != d.followed {
		err = errOtherSchema
	}
	if err != nil {
		return nil, errors.Join(err, thaw())
	}
	return thaw, nil
}

// Held takes the directory's lock, which is free once no server has it: what is
// frozen then stays as it is until release.
func Held(ctx context.Context, dir string) (release func() error, err error) {
	for {
		lock, err := lockDir(dir)
		if err == nil {
			return lock.Close, nil
		}
		if fault.CodeOf(err) != "55006" {
			return nil, err
		}
		t := time.NewTimer(followEvery)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil, err
		case <-t.C:
		}
	}
}

// Sequences returns the last value of each sequence, and whether it was given out.
func (d *Driver) Sequences(ctx context.Context) (map[string]Sequence, error) {
	conn, err := d.pool.Get(ctx)
	if err != nil {
		return nil, err
	}
	defer d.pool.Put(conn)
	st, err := conn.Prepare(`select name, last, called from _sequences`)
	if err != nil {
		return nil, lite.Fault(err)
	}
	defer st.Release()
	out := map[string]Sequence{}
	for {
		row, err := st.Step()
		if err != nil {
			return nil, lite.Fault(err)
		}
		if !row {
			return out, nil
		}
		out[st.ColumnString(0)] = Sequence{Last: st.ColumnInt(1), Called: st.ColumnInt(2) != 0}
	}
}

// Sequence is a sequence's state.
type Sequence struct {
	Last   int64
	Called bool
}
