package sqlite

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// Row is a row's values as text; nil is NULL. It is valid until the next one.
type Row = [][]byte

// receiveBatch is how many rows one transaction of a Receiver writes.
const receiveBatch = 5000

// Receiver fills a migrated database with the rows of another. No trigger acts on them
// and no foreign key is looked at before Validate.
type Receiver struct{ d *Driver }

// Begun reports whether a move into the database began and did not end.
func (d *Driver) Begun(ctx context.Context) (bool, error) {
	conn, err := d.pool.Get(ctx)
	if err != nil {
		return false, err
	}
	defer d.pool.Put(conn)
	return exists(conn, `select 1 from _meta where key = 'moving'`)
}

// Receive makes the database ready: the tables are emptied.
func (d *Driver) Receive(ctx context.Context, tables []*catalog.Table) (*Receiver, error) {
	r := &Receiver{d}
	err := r.alone(ctx, func(c *lite.Conn) error {
		return run(c, `insert or replace into _meta (key, value) values ('moving', '1')`)
	})
	if err != nil {
		return nil, err
	}
	return r, r.Empty(ctx, tables)
}

// alone runs fn in a transaction without foreign keys. The change log is not to hold
// what is received.
func (r *Receiver) alone(ctx context.Context, fn func(*lite.Conn) error) error {
	return r.d.writer.Alone(ctx, func(c *lite.Conn) error {
		if err := c.Exec("pragma foreign_keys=off"); err != nil {
			return lite.Fault(err)
		}
		err := c.Exec("begin immediate")
		if err == nil {
			if err = fn(c); err == nil {
				err = c.Exec("delete from _changes; commit")
			}
			if err != nil && !c.Autocommit() {
				err = errors.Join(err, c.Exec("rollback"))
			}
		}
		return errors.Join(lite.Fault(err), lite.Fault(c.Exec("pragma foreign_keys=on")))
	})
}

// Columns are the columns of t that rows have: all, since generated ones are stored.
func (r *Receiver) Columns(t *catalog.Table) []string { return t.ColumnNames() }

// Load writes rows into a table, in the order of Columns.
func (r *Receiver) Load(ctx context.Context, t *catalog.Table, rows iter.Seq2[Row, error]) (n int64, err error) {
	next, stop := iter.Pull2(rows)
	defer stop()
	for more := true; more && err == nil; {
		err = r.alone(ctx, func(c *lite.Conn) error {
			var wrote int64
			wrote, more, err = insertSome(c, t, next)
			n += wrote
			return err
		})
	}
	return n, err
}

// insertSome writes one batch; more is false at the end of the rows.
func insertSome(c *lite.Conn, t *catalog.Table, next func() (Row, error, bool)) (n int64, more bool, err error) {
	marks := make([]string, len(t.Columns))
	for i := range marks {
		marks[i] = "?" + strconv.Itoa(i+1)
	}
	st, err := c.Prepare("insert into " + schema.Quote(schema.TableName(t)) + " values (" + strings.Join(marks, ",") + ")")
	if err != nil {
		return 0, false, lite.Fault(err)
	}
	defer st.Release()
	for n < receiveBatch {
		row, err, ok := next()
		if err != nil || !ok {
			return n, false, err
		}
		for i, text := range row {
			v := value.Value{}
			if text != nil {
				if v, err = value.Parse(t.Columns[i].Type, string(text), value.Env{}); err != nil {
					return n, false, err
				}
			}
			bindValue(st, i+1, t.Columns[i].Type, v)
		}
		if err := st.Run(); err != nil {
			return n, false, lite.Fault(err)
		}
		n++
	}
	return n, true, nil
}

// Replace makes the rows of the keys those given: what is not given is gone.
func (r *Receiver) Replace(ctx context.Context, t *catalog.Table, keys [][]string, rows iter.Seq2[Row, error]) error {
	next, stop := iter.Pull2(rows)
	defer stop()
	return r.alone(ctx, func(c *lite.Conn) error {
		if err := remove(c, t, keys); err != nil {
			return err
		}
		for more := true; more; {
			var err error
			if _, more, err = insertSome(c, t, next); err != nil {
				return err
			}
		}
		return nil
	})
}

func remove(c *lite.Conn, t *catalog.Table, keys [][]string) error {
	pk := t.PrimaryKey().Cols
	conds := make([]string, len(pk))
	for i, name := range pk {
		conds[i] = schema.Quote(name) + " = ?" + strconv.Itoa(i+1)
	}
	st, err := c.Prepare("delete from " + schema.Quote(schema.TableName(t)) + " where " + strings.Join(conds, " and "))
	if err != nil {
		return lite.Fault(err)
	}
	defer st.Release()
	for _, k := range keys {
		for i, name := range pk {
			typ := t.ColumnNamed(name).Type
			v, err := value.Parse(typ, k[i], value.Env{})
			if err != nil {
				return err
			}
			bindValue(st, i+1, typ, v)
		}
		if err := st.Run(); err != nil {
			return lite.Fault(err)
		}
	}
	return nil
}

// Empty removes all rows of tables.
func (r *Receiver) Empty(ctx context.Context, tables []*catalog.Table) error {
	return r.alone(ctx, func(c *lite.Conn) error {
		for _, t := range tables {
			if err := c.Exec("delete from " + schema.Quote(schema.TableName(t))); err != nil {
				return err
			}
		}
		return nil
	})
}

// Index has nothing to do: the indexes are kept while rows come.
func (r *Receiver) Index(context.Context) error { return nil }

// SetSequence sets where a sequence goes on.
func (r *Receiver) SetSequence(ctx context.Context, name string, last int64, called bool) error {
	return r.alone(ctx, func(c *lite.Conn) error {
		st, err := c.Prepare(`update _sequences set last = ?2, called = ?3 where name = ?1`)
		if err != nil {
			return err
		}
		defer st.Release()
		st.BindText(1, name)
		st.BindInt(2, last)
		st.BindInt(3, 0)
		if called {
			st.BindInt(3, 1)
		}
		return st.Run()
	})
}

// Guard has nothing to do: foreign keys hold for whoever writes next.
func (r *Receiver) Guard(context.Context) error { return nil }

// Validate looks whether all rows satisfy the foreign keys, and ends the move.
func (r *Receiver) Validate(ctx context.Context) error {
	return r.alone(ctx, func(c *lite.Conn) error {
		bad, err := exists(c, `select 1 from pragma_foreign_key_check limit 1`)
		if err != nil {
			return err
		}
		if bad {
			return fault.SQL("23503", "rows that were moved violate a foreign key")
		}
		return run(c, `delete from _meta where key = 'moving'`)
	})
}

// Close has nothing to do.
func (r *Receiver) Close(context.Context) error { return nil }
