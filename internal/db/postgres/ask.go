package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// maxAsked bounds the questions of one trip.
const maxAsked = 500

// Ask puts many questions into one pipeline. Each is an implicit transaction with its own
// settings and its own Sync, so that the failure of one is nobody else's; nothing is read
// before all are sent. (A join that sets the claims for each row would be one statement,
// and wrong: the planner may ask the policy before they are set.) Behind a pooler each is
// a trip of its own. It implements db.Asker.
func (d *Driver) Ask(ctx context.Context, list []db.Question) []db.Answer {
	out := make([]db.Answer, len(list))
	for n := 0; n < len(list) && !d.cfg.Pooler; n += maxAsked {
		end := min(n+maxAsked, len(list))
		d.askAll(ctx, list[n:end], out[n:end])
	}
	for i, q := range list {
		err := out[i].Err
		if d.cfg.Pooler || err != nil && ctx.Err() == nil && (again(err) || lost(err)) {
			out[i] = d.askOne(ctx, q)
		}
	}
	return out
}

// askOne asks as any statement is run, again where the server wants that.
func (d *Driver) askOne(ctx context.Context, q db.Question) db.Answer {
	if ctx.Err() != nil {
		return db.Answer{Err: ended(ctx)}
	}
	cur, err := d.Query(ctx, q.Session, q.SQL, q.Args)
	if err != nil {
		return db.Answer{Err: err}
	}
	found := cur.Next()
	_ = cur.Close() // it does not fail
	return db.Answer{Found: found, Err: cur.Err()}
}

// asked is a question on its way.
type asked struct {
	r      request
	st     *stmt
	before int // results that come before the statement's own
	out    *db.Answer
}

// askAll fills out in one trip, after another one for each statement that is new to the
// connection.
func (d *Driver) askAll(ctx context.Context, list []db.Question, out []db.Answer) {
	c, err := d.pool.get(ctx, d.roleOf(list[0].Session.Role))
	if err != nil {
		for i := range out {
			out[i].Err = err
		}
		return
	}
	all := make([]asked, 0, len(list))
	for i, q := range list {
		a := asked{r: request{sql: q.SQL, args: q.Args, alone: true, set: true}, out: &out[i]}
		if a.out.Err = d.ready(ctx, c, &a, q.Session); a.out.Err == nil {
			all = append(all, a)
		}
	}
	err = d.converse(ctx, c, all)
	d.release(c, err)
}

// ready prepares a question.
func (d *Driver) ready(ctx context.Context, c *conn, a *asked, s *db.Session) (err error) {
	if c.pg.IsClosed() {
		return fault.SQL("08006", "the database cannot be reached")
	}
	if a.r.act, err = d.actor(s, nil); err != nil {
		return err
	}
	a.r.act.list = append(a.r.act.list, setting{"transaction_read_only", "on"})
	a.r.fix()
	a.st, err = d.prepared(ctx, c, &a.r)
	return err
}

// converse sends all questions, and then reads the answers. An error is that of the
// connection, and of every question without an answer.
func (d *Driver) converse(ctx context.Context, c *conn, all []asked) (err error) {
	if len(all) == 0 || c.pg.IsClosed() {
		return nil
	}
	p := c.pg.StartPipeline(ctx)
	for i := range all {
		a := &all[i]
		vals, formats, err := a.st.types.Args(a.st.params, a.r.args)
		if a.out.Err = err; err != nil {
			continue
		}
		a.before, _ = d.head(c, p, a.r)
		c.settle(true) // the next question uses what this one prepares
		p.SendQueryStatement(a.st.known, vals, formats, a.st.formats)
		p.SendPipelineSync()
	}
	err = p.Flush()
	for i := range all {
		a := &all[i]
		switch {
		case a.out.Err != nil:
		case err != nil:
			a.out.Err = toFault(ctx, err, a.r.sql)
		default:
			if err = a.answer(p); err != nil {
				a.out.Err = toFault(ctx, err, a.r.sql)
			}
		}
	}
	_ = p.Close() // all was read, or the connection is not used again
	return toFault(ctx, err, "")
}

// answer reads what the server says, up to its Sync. The error is that of the connection.
func (a *asked) answer(p *pgconn.Pipeline) error {
	for n := 0; ; n++ {
		res, err := p.GetResults()
		if rr, ok := res.(*pgconn.ResultReader); ok && err == nil {
			if n == a.before {
				a.out.Found = rr.NextRow()
			}
			_, err = rr.Close()
		}
		var pe *pgconn.PgError
		switch _, end := res.(*pgconn.PipelineSync); {
		case errors.As(err, &pe):
			if a.out.Err == nil {
				a.out.Found, a.out.Err = false, fromServer(pe, a.r.sql)
			}
		case err != nil:
			return err
		case end:
			return nil
		case res == nil:
			return errors.New("the pipeline ended early")
		}
	}
}
