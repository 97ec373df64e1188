package postgres

import (
	"cmp"
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// tries bounds how often a statement or a transaction is run anew.
const tries = 5

// request is one statement with what must go before it in its pipeline.
type request struct {
	sql   string
	args  []any
	limit int64  // part of the text, 0 where it is a parameter or there is none
	begin string // "" within a transaction that is open, and for one statement alone
	alone bool   // an implicit transaction: the settings are gone after each Sync
	act   *actor
	set   bool // the settings are to be sent
	tail  bool // what the statement set for the response is to be read, too
}

// Query runs one reading statement in an implicit transaction.
func (d *Driver) Query(ctx context.Context, s *db.Session, sql string, args []any) (db.Cursor, error) {
	for try := 1; ; try++ {
		cur, err := d.query(ctx, s, sql, args)
		if err == nil {
			return cur, nil
		}
		if ctx.Err() != nil || try == tries || !lost(err) && !again(err) {
			return nil, err
		}
		if lost(err) && try > 2 {
			return nil, err
		}
	}
}

func (d *Driver) query(ctx context.Context, s *db.Session, sql string, args []any) (db.Cursor, error) {
	act, err := d.actor(s, nil)
	if err != nil {
		return nil, err
	}
	act.list = append(act.list, setting{"transaction_read_only", "on"})
	c, err := d.pool.get(ctx, act.role)
	if err != nil {
		return nil, err
	}
	cur, err := d.send(ctx, c, request{sql: sql, args: args, act: act, alone: true, set: true})
	if err != nil {
		d.release(c, err)
		return nil, err
	}
	cur.done = func(err error) { d.release(c, err) }
	if cur.held, cur.more = true, cur.advance(); cur.err != nil {
		return nil, cur.err
	}
	return cur, nil
}

// release gives a connection back after an error or none.
func (d *Driver) release(c *conn, err error) {
	switch {
	case err == nil:
		d.pool.put(c)
	case lost(err):
		d.pool.discard(c)
		d.pool.flush()
	case stale(fault.From(err)):
		d.pool.discard(c) // with its statements
	default:
		d.pool.put(c)
	}
}

// send puts a request on its way and returns the cursor of its rows.
func (d *Driver) send(ctx context.Context, c *conn, r request) (*cursor, error) {
	r.fix()
	st, err := d.prepared(ctx, c, &r)
	if err != nil {
		return nil, err
	}
	vals, formats, err := st.types.Args(st.params, r.args)
	if err != nil {
		return nil, err
	}
	p := c.pg.StartPipeline(ctx)
	n, tail := d.head(c, p, r)
	if d.cfg.Pooler {
		p.SendQueryParams(r.text(), vals, st.params, formats, st.formats)
	} else {
		p.SendQueryStatement(st.known, vals, formats, st.formats) // its rows need no description
	}
	switch {
	case r.tail && d.cfg.Pooler:
		p.SendQueryParams(sqlTail, nil, nil, nil, nil)
	case r.tail:
		p.SendQueryPrepared(cmp.Or(c.tail, tail), nil, nil, nil)
	}
	cur := &cursor{ctx: ctx, sql: r.sql, st: st, zone: r.act.zone, p: p, tail: r.tail}
	err = p.Sync()
	if err == nil {
		err = skip(p, n)
	}
	c.settle(err == nil)
	if err != nil {
		return nil, cur.fail(err)
	}
	res, err := p.GetResults()
	if err != nil {
		return nil, cur.fail(err)
	}
	rr, ok := res.(*pgconn.ResultReader)
	if !ok {
		return nil, cur.fail(fault.New(fault.Internal, "XX000", "internal error"))
	}
	cur.rr = rr
	return cur, nil
}

// head sends what goes before the statement, and returns its number of results, and
// the name of the tail's statement where it is new.
func (d *Driver) head(c *conn, p *pgconn.Pipeline, r request) (n int, tail string) {
	if r.begin != "" { // first: a statement that is parsed before it would take the snapshot
		p.SendQueryParams(r.begin, nil, nil, nil, nil)
		n++
	}
	for _, name := range c.drop {
		p.SendDeallocate(name)
		n++
	}
	c.drop = c.drop[:0]
	if r.tail && c.tail == "" && !d.cfg.Pooler {
		tail = c.prepare(p, &c.tail, sqlTail)
		n++
	}
	if r.set {
		n += r.act.send(c, p, !d.cfg.Pooler)
	}
	return n, tail
}

// sqlTail reads the settings that make a response, for which a function may have asked.
const sqlTail = `select current_setting('response.status', true), current_setting('response.headers', true)`

// skip reads n results that hold nothing of interest.
func skip(p *pgconn.Pipeline, n int) error {
	for range n {
		res, err := p.GetResults()
		if err != nil {
			return err
		}
		if rr, ok := res.(*pgconn.ResultReader); ok {
			if _, err := rr.Close(); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepared returns the statement of a request, which it prepares where it is new to
// the connection. That takes a round trip, in which the transaction begins.
func (d *Driver) prepared(ctx context.Context, c *conn, r *request) (*stmt, error) {
	types := d.pub.Load().types
	key := stmtKey{r.act.role, r.act.path, r.sql, r.limit}
	if d.cfg.Pooler {
		if st := d.shapes.get(key, types); st != nil {
			return st, nil
		}
	} else if st := c.stmt(key, types); st != nil {
		return st, nil
	}
	name := ""
	if !d.cfg.Pooler {
		name = c.nextName()
	}
	p := c.pg.StartPipeline(ctx)
	n, _ := d.head(c, p, *r)
	p.SendPrepare(name, r.text(), nil)
	sd, err := description(c, p, n)
	if cerr := p.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		if name != "" {
			c.drop = append(c.drop, name)
		}
		return nil, toFault(ctx, err, r.sql)
	}
	if !r.alone {
		r.begin, r.set = "", false
	}
	st := describe(key, name, sd, types)
	if d.cfg.Pooler {
		d.shapes.put(st)
	} else {
		c.remember(st)
	}
	return st, nil
}

func description(c *conn, p *pgconn.Pipeline, n int) (*pgconn.StatementDescription, error) {
	err := p.Sync()
	if err == nil {
		err = skip(p, n)
	}
	c.settle(err == nil)
	if err != nil {
		return nil, err
	}
	res, err := p.GetResults()
	if err != nil {
		return nil, err
	}
	sd, ok := res.(*pgconn.StatementDescription)
	if !ok {
		return nil, fault.New(fault.Internal, "XX000", "internal error")
	}
	return sd, nil
}

// pause waits a little before another try, or until the context ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
