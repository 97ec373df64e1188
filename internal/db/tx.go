package db

import (
	"context"
	"errors"
	"iter"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/trace"
	"github.com/plinth-dev/plinth/internal/value"
)

// Query runs one reading statement. Args are string, bool, int, int64, float64,
// []byte, []string, time.Time, json.RawMessage, value.Value or nil; a string takes
// the type that its place asks for.
func (d *DB) Query(ctx context.Context, s Session, sql string, args ...any) (*Rows, error) {
	l := d.watch.watched(ctx, nil, &s, sql)
	c, err := d.d.Query(ctx, &s, sql, args)
	return l.rows(c, args, err)
}

// rows is the result of a statement that is watched.
func (l look) rows(c Cursor, args []any, err error) (*Rows, error) {
	if err != nil {
		l.args = args
		l.end(err)
		return nil, err
	}
	r := &Rows{Cursor: c, look: l}
	r.look.args = args
	return r, nil
}

// Read runs fn on one snapshot as s.
func (d *DB) Read(ctx context.Context, s Session, fn func(*Tx) error) error {
	span := d.watch.part(ctx, "read transaction")
	err := d.d.Read(ctx, func(c Conn) error { return fn(&Tx{c: c, s: s, watch: d.watch, span: span}) })
	done(span, err)
	return err
}

// Write runs fn in a durable transaction as s. fn may run again: it touches tx alone.
func (d *DB) Write(ctx context.Context, s Session, fn func(*Tx) error) (Mark, error) {
	var rung []string
	kept := false
	span := d.watch.part(ctx, "write transaction")
	mark, err := d.d.Write(ctx, func(c Conn) error {
		rung = nil // fn may run again
		err := fn(&Tx{c: c, s: s, rung: &rung, watch: d.watch, span: span})
		kept = err == nil
		return err
	})
	done(span, err)
	if err == nil && kept {
		d.bells.ring(rung)
	}
	return mark, err
}

type patientKey struct{}

// Patient lets a Write under ctx wait and run for as long as ctx does: it is no request,
// whose time an engine bounds.
func Patient(ctx context.Context) context.Context { return context.WithValue(ctx, patientKey{}, true) }

// IsPatient is for engines.
func IsPatient(ctx context.Context) bool { return ctx.Value(patientKey{}) != nil }

// Script runs a migration file.
func (d *DB) Script(ctx context.Context, sc Script) ([]catalog.Notice, error) {
	return d.d.Script(ctx, sc)
}

// Catalog returns the current schema.
func (d *DB) Catalog() *catalog.Catalog { return d.d.Catalog() }

// Changes yields committed changes after from and waits for more until ctx ends.
func (d *DB) Changes(ctx context.Context, from Position) iter.Seq2[Change, error] {
	return d.d.Changes(ctx, from)
}

// Position returns the place of the last committed change.
func (d *DB) Position(ctx context.Context) (Position, error) { return d.d.Position(ctx) }

// Forget drops the changes up to a position for good, with the rows in them. Who follows
// and has not passed it gets a gap.
func (d *DB) Forget(ctx context.Context, upTo Position) error { return d.d.Forget(ctx, upTo) }

// Close ends the database; it waits for writes under way.
func (d *DB) Close() error { return d.d.Close() }

// Tx is a transaction in the hands of one actor.
type Tx struct {
	c     Conn
	s     Session
	rung  *[]string // of Ring; nil where nothing is written
	watch *Watch
	span  *trace.Span // of the transaction
}

// As returns the same transaction for another actor.
func (t *Tx) As(s Session) *Tx { return &Tx{c: t.c, s: s, rung: t.rung, watch: t.watch, span: t.span} }

// Query runs a statement; rows must be closed before the next statement.
func (t *Tx) Query(ctx context.Context, sql string, args ...any) (*Rows, error) {
	l := t.watch.watched(ctx, t.span, &t.s, sql)
	c, err := t.c.Query(ctx, &t.s, sql, args)
	return l.rows(c, args, err)
}

// Exec runs a statement to its end and returns the number of rows affected.
func (t *Tx) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	rows, err := t.Query(ctx, sql, args...)
	if err != nil {
		return 0, err
	}
	for rows.Next() {
	}
	n, err := rows.Affected(), rows.Err()
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	return n, err
}

// Estimate guesses how many rows a statement has; able is false on an engine that
// cannot.
func (t *Tx) Estimate(ctx context.Context, sql string, args ...any) (n int64, able bool, err error) {
	e, able := t.c.(Estimator)
	if !able {
		return 0, false, nil
	}
	n, err = e.Estimate(ctx, &t.s, sql, args)
	return n, true, err
}

// Explain tells how a statement is executed.
func (t *Tx) Explain(ctx context.Context, how Explain, sql string, args ...any) ([]byte, error) {
	c, ok := t.c.(Explainer)
	if !ok {
		return nil, errors.New("db: this transaction explains nothing")
	}
	return c.Explain(ctx, &t.s, how, sql, args)
}

// Try runs fn within a savepoint: where fn fails, what it did is taken back and the
// transaction goes on.
func (t *Tx) Try(ctx context.Context, fn func() error) error {
	c, ok := t.c.(Trier)
	if !ok {
		return errors.New("db: this transaction has no savepoints")
	}
	return c.Try(ctx, fn)
}

// Setting returns a setting made in this transaction, such as response.status.
func (t *Tx) Setting(name string) string { return t.c.Setting(name) }

// Rows is a result. Close it.
type Rows struct {
	Cursor
	look look
}

// Row returns the values of the current row.
func (r *Rows) Row() []value.Value {
	out := make([]value.Value, len(r.Columns()))
	for i := range out {
		out[i] = r.Value(i)
	}
	return out
}
