package postgres

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// Freeze keeps everybody from writing the tables until thaw is called. Reads go on.
func (d *Driver) Freeze(ctx context.Context, tables []*catalog.Table) (thaw func() error, err error) {
	login := d.login.Copy()
	login.RuntimeParams["application_name"] = "plinth move"
	c, err := pgconn.ConnectConfig(ctx, login)
	if err != nil {
		return nil, toFault(ctx, err, "")
	}
	sql := "begin; lock table " + names(tables) + " in exclusive mode"
	if _, err := c.Exec(ctx, sql).ReadAll(); err != nil {
		return nil, errors.Join(toFault(ctx, err, sql), c.Close(ctx))
	}
	return func() error { return c.Close(context.WithoutCancel(ctx)) }, nil
}

// Sequence is a sequence's state.
type Sequence struct {
	Last   int64
	Called bool
}

// Sequences returns the last value of each sequence of the catalogue, and whether it
// was given out.
func (d *Driver) Sequences(ctx context.Context) (map[string]Sequence, error) {
	var parts []string
	for _, s := range d.Catalog().Schemas {
		for _, q := range s.Sequences {
			name := s.Name + "." + q.Name
			parts = append(parts, "select "+pgsql.QuoteLiteral(name)+", last_value, is_called from "+pgsql.Ident{Schema: s.Name, Name: q.Name}.String())
		}
	}
	out := map[string]Sequence{}
	if len(parts) == 0 {
		return out, nil
	}
	rows, err := d.ask(ctx, strings.Join(parts, " union all "))
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		n, err := strconv.ParseInt(r[1], 10, 64)
		if err != nil {
			return nil, err
		}
		out[r[0]] = Sequence{Last: n, Called: r[2] == "t"}
	}
	return out, nil
}

// sqlOthers counts the connections of servers.
const sqlOthers = `select count(*) from pg_stat_activity
 where datname = current_database() and pid <> pg_backend_pid() and application_name in ('plinth', 'plinth feed')`

// Alone waits until no other server of this house is connected to the database.
func (d *Driver) Alone(ctx context.Context) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := pgconn.ConnectConfig(ctx, d.login)
		if err != nil {
			return toFault(ctx, err, "")
		}
		res := c.ExecParams(ctx, sqlOthers, nil, nil, nil, nil).Read()
		if err := errors.Join(toFault(ctx, res.Err, sqlOthers), c.Close(ctx)); err != nil {
			return err
		}
		if string(res.Rows[0][0]) == "0" {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ended(ctx)
		}
	}
}
