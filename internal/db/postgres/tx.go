package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// tx is one transaction. It begins on the server with its first statement. It
// implements db.Conn.
type tx struct {
	d     *Driver
	ctx   context.Context // the transaction's own limit, beside each statement's
	c     *conn
	begin string
	begun bool
	last  *actor // whose settings hold
	cur   *cursor
	wrong error             // the first that a statement ended with
	gucs  map[string]string // read since the last statement
}

// Query runs one statement. Rows of an earlier one are closed.
func (t *tx) Query(ctx context.Context, s *db.Session, sql string, args []any) (db.Cursor, error) {
	t.end()
	t.gucs = nil
	switch {
	case ctx.Err() != nil:
		return nil, ended(ctx)
	case t.ctx.Err() != nil:
		return nil, ended(t.ctx)
	}
	act, err := t.d.actor(s, t.last)
	if err != nil {
		return nil, err
	}
	cancel := context.CancelFunc(func() {})
	if at, ok := t.ctx.Deadline(); ok {
		ctx, cancel = context.WithDeadline(ctx, at)
	}
	cur, err := t.run(ctx, act, sql, args)
	if err != nil {
		cancel()
		t.spoilt(err)
		return nil, err
	}
	cur.done = func(err error) {
		cancel()
		t.spoilt(err)
		if cur.tail && err == nil {
			t.gucs = map[string]string{"response.status": cur.gucs[0], "response.headers": cur.gucs[1]}
		}
	}
	if cur.held, cur.more = true, cur.advance(); cur.err != nil {
		return nil, cur.err
	}
	t.cur = cur
	return cur, nil
}

// spoilt notes the error that the transaction will end with.
func (t *tx) spoilt(err error) {
	if t.wrong == nil {
		t.wrong = err
	}
}

// run sends a statement. Where the connection turns out to be gone before anything
// ran on it, another takes its place.
func (t *tx) run(ctx context.Context, act *actor, sql string, args []any) (*cursor, error) {
	for try := 1; ; try++ {
		if t.c == nil {
			c, err := t.d.pool.get(ctx, act.role)
			if err != nil {
				return nil, err
			}
			t.c = c
		}
		r := request{sql: sql, args: args, act: act, set: !act.same(t.last), tail: act.request}
		first := !t.begun
		if first {
			r.begin = t.begin
			if act.isolation != "" && t.begin == beginWrite {
				r.begin += " isolation level " + act.isolation // a word of the server's catalogue
			}
		}
		cur, err := t.d.send(ctx, t.c, r)
		t.begun = true
		if err == nil {
			t.last = act
			return cur, nil
		}
		if !first || !lost(err) || try > 2 {
			return nil, err
		}
		t.d.release(t.c, err)
		t.c, t.begun = nil, false
	}
}

// end closes the cursor that is still open.
func (t *tx) end() {
	if t.cur != nil {
		_ = t.cur.Close() // a cursor's Close does not fail
		t.cur = nil
	}
}

// Setting returns a setting made in this transaction.
func (t *tx) Setting(name string) string {
	t.end()
	if !t.begun || t.c.pg.TxStatus() != 'T' {
		return ""
	}
	if t.gucs == nil {
		t.gucs = map[string]string{}
	}
	if _, known := t.gucs[name]; !known {
		t.readSettings(name)
	}
	return t.gucs[name]
}

// readSettings reads a setting, and those of a response that are asked for with it.
func (t *tx) readSettings(name string) {
	names := []string{name, "response.status", "response.headers"}
	args := make([][]byte, len(names))
	for i, n := range names {
		args[i] = []byte(n)
		t.gucs[n] = ""
	}
	const sql = `select current_setting($1, true), current_setting($2, true), current_setting($3, true)`
	res := t.c.pg.ExecParams(t.ctx, sql, args, nil, nil, nil).Read()
	if res.Err != nil || len(res.Rows) == 0 {
		return // the transaction will fail of itself
	}
	for i, n := range names {
		t.gucs[n] = string(res.Rows[0][i])
	}
}

