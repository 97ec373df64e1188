package sqlite

import (
	"context"
	"iter"
	"time"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite/heap"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/value"
)

// changeBatch bounds what a reader of the log holds at a time.
const changeBatch = 500

const sqlChanges = `select seq, tx, tbl, op, old, new, at from _changes where seq > ?1 order by seq limit ?2`

// Changes yields committed changes after from, in order, and waits for more until
// ctx ends or the engine closes.
func (d *Driver) Changes(ctx context.Context, from db.Position) iter.Seq2[db.Change, error] {
	return d.ChangesFor(ctx, from, func() bool { return true })
}

// ChangesFor implements db.Sparing.
func (d *Driver) ChangesFor(ctx context.Context, from db.Position, wanted func() bool) iter.Seq2[db.Change, error] {
	return func(yield func(db.Change, error) bool) {
		for ctx.Err() == nil && !d.feed.over() {
			next := d.feed.wait() // before the look, so that no commit is missed
			list, err := d.changesAfter(ctx, from, wanted)
			for _, c := range list {
				if !yield(c, nil) {
					return
				}
				from = c.Position
			}
			switch {
			case err == nil && len(list) == 0:
				d.rest(ctx, next)
			case err != nil && ctx.Err() == nil:
				gap := db.Change{}
				if err == db.ErrGap {
					gap.Position, _ = d.Position(ctx) // the zero position starts anew, too
				}
				yield(gap, err)
				return
			case err != nil:
				return
			}
		}
	}
}

// rest waits for the next commit of this process, or a moment where another one writes.
func (d *Driver) rest(ctx context.Context, next <-chan struct{}) {
	var soon <-chan time.Time
	if d.follows() {
		t := time.NewTimer(followEvery)
		defer t.Stop()
		soon = t.C
	}
	select {
	case <-next:
	case <-soon:
	case <-ctx.Done():
	}
}

// changesAfter reads one batch of the log, or, where nobody wants it, only how far it goes.
func (d *Driver) changesAfter(ctx context.Context, from db.Position, wanted func() bool) ([]db.Change, error) {
	wants := wanted()
	if here := d.head.Load(); !wants && here != nil && here.Seq >= from.Seq { // from may be of a commit that is just being told
		return passed(from, *here)
	}
	conn, err := d.pool.Get(ctx)
	if err != nil {
		return nil, err
	}
	defer d.pool.Put(conn) // which ends the transaction
	if !wants {
		here, err := d.last(conn)
		if err != nil {
			return nil, err
		}
		return passed(from, here)
	}
	pub, err := d.snapshot(conn)
	if err != nil {
		return nil, err
	}
	here, err := d.last(conn)
	if err != nil {
		return nil, err
	}
	if gapBetween(from, here) {
		return nil, db.ErrGap
	}
	st, err := conn.Prepare(sqlChanges)
	if err != nil {
		return nil, lite.Fault(err)
	}
	defer st.Release()
	st.BindInt(1, int64(from.Seq))
	st.BindInt(2, changeBatch+1)
	from.Epoch = here.Epoch
	list, err := readChanges(st, pub.cat, from)
	if err == nil && len(list) == 0 && from.Seq < here.Seq && from.Seq+1 < d.first(conn, here) {
		return nil, db.ErrGap
	}
	return list, err
}

// passed goes from a place to the end of the log without reading it.
func passed(from, here db.Position) ([]db.Change, error) {
	switch {
	case here == from:
		return nil, nil
	case gapBetween(from, here):
		return nil, db.ErrGap
	}
	return []db.Change{{Position: here}}, nil
}

// gapBetween reports whether from is a place of another log than the one that ends here.
func gapBetween(from, here db.Position) bool {
	return from != (db.Position{}) && from.Epoch != here.Epoch || from.Seq > here.Seq
}

// first returns the number of the log's first row, one beyond the last where it is empty.
func (d *Driver) first(c *lite.Conn, here db.Position) uint64 {
	st, err := c.Prepare(`select min(seq) from _changes`)
	if err != nil {
		return 0
	}
	defer st.Release()
	if row, err := st.Step(); err != nil || !row || st.ColumnNull(0) {
		return here.Seq + 1
	}
	return uint64(st.ColumnInt(0))
}

func readChanges(st *lite.Stmt, cat *catalog.Catalog, from db.Position) ([]db.Change, error) {
	var out []db.Change
	for {
		row, err := st.Step()
		if err != nil {
			return nil, lite.Fault(err)
		}
		if !row {
			return lasts(out), nil
		}
		from.Seq++
		if uint64(st.ColumnInt(0)) != from.Seq {
			return nil, db.ErrGap
		}
		t, ok := cat.TableByID(int(st.ColumnInt(2)))
		if !ok {
			return nil, db.ErrGap // dropped, with what the log held of it
		}
		c, err := readChange(st, t)
		if err != nil {
			return nil, err
		}
		c.Position = from
		out = append(out, c)
	}
}

// lasts marks the end of each transaction. The log grows by whole transactions, so
// the last row there is ends one; a row read beyond the batch only tells.
func lasts(list []db.Change) []db.Change {
	for i := range list {
		list[i].Last = i == len(list)-1 || list[i+1].Tx != list[i].Tx
	}
	if len(list) > changeBatch {
		list = list[:changeBatch]
	}
	return list
}

func readChange(st *lite.Stmt, t *catalog.Table) (db.Change, error) {
	c := db.Change{
		Tx: uint64(st.ColumnInt(1)), Table: t, Op: db.Op(st.ColumnInt(3)),
		At: time.UnixMicro(st.ColumnInt(6)).UTC(),
	}
	row := t.RowType()
	old, err := value.Load(row, heap.Value(st, 4))
	if err != nil {
		return c, err
	}
	fresh, err := value.Load(row, heap.Value(st, 5))
	if err != nil {
		return c, err
	}
	c.Old, c.New = old.L, fresh.L
	image := c.New
	if image == nil {
		image = c.Old
	}
	if k := t.PrimaryKey(); k != nil && len(image) == len(t.Columns) {
		for _, name := range k.Cols {
			c.Key = append(c.Key, image[t.Column(name)])
		}
	}
	return c, nil
}

// Position returns the place of the last committed change.
func (d *Driver) Position(ctx context.Context) (db.Position, error) {
	conn, err := d.pool.Get(ctx)
	if err != nil {
		return db.Position{}, err
	}
	defer d.pool.Put(conn)
	return d.last(conn)
}
