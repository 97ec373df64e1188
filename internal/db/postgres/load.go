package postgres

import (
	"context"
	"errors"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/postgres/address"
	"github.com/plinth-dev/plinth/internal/db/postgres/introspect"
	"github.com/plinth-dev/plinth/internal/fault"
)

// Reload reads the schema anew and publishes it.
func (d *Driver) Reload(ctx context.Context) error {
	d.loading.Lock()
	defer d.loading.Unlock()
	var err error
	for try := 1; try <= 3; try++ {
		if err = d.load(ctx); err == nil || !lost(err) && fault.CodeOf(err) != "XX000" {
			return err
		}
	}
	return err
}

// load reads the schema in one snapshot and one round trip.
func (d *Driver) load(ctx context.Context) error {
	c, err := d.pool.get(ctx, "none")
	if err != nil {
		return err
	}
	stamp := c.pg.ExecParams(ctx, sqlStamp, nil, nil, nil, nil).Read() // before the rest: it may be too old, never too new
	begin, rest, _ := strings.Cut(introspect.SQL(), ";")
	results, err := c.pg.Exec(ctx, begin+"; set local search_path = "+address.DefaultPath+";"+rest).ReadAll()
	shapes := c.pg.ExecParams(ctx, sqlLogged, nil, nil, nil, nil).Read()
	if err == nil {
		err = errors.Join(stamp.Err, shapes.Err)
	}
	if err = toFault(ctx, err, ""); err != nil {
		d.pool.discard(c) // a transaction may be open
		return err
	}
	d.pool.put(c)
	rows := make([][][][]byte, 0, len(results))
	for _, r := range results[2 : len(results)-1] {
		rows = append(rows, r.Rows)
	}
	s, err := introspect.Build(d.Catalog().Version+1, rows)
	if err != nil {
		return err
	}
	d.alias(s.Catalog)
	d.pub.Store(&published{cat: s.Catalog, types: s.Types, roles: s.Settings, shapes: shapesOf(shapes), stamp: string(stamp.Rows[0][0])})
	return nil
}

func shapesOf(res *pgconn.Result) map[uint32]string {
	out := make(map[uint32]string, len(res.Rows))
	for _, r := range res.Rows {
		rel, _ := strconv.ParseUint(string(r[0]), 10, 32)
		out[uint32(rel)] = string(r[1])
	}
	return out
}

// Refresh lets the log have the changes of tables that are new, and reads the schema.
// It takes the lock of scripts, so that two nodes do not do it at once.
func (d *Driver) Refresh(ctx context.Context) error {
	c, err := d.pool.get(ctx, "none")
	if err != nil {
		return err
	}
	_, err = c.pg.Exec(ctx, sqlSync).ReadAll()
	err = toFault(ctx, err, sqlSync)
	d.release(c, err)
	if err != nil {
		return err
	}
	return d.Reload(ctx)
}

// sqlSync takes the lock of scripts, so that two nodes do not do it at once.
const sqlSync = "select pg_advisory_xact_lock(7521962874611); select plinth.sync_log()"

// alias makes "postgres" stand for the role that logs in, where the server has none.
func (d *Driver) alias(cat *catalog.Catalog) {
	owner := cat.Roles[d.owner]
	if owner == nil || cat.Roles["postgres"] != nil {
		return
	}
	r := *owner
	r.Name, r.MemberOf = "postgres", append([]string{d.owner}, owner.MemberOf...)
	cat.Roles["postgres"] = &r
}

// note waits for a notification.
func (d *Driver) note(ctx context.Context, c *conn) (*pgconn.Notification, error) {
	for {
		if n := c.heard(); n != nil {
			return n, nil
		}
		if err := c.pg.WaitForNotification(ctx); err != nil {
			return nil, toFault(ctx, err, "")
		}
	}
}

// commandTag reads the one result of a pipeline.
func commandTag(p *pgconn.Pipeline) (string, error) {
	res, err := p.GetResults()
	if err != nil {
		return "", err
	}
	rr, ok := res.(*pgconn.ResultReader)
	if !ok {
		return "", nil
	}
	tag, err := rr.Close()
	return tag.String(), err
}

func stack() string { return string(debug.Stack()) }