// Read runs fn on one read-only snapshot.
func (d *Driver) Read(ctx context.Context, fn func(db.Conn) error) error {
	t := &tx{d: d, ctx: ctx, begin: "begin isolation level repeatable read read only"}
	defer t.rollback()
	return fn(t)
}

// Write runs fn in a transaction, again where the server asks for that.
func (d *Driver) Write(ctx context.Context, fn func(db.Conn) error) (db.Mark, error) {
	if !db.IsPatient(ctx) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.cfg.WriteLimit)
		defer cancel()
	}
	for try := 1; ; try++ {
		if ctx.Err() != nil {
			return db.Mark{}, ended(ctx)
		}
		mark, err := d.write(ctx, fn)
		if err == nil || try == tries || ctx.Err() != nil || !again(err) && !(lost(err) && try < 3) {
			return mark, err
		}
		pause(ctx, time.Duration(rand.Int64N(int64(try)*int64(10*time.Millisecond))))
	}
}

// beginWrite begins a transaction that may write.
const beginWrite = "begin"

func (d *Driver) write(ctx context.Context, fn func(db.Conn) error) (mark db.Mark, err error) {
	t := &tx{d: d, ctx: ctx, begin: beginWrite}
	defer t.rollback() // what was not committed
	if err := guarded(fn, t); err != nil {
		switch {
		case errors.Is(err, db.ErrRollback):
			return db.Mark{}, nil
		case errors.Is(err, db.ErrDryRun):
			return db.Mark{}, t.settle()
		}
		return db.Mark{}, err
	}
	if err := t.commit(); err != nil {
		return db.Mark{}, err
	}
	return d.mark(ctx)
}

// guarded turns a panic of fn into a fault.
func guarded(fn func(db.Conn) error, t *tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Internal, "XX000", "internal error").
				WithCause(fault.Newf(fault.Internal, "XX000", "panic: %v", p))
			t.d.log.Error("postgres: a panic in a transaction", "panic", p, "stack", stack())
		}
	}()
	return fn(t)
}

// commit makes the transaction durable; it returns when the server has said so.
func (t *tx) commit() error {
	t.end()
	switch {
	case t.wrong != nil:
		return t.wrong // which rolls back
	case !t.begun || t.c == nil:
		return nil
	}
	p := t.c.pg.StartPipeline(t.ctx)
	p.SendQueryParams("commit", nil, nil, nil, nil)
	err := p.Sync()
	tag := ""
	if err == nil {
		tag, err = commandTag(p)
	}
	if cerr := p.Close(); err == nil {
		err = cerr
	}
	err = toFault(t.ctx, err, "")
	switch {
	case err != nil && (lost(err) || t.c.pg.IsClosed()):
		t.give(fault.SQL("08006", "connection lost"))
		return fault.SQL("08007", "the connection was lost while the transaction was committed").WithCause(err)
	case err == nil && tag != "COMMIT":
		err = fault.SQL("25P02", "current transaction is aborted, commands ignored until end of transaction block")
	}
	t.give(err)
	return err
}

// settle asks what a commit would: the deferred constraints and triggers.
func (t *tx) settle() error {
	t.end()
	if t.wrong != nil || !t.begun || t.c == nil {
		return t.wrong
	}
	_, err := t.c.pg.Exec(t.ctx, "set constraints all immediate").ReadAll()
	return toFault(t.ctx, err, "")
}

// rollback ends a transaction that is still open.
func (t *tx) rollback() {
	t.end()
	if t.c == nil {
		return
	}
	if !t.begun || t.c.pg.IsClosed() || t.c.pg.TxStatus() == 'I' {
		t.give(nil)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), 5*time.Second)
	defer cancel()
	_, err := t.c.pg.Exec(ctx, "rollback").ReadAll()
	if err = toFault(ctx, err, ""); err == nil {
		err = t.wrong
	}
	t.give(err)
}

// give gives the connection back.
func (t *tx) give(err error) {
	t.d.release(t.c, err)
	t.c = nil
}
