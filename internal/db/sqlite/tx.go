package sqlite

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/db/sqlite/trigger"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// tx is one transaction, or one statement on its own. It implements db.Conn.
type tx struct {
	d      *Driver
	x      *exec.Tx
	reads  bool      // on a read-only connection
	fresh  bool      // the catalogue is not published, so nothing is cached
	cursor db.Cursor // the last one, closed before the next statement
	failed error     // the first error: as in Postgres, nothing follows it
}

func (d *Driver) newTx(c *lite.Conn, pub *published, done <-chan struct{}) (*tx, error) {
	link := c.Attached.(*exec.Link)
	if err := link.Funcs.Ensure(pub.needs); err != nil {
		return nil, lite.Fault(err)
	}
	t := &tx{d: d, x: &exec.Tx{
		Link: *link, Catalog: pub.cat, Cache: pub.plans, PL: trigger.Interpreter{},
		Now: clock(), Random: random, Clock: clock, Done: done, Server: d.server,
	}}
	t.x.Utility = t.utility
	return t, nil
}

// setting is one that the owner of the database sees, and functions that act for him.
func (d *Driver) setting(name, role string) (string, bool) {
	v, ok := d.cfg.Settings[name]
	return v, ok && role == "postgres"
}

func clock() int64 { return time.Now().UnixMicro() }

func random(p []byte) { _, _ = rand.Read(p) } // it never fails

// Setting returns a setting made in this transaction.
func (t *tx) Setting(name string) string { return t.x.Setting(name) }

// Query runs one statement. Rows of an earlier one are closed. After an error the
// transaction takes no more statements: a failed one may have written by half.
func (t *tx) Query(ctx context.Context, s *db.Session, sql string, args []any) (db.Cursor, error) {
	t.end()
	if t.failed != nil {
		return nil, fault.SQL("25P02", "current transaction is aborted, commands ignored until end of transaction block").
			WithCause(t.failed)
	}
	c, err := t.query(ctx, s, sql, args)
	t.cursor, t.failed = c, err
	return c, err
}

func (t *tx) query(ctx context.Context, s *db.Session, sql string, args []any) (db.Cursor, error) {
	if ctx.Err() != nil {
		return nil, lite.Ended(ctx)
	}
	s = t.x.Acting(s)
	p, err := t.compile(s, sql)
	if err != nil {
		return nil, err
	}
	return t.run(s, p, args, nil)
}

func (t *tx) run(s *db.Session, p *exec.Prepared, args []any, done func()) (db.Cursor, error) {
	vals, err := toValues(p.Params, args, value.Env{Now: t.x.Now})
	if err != nil {
		return nil, err
	}
	actor := t.x.Actor(s, searchPath(s))
	res, err := actor.Run(p, exec.Input{Params: vals})
	if err != nil {
		return nil, lite.Fault(err)
	}
	return res.Cursor(actor.Env.Zone, done), nil
}

// end closes the cursor that is still open.
func (t *tx) end() {
	if t.cursor != nil {
		_ = t.cursor.Close() // a cursor's Close does not fail
		t.cursor = nil
	}
}

// searchPath returns where a session looks for unqualified names.
func searchPath(s *db.Session) []string {
	text, ok := s.Settings["search_path"]
	if !ok {
		return exec.DefaultPath
	}
	return splitPath(text)
}

func splitPath(text string) []string {
	var path []string
	for text != "" {
		text = strings.TrimLeft(text, " \t\n,")
		var part string
		if q := text; q != "" && (q[0] == '"' || q[0] == '\'') {
			part, text = unquote(text)
		} else {
			part, text, _ = strings.Cut(text, ",")
			part = strings.TrimSpace(part)
		}
		if part != "" && part != "$user" {
			path = append(path, part)
		}
	}
	return path
}

// unquote cuts a quoted name, in which a doubled quote is one, from the start of text.
func unquote(text string) (name, rest string) {
	quote := text[:1]
	for rest = text[1:]; ; {
		part, after, _ := strings.Cut(rest, quote)
		name, rest = name+part, after
		if !strings.HasPrefix(rest, quote) {
			return name, rest
		}
		name, rest = name+quote, rest[1:]
	}
}

// compile returns the statement for s, from the cache where it is known.
func (t *tx) compile(s *db.Session, sql string) (*exec.Prepared, error) {
	key := stmtKey{version: t.x.Catalog.Version, role: s.Role, path: s.Settings["search_path"], sql: sql}
	if !t.fresh {
		if e := t.d.cache.get(key); e != nil {
			return e.stmt, t.allowed(e.verb)
		}
	}
	st, err := pgsql.ParseOne(sql)
	if err != nil {
		return nil, err
	}
	p, err := t.compileStmt(s, st)
	if err != nil {
		return nil, err
	}
	if !t.fresh {
		t.d.cache.put(key, p, verbOf(st))
	}
	return p, t.allowed(verbOf(st))
}

func (t *tx) compileStmt(s *db.Session, st pgsql.Stmt) (*exec.Prepared, error) {
	if t.x.Catalog.Roles[s.Role] == nil {
		return nil, fault.SQL("22023", "role \"%s\" does not exist", s.Role)
	}
	return exec.Compile(exec.Config{Catalog: t.x.Catalog, Cache: t.x.Cache, Role: s.Role, Path: searchPath(s)}, st)
}

// verbOf names a statement that writes, "" for others.
func verbOf(st pgsql.Stmt) string {
	switch st.(type) {
	case *pgsql.Insert:
		return "INSERT"
	case *pgsql.Update:
		return "UPDATE"
	case *pgsql.Delete:
		return "DELETE"
	}
	return ""
}

func (t *tx) allowed(verb string) error {
	if verb != "" && t.reads {
		return fault.SQL("25006", "cannot execute %s in a read-only transaction", verb)
	}
	return nil
}

// Write runs fn in a transaction of the one writer. The mark is that of the last commit: fn's,
// which other requests may have shared, or one behind it.
func (d *Driver) Write(ctx context.Context, fn func(db.Conn) error) (db.Mark, error) {
	if d.follows() {
		return db.Mark{}, errFollows
	}
	ctx, cancel := within(ctx, d.cfg.WriteLimit)
	defer cancel()
	err := d.writer.Do(ctx, func(c *lite.Conn) error {
		t, err := d.newTx(c, d.pub.Load(), ctx.Done())
		if err != nil {
			return err
		}
		err = fn(t)
		t.end()
		if t.failed != nil && (err == nil || errors.Is(err, db.ErrDryRun)) {
			err = t.failed // fn hid it, and there is nothing to commit
		}
		switch {
		case errors.Is(err, db.ErrRollback):
			return lite.ErrRollback
		case errors.Is(err, db.ErrDryRun):
			if err = t.x.Finish(); err == nil {
				return lite.ErrDryRun
			}
		case err == nil:
			err = t.x.Finish()
		}
		return err
	})
	if err != nil {
		return db.Mark{}, err
	}
	return *d.head.Load(), nil
}
