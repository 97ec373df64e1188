package sqlite

import (
	"context"
	"slices"
	"time"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
)

// The log's rows are numbered without gaps within an epoch. Where some are lost, or
// can't be read any more, the epoch grows and who follows starts anew.
const (
	sqlEpoch     = `select cast(value as integer) from _meta where key = 'epoch'`
	sqlNextEpoch = `insert into _meta (key, value) values ('epoch', '1') on conflict (key) do update set value = value + 1`
	sqlLast      = `select (` + sqlEpoch + `), coalesce((select max(seq) from _changes), (select seq from sqlite_sequence where name = '_changes'), 0)`
	sqlGap       = `select 1 from (select count(*) as n, max(seq) - min(seq) + 1 as want from _changes) where n <> want`
	sqlForget    = `delete from _changes where seq <= ?1`
	sqlTx        = `update _tx set tx = tx + 1, at = ?1`
	// sqlTrim removes a beginning, so that what is left stays dense.
	sqlTrim = `delete from _changes where seq in (select seq from _changes where seq <= max((select max(seq) from _changes) - ?1,
 coalesce((select seq from _changes where at >= ?2 order by seq limit 1), (select max(seq) from _changes) + 1) - 1) order by seq limit 2000)`
)

// checkLog starts the first epoch, and a new one after a gap.
func (d *Driver) checkLog(c *lite.Conn) error {
	known, err := exists(c, sqlEpoch)
	if err != nil {
		return err
	}
	gap, err := exists(c, sqlGap)
	if err != nil || known && !gap {
		return err
	}
	return run(c, sqlNextEpoch)
}

// last returns the position of the last change that c sees.
func (d *Driver) last(c *lite.Conn) (db.Position, error) {
	st, err := c.Prepare(sqlLast)
	if err != nil {
		return db.Position{}, lite.Fault(err)
	}
	defer st.Release()
	if _, err := st.Step(); err != nil {
		return db.Position{}, lite.Fault(err)
	}
	return db.Position{Epoch: uint32(st.ColumnInt(0)), Seq: uint64(st.ColumnInt(1))}, nil
}

// seal notes how far the log goes with the transaction that ends.
func (d *Driver) seal(c *lite.Conn) (err error) {
	d.sealed, err = d.last(c)
	return err
}

// committed publishes what seal noted, and wakes who follows.
func (d *Driver) committed() {
	here := d.sealed
	d.head.Store(&here)
	d.feed.wake()
}

// number gives the transaction that begins its number and time in the log. Requests that
// share a commit are one transaction there.
func number(c *lite.Conn, now int64) error {
	st, err := c.Prepare(sqlTx)
	if err != nil {
		return lite.Fault(err)
	}
	defer st.Release()
	st.BindInt(1, now)
	return lite.Fault(st.Run())
}

// forgetImages empties the log and starts an epoch where rows in it have images of
// a table whose columns changed: they could be read no more.
func (r *scriptRun) forgetImages(old, next *catalog.Catalog) error {
	for o := range old.EachTable() {
		if s := next.Schemas[o.Schema]; s != nil && s.Tables[o.Name] == o {
			continue
		}
		n, ok := next.TableByID(o.ID)
		if ok && slices.EqualFunc(o.Columns, n.Columns, sameImage) {
			continue
		}
		held, err := held(r.c, o.ID)
		if err != nil {
			return err
		}
		if held {
			if err := run(r.c, `delete from _changes`); err != nil {
				return err
			}
			return run(r.c, sqlNextEpoch)
		}
	}
	return nil
}

func sameImage(a, b *catalog.Column) bool {
	return a == b || a.ID == b.ID && a.Type.String() == b.Type.String()
}

func held(c *lite.Conn, table int) (bool, error) {
	st, err := c.Prepare(`select 1 from _changes where tbl = ?1 limit 1`)
	if err != nil {
		return false, lite.Fault(err)
	}
	defer st.Release()
	st.BindInt(1, int64(table))
	row, err := st.Step()
	return row, lite.Fault(err)
}

// Forget drops the changes up to a position. What it drops is a beginning, so that what
// is left stays dense.
func (d *Driver) Forget(ctx context.Context, upTo db.Position) error {
	return d.writer.Do(ctx, func(c *lite.Conn) error {
		now, err := d.last(c)
		if err != nil || now.Epoch != upTo.Epoch { // another epoch has begun without them
			return err
		}
		st, err := c.Prepare(sqlForget)
		if err != nil {
			return lite.Fault(err)
		}
		defer st.Release()
		st.BindInt(1, int64(upTo.Seq))
		return lite.Fault(st.Run())
	})
}

// trimmer bounds the log, a little at a time.
func (d *Driver) trimmer(ctx context.Context, every time.Duration) {
	defer close(d.trimmed)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := d.trim(ctx); err != nil && ctx.Err() == nil {
				d.log.Error("the change log could not be trimmed", "err", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

func (d *Driver) trim(ctx context.Context) error {
	for {
		var n int64
		err := d.writer.Do(ctx, func(c *lite.Conn) error {
			st, err := c.Prepare(sqlTrim)
			if err != nil {
				return err
			}
			defer st.Release()
			st.BindInt(1, int64(d.cfg.KeepChanges))
			st.BindInt(2, time.Now().Add(-d.cfg.KeepFor).UnixMicro())
			err = st.Run()
			n = c.Changes()
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}
