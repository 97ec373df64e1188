package replica

import (
	"context"
	"errors"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// Query runs one reading statement, on a replica where one shows all that it must see.
func (d *Driver) Query(ctx context.Context, s *db.Session, sql string, args []any) (db.Cursor, error) {
	m, l := d.pick(ctx)
	if m == nil {
		return d.Driver.Query(ctx, s, sql, args)
	}
	rctx, done := m.enter(ctx, l)
	cur, err := l.Query(rctx, s, sql, args)
	if err == nil {
		return &cursor{cur, done}, nil
	}
	done()
	if !elsewhere(ctx, l, err) {
		return nil, err
	}
	m.refused(l, err)
	return d.Driver.Query(ctx, s, sql, args)
}

// Read runs fn on one snapshot. Where its first statement fails for the replica's sake
// fn runs again on the primary: it has seen nothing yet.
func (d *Driver) Read(ctx context.Context, fn func(db.Conn) error) error {
	m, l := d.pick(ctx)
	if m == nil {
		return d.Driver.Read(ctx, fn)
	}
	rctx, done := m.enter(ctx, l)
	var seen conn
	err := l.Read(rctx, func(c db.Conn) error {
		seen.Conn = c
		return fn(&seen)
	})
	done()
	if err == nil || seen.any || !elsewhere(ctx, l, err) {
		return err
	}
	m.refused(l, err)
	return d.Driver.Read(ctx, fn)
}

// pick returns a replica that shows everything that was acknowledged until now, nil for
// the primary.
func (d *Driver) pick(ctx context.Context) (*member, *line) {
	if m, l := d.choose(ctx); m != nil {
		return m, l
	}
	d.missed.Add(1)
	return nil, nil
}

func (d *Driver) choose(ctx context.Context) (*member, *line) {
	if m, _ := d.best(0); m == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, d.wait)
	defer cancel()
	need, err := d.head.get(ctx)
	if err != nil {
		return nil, nil
	}
	m, l := d.best(need)
	for m != nil && m.place.Load() < need {
		if _, err := l.meter.get(ctx); err != nil {
			if errors.Is(err, context.DeadlineExceeded) {
				m.late()
			}
			return nil, nil
		}
	}
	return m, l
}

// best returns the replica with the fewest reads under way, one that shows the place
// before others; nil where all are out.
func (d *Driver) best(need uint64) (best *member, on *line) {
	there := false
	for _, m := range d.members {
		l := m.usable()
		if l == nil {
			continue
		}
		has := m.place.Load() >= need
		if best == nil || has && !there || has == there && m.flight.Load() < best.flight.Load() {
			best, on, there = m, l, has
		}
	}
	return best, on
}

// enter counts a read, which ends when the replica is given up.
func (m *member) enter(ctx context.Context, l *line) (context.Context, func()) {
	m.reads.Add(1)
	m.flight.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(l.life, cancel)
	return ctx, func() {
		stop()
		cancel()
		m.flight.Add(-1)
	}
}

// elsewhere reports whether another server may answer what this one did not: its failure
// is about the server and not about the statement.
func elsewhere(ctx context.Context, l *line, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	if l.life.Err() != nil {
		return true
	}
	switch code := fault.CodeOf(err); {
	case len(code) < 2 || code == "57014":
		return false
	default:
		switch code[:2] {
		case "08", "0A", "25", "40", "53", "55", "57", "58", "XX":
			return true
		}
	}
	return false
}

// refused leaves a replica out that could not be reached.
func (m *member) refused(l *line, err error) {
	code := fault.CodeOf(err)
	if l.life.Err() != nil || code[:2] == "08" || code[:2] == "57" {
		m.fail(l)
		return
	}
	m.failed.Add(1)
}

// cursor ends the count of its read.
type cursor struct {
	db.Cursor
	done func()
}

func (c *cursor) Close() error {
	defer func() { c.done(); c.done = func() {} }()
	return c.Cursor.Close()
}

// conn notes whether anything was read.
type conn struct {
	db.Conn
	any bool
}

func (c *conn) Query(ctx context.Context, s *db.Session, sql string, args []any) (db.Cursor, error) {
	cur, err := c.Conn.Query(ctx, s, sql, args)
	c.any = c.any || err == nil
	return cur, err
}

func (c *conn) Estimate(ctx context.Context, s *db.Session, sql string, args []any) (int64, error) {
	e, ok := c.Conn.(db.Estimator)
	if !ok {
		return 0, errNotAble
	}
	n, err := e.Estimate(ctx, s, sql, args)
	c.any = c.any || err == nil
	return n, err
}

func (c *conn) Explain(ctx context.Context, s *db.Session, how db.Explain, sql string, args []any) ([]byte, error) {
	e, ok := c.Conn.(db.Explainer)
	if !ok {
		return nil, errNotAble
	}
	out, err := e.Explain(ctx, s, how, sql, args)
	c.any = c.any || err == nil
	return out, err
}

// Try runs fn, whose failure is not the read's own any more.
func (c *conn) Try(ctx context.Context, fn func() error) error {
	t, ok := c.Conn.(db.Trier)
	if !ok {
		return errNotAble
	}
	c.any = true
	return t.Try(ctx, fn)
}

var errNotAble = fault.New(fault.Internal, "XX000", "replica: the engine is not able to")
