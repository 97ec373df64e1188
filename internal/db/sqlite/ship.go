package sqlite

import (
	"context"
	"path/filepath"
	"time"

	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/fault"
)

// Ship takes what is committed to another place. Its methods run on the goroutine that
// writes, in the order of the commits.
type Ship interface {
	// Commit gets the frames of one transaction: FrameHead bytes, which begin with the
	// page's number, and the page. They are the receiver's own.
	Commit(at time.Time, pageSize int, pages uint32, frames []byte)
	// Broken says that a commit could not be read: what follows does not fit to it.
	Broken(err error)
	// Durable is asked before success is answered.
	Durable() error
}

// FrameHead is the length of what stands before each page of a frame.
const FrameHead = lite.FrameHead

func captured(ship Ship) func(lite.Commit, error) {
	return func(c lite.Commit, err error) {
		if err != nil {
			ship.Broken(err)
			return
		}
		ship.Commit(time.Now(), c.PageSize, c.Pages, c.Frames)
	}
}

// Pages is the database as it was at one moment.
type Pages struct{ c *lite.Copy }

// Size returns the size of a page and their number.
func (p *Pages) Size() (pageSize int, pages uint32) { return p.c.PageSize, p.c.Pages }

// Each gives the pages in their order; one is valid until the next.
func (p *Pages) Each(fn func([]byte) error) error { return lite.Fault(p.c.Each(fn)) }

// Close lets go of the moment.
func (p *Pages) Close() error { return p.c.Close() }

// Cut returns the database as it is between two commits. at is called at that very
// moment, on the goroutine that writes. It pins the write-ahead log until it is closed.
func (d *Driver) Cut(ctx context.Context, at func()) (*Pages, error) {
	var p *Pages
	err := d.writer.Quietly(ctx, d.writer.Cut(func() (err error) {
		if p, err = OpenPages(d.cfg.Dir); err == nil {
			at()
		}
		return err
	}))
	return p, err
}

// OpenPages returns the database of a folder as it is now, whoever may be writing to it.
func OpenPages(dir string) (*Pages, error) {
	c, err := lite.OpenCopy(lite.Config{Path: filepath.Join(dir, File), BusyMillis: 5000, Pragmas: []string{"cache_size=-1024"}})
	if err != nil {
		return nil, lite.Fault(err)
	}
	return &Pages{c}, nil
}

// Examine looks at a database that nobody uses: is it whole, and does every row that
// points to another find it?
func Examine(dir string) error {
	for sql, want := range map[string]string{"pragma integrity_check(1)": "ok", "pragma foreign_key_check": ""} {
		got, err := Texts(dir, sql)
		if err != nil {
			return err
		}
		if len(got) > 0 && got[0] != want {
			return fault.SQL("XX001", "the database is damaged: %s", got[0])
		}
	}
	return nil
}

// Texts returns the first column of a query in SQLite's own language, in a database that
// nobody uses.
func Texts(dir, sql string) ([]string, error) {
	c, err := lite.Open(lite.Config{Path: filepath.Join(dir, File), Mode: lite.ReadWrite, Setup: setup})
	if err != nil {
		return nil, lite.Fault(err)
	}
	defer c.Close()
	st, err := c.Prepare(sql)
	if err != nil {
		return nil, lite.Fault(err)
	}
	defer st.Release()
	var out []string
	for {
		row, err := st.Step()
		if err != nil {
			return nil, lite.Fault(err)
		}
		if !row {
			return out, nil
		}
		out = append(out, st.ColumnString(0))
	}
}
