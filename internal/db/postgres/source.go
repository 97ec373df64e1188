package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
)

// choose decides where the change log comes from: logical replication where the server
// and the role allow it, else triggers. It says which, and why.
func (d *Driver) choose(ctx context.Context) error {
	why, err := d.unable(ctx)
	if err != nil {
		return err
	}
	if why == "" {
		switch err := d.toSlot(ctx); {
		case err == nil:
			d.leads = true
			d.say("changes come from logical replication, by the slot %s", d.slot)
			return nil
		case fault.CodeOf(err) != "42501":
			return err
		default:
			why = "the role may not create publications: " + fault.From(err).Message
		}
	}
	return d.toTriggers(ctx, why)
}

func (d *Driver) say(format string, args ...any) {
	n := catalog.Notice{Code: "00000", Message: fmt.Sprintf(format, args...)}
	d.notices = append(d.notices, n)
	d.log.Info("postgres: " + n.Message)
}

// unable tells what stands against logical replication, "" for nothing.
func (d *Driver) unable(ctx context.Context) (string, error) {
	rows, err := d.ask(ctx, `select 'plinth_' || oid from pg_database where datname = current_database()`)
	if err != nil {
		return "", err
	}
	if d.slot = rows[0][0]; d.cfg.Triggers {
		return "so it was asked for", nil
	}
	if rows, err = d.ask(ctx, sqlAble, d.slot); err != nil {
		return "", err
	}
	switch r := rows[0]; {
	case r[0] != "logical":
		return "wal_level is " + r[0] + ", not logical", nil
	case r[1] != "t":
		return "the role " + d.owner + " has no REPLICATION right", nil
	case r[2] != "t":
		return "all of max_replication_slots are in use", nil
	case r[3] == "-1":
		d.say("no bound on what the slot keeps while no node runs: set max_slot_wal_keep_size on the server")
	}
	if d.behind {
		return "a pooler stands before the database, and the URL has no direct=host:port", nil
	}
	c, err := d.replication(ctx)
	if err == nil {
		closeQuietly(c)
		return "", nil
	}
	rows, aerr := d.ask(ctx, sqlIsSlot)
	if aerr == nil && rows[0][0] == "t" { // it went well before, and may again
		d.say("no connection for replication just now: %s", fault.From(err).Message)
		return "", nil
	}
	return "no connection for replication: " + fault.From(err).Message, aerr
}

// toSlot turns the log over to logical replication.
func (d *Driver) toSlot(ctx context.Context) error {
	return d.exclusively(ctx, sqlIsSlot, sqlBySlot)
}

// toTriggers turns it over to triggers, unless a node that is able to leads just now.
func (d *Driver) toTriggers(ctx context.Context, why string) error {
	rows, err := d.ask(ctx, sqlLeaseHeld)
	if err != nil {
		return err
	}
	if rows[0][0] == "t" && !d.cfg.Triggers {
		d.say("changes come from logical replication, which another node reads (%s)", why)
		return nil
	}
	if err := d.exclusively(ctx, `select source = 'triggers' from plinth.feed`, sqlByTriggers); err != nil {
		return err
	}
	d.say("changes come from triggers on the tables, not from logical replication: %s", why)
	// A slot that is left would keep the server's log for nobody.
	_, err = d.ask(ctx, `select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1 and not active`, d.slot)
	if err != nil {
		d.say("the slot %s is left and could not be dropped: %s", d.slot, fault.From(err).Message)
	}
	return nil
}

// exclusively runs a script where done is not true yet, one node at a time.
func (d *Driver) exclusively(ctx context.Context, done, script string) error {
	c, err := d.dial(ctx)
	if err != nil {
		return err
	}
	defer c.close() // which rolls back what was not committed
	b := &bootstrapping{d: d, c: c}
	if err := b.exec(ctx, "begin; set local client_min_messages = warning; select pg_advisory_xact_lock(7521962874611)"); err != nil {
		return err
	}
	rows, err := b.query(ctx, done)
	if err != nil || rows[0][0] == "t" {
		return err
	}
	return b.exec(ctx, script+"; commit")
}

// ask runs one statement of the engine's own, as the role that logs in.
func (d *Driver) ask(ctx context.Context, sql string, args ...string) ([][]string, error) {
	c, err := d.pool.get(ctx, "none")
	if err != nil {
		return nil, err
	}
	rows, err := c.ask(ctx, sql, args...)
	d.release(c, err)
	return rows, err
}

// ask runs one statement in text form.
func (c *conn) ask(ctx context.Context, sql string, args ...string) ([][]string, error) {
	vals := make([][]byte, len(args))
	for i, a := range args {
		vals[i] = []byte(a)
	}
	return texts(ctx, c.pg.ExecParams(ctx, sql, vals, nil, nil, nil).Read(), sql)
}

func texts(ctx context.Context, res *pgconn.Result, sql string) ([][]string, error) {
	if res.Err != nil {
		return nil, toFault(ctx, res.Err, sql)
	}
	out := make([][]string, len(res.Rows))
	for i, row := range res.Rows {
		for _, col := range row {
			out[i] = append(out[i], string(col))
		}
	}
	return out, nil
}
