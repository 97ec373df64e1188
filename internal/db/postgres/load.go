package postgres

import (
	"context"
	"runtime/debug"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/catalog"
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
	results, err := c.pg.Exec(ctx, introspect.SQL()).ReadAll()
	err = toFault(ctx, err, "")
	if err != nil {
		d.pool.discard(c) // a transaction may be open
		return err
	}
	d.pool.put(c)
	rows := make([][][][]byte, 0, len(results))
	for _, r := range results[1 : len(results)-1] {
		rows = append(rows, r.Rows)
	}
	s, err := introspect.Build(d.Catalog().Version+1, rows)
	if err != nil {
		return err
	}
	d.alias(s.Catalog)
	d.pub.Store(&published{cat: s.Catalog, types: s.Types, timeouts: s.Timeouts})
	return nil
}

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
