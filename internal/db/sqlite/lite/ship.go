package lite

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"

	lib "modernc.org/sqlite/lib"
)

// Commit is what one transaction wrote to the write-ahead log.
type Commit struct {
	PageSize int
	Pages    uint32 // of the database after it
	Frames   []byte // FrameHead bytes and a page each; the first four are the page's number
}

// FrameHead is the length of what stands before each page of the log.
const FrameHead = 24

const walHead = 32

// capture reads what a commit wrote from the write-ahead log, before a checkpoint may
// let the log start anew. It runs on the writer's goroutine.
type capture struct {
	to   func(Commit, error)
	path string
	file *os.File // of the log; closing it touches no lock of SQLite's, which are on other files
	salt [8]byte  // of the log that was read last
	seen int      // frames of it that were read or passed over
}

// take reads the frames that a commit added, which left the log with that many pages.
func (k *capture) take(pages int) (Commit, error) {
	head, err := k.head()
	if err != nil {
		return Commit{}, err
	}
	if salt := [8]byte(head[16:24]); salt != k.salt {
		k.salt, k.seen = salt, 0
	}
	size := int(binary.BigEndian.Uint32(head[8:12]))
	if size == 1 {
		size = 65536
	}
	frame := FrameHead + size
	if pages <= k.seen {
		return Commit{}, fmt.Errorf("the log has %d pages, of which %d were read", pages, k.seen)
	}
	c := Commit{PageSize: size, Frames: make([]byte, (pages-k.seen)*frame)}
	if _, err := k.file.ReadAt(c.Frames, walHead+int64(k.seen)*int64(frame)); err != nil {
		return Commit{}, err
	}
	for at := 0; at < len(c.Frames); at += frame {
		if [8]byte(c.Frames[at+8:at+16]) != k.salt {
			return Commit{}, fmt.Errorf("frame %d of the log is of another one", k.seen+at/frame+1)
		}
	}
	c.Pages = binary.BigEndian.Uint32(c.Frames[len(c.Frames)-frame+4:])
	if c.Pages == 0 {
		return Commit{}, fmt.Errorf("the log does not end with a commit")
	}
	k.seen = pages
	return c, nil
}

func (k *capture) head() ([]byte, error) {
	if k.file == nil {
		f, err := os.Open(k.path)
		if err != nil {
			return nil, err
		}
		k.file = f
	}
	head := make([]byte, walHead)
	_, err := k.file.ReadAt(head, 0)
	return head, err
}

// pass passes over what the log holds now.
func (k *capture) pass(c *Conn) error {
	rc := lib.Xsqlite3_wal_checkpoint_v2(c.tls, c.db, 0, lib.SQLITE_CHECKPOINT_PASSIVE, c.out, c.out+4)
	if rc != lib.SQLITE_OK && rc != lib.SQLITE_BUSY {
		return c.fail(rc, "")
	}
	k.seen, k.salt = max(0, int(*(*int32)(at(c.out)))), [8]byte{}
	head, err := k.head()
	switch {
	case err == nil:
		k.salt = [8]byte(head[16:24])
		return nil
	case os.IsNotExist(err) || err == io.EOF:
		k.seen = 0
		return nil
	}
	return err
}

func (k *capture) close() {
	if k != nil && k.file != nil {
		k.file.Close()
	}
}

// Copy is a connection that sees the database as it was at one moment.
type Copy struct {
	conn     *Conn
	PageSize int
	Pages    uint32
}

// OpenCopy begins a reading transaction on the file of cfg, whose pages Each then gives.
func OpenCopy(cfg Config) (*Copy, error) {
	cfg.Mode = ReadOnly
	conn, err := Open(cfg)
	if err != nil {
		return nil, err
	}
	c := &Copy{conn: conn}
	if err = conn.Exec("begin"); err == nil {
		if c.PageSize, err = conn.number("pragma page_size"); err == nil {
			var n int
			n, err = conn.number("select count(*) from sqlite_dbpage")
			c.Pages = uint32(n)
		}
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

// Each gives the pages in their order. A page is valid until the next.
func (c *Copy) Each(fn func(page []byte) error) error {
	st, err := c.conn.Prepare("select data from sqlite_dbpage order by pgno")
	if err != nil {
		return err
	}
	defer st.Release()
	n := uint32(0)
	for {
		row, err := st.Step()
		if err != nil {
			return err
		}
		if !row {
			break
		}
		n++
		if err := fn(st.ColumnBlob(0)); err != nil {
			return err
		}
	}
	if n != c.Pages {
		return fmt.Errorf("%d pages were read of %d", n, c.Pages)
	}
	return nil
}

// Close ends the transaction.
func (c *Copy) Close() error { return c.conn.Close() }

func (c *Conn) number(sql string) (int, error) {
	st, err := c.Prepare(sql)
	if err != nil {
		return 0, err
	}
	defer st.Release()
	if _, err := st.Step(); err != nil {
		return 0, err
	}
	return int(st.ColumnInt(0)), nil
}

// Cut runs fn with no transaction under way: what was committed before has been
// captured, and what is committed after will be.
func (w *Writer) Cut(fn func() error) func(*Conn) error {
	return func(c *Conn) error {
		if k := c.wal.capture; k != nil {
			if err := k.pass(c); err != nil {
				return err
			}
		}
		return fn()
	}
}
