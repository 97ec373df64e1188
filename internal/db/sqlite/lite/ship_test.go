package lite

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
)

// replica is a database that is put together from what was captured.
type replica struct {
	pages [][]byte
	err   error
}

func (r *replica) take(c Commit, err error) {
	if err != nil {
		r.err = errors.Join(r.err, err)
		return
	}
	frame := FrameHead + c.PageSize
	for at := 0; at < len(c.Frames); at += frame {
		n := int(binary.BigEndian.Uint32(c.Frames[at:]))
		for len(r.pages) < n {
			r.pages = append(r.pages, nil)
		}
		r.pages[n-1] = bytes.Clone(c.Frames[at+FrameHead : at+frame])
	}
	r.pages = r.pages[:c.Pages]
}

func pagesOf(t *testing.T, path string) (out [][]byte) {
	t.Helper()
	c, err := OpenCopy(Config{Path: path})
	must(t, err)
	defer c.Close()
	must(t, c.Each(func(p []byte) error { out = append(out, bytes.Clone(p)); return nil }))
	return out
}

// TestEveryCommitIsCaptured writes while the log starts anew often, with readers under
// way, grows and shrinks the file, and compares every page.
func TestEveryCommitIsCaptured(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.db")
	var r replica
	w, err := OpenWriter(WriterConfig{WALPages: 30, Captured: r.take, Conn: Config{Path: path, BusyMillis: 1000, Pragmas: []string{"journal_mode=wal", "auto_vacuum=full"}}})
	must(t, err)
	ctx := context.Background()
	must(t, w.Do(ctx, func(c *Conn) error { return c.Exec("create table t (id integer primary key, b blob)") }))
	must(t, w.Quietly(ctx, w.Cut(func() error { r.pages = pagesOf(t, path); return nil })))
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 40 {
				err := w.Do(ctx, func(c *Conn) error {
					if i%10 == 9 {
						return c.Exec("delete from t where id % 3 = 0")
					}
					return c.Exec(fmt.Sprintf("insert into t (b) values (randomblob(%d))", 500+g*700))
				})
				if err != nil {
					t.Error(err)
				}
				if i%8 == g { // a reader that pins the log for a moment
					pagesOf(t, path)
				}
			}
		})
	}
	wg.Wait()
	must(t, w.Alone(ctx, func(c *Conn) error { return c.Exec("vacuum") }))
	must(t, w.Do(ctx, func(c *Conn) error { return c.Exec("insert into t (b) values (zeroblob(9000))") }))
	must(t, r.err)
	want := pagesOf(t, path)
	if len(want) != len(r.pages) {
		t.Fatalf("%d pages were captured, want %d", len(r.pages), len(want))
	}
	for n := range want {
		if !bytes.Equal(want[n], r.pages[n]) {
			t.Errorf("page %d is another", n+1)
		}
	}
	must(t, w.Close())
}

// TestWhatIsNotDurableIsNotAnswered: the error of Durable is everybody's whose changes
// were committed; who failed before keeps his own.
func TestWhatIsNotDurableIsNotAnswered(t *testing.T) {
	t.Parallel()
	unsure, own := errors.New("unsure"), errors.New("own")
	w, err := OpenWriter(WriterConfig{Durable: func() error { return unsure }, Conn: Config{Path: filepath.Join(t.TempDir(), "a.db"), Pragmas: []string{"journal_mode=wal"}}})
	must(t, err)
	defer w.Close()
	ctx := context.Background()
	if err := w.Do(ctx, func(c *Conn) error { return c.Exec("create table t (id integer)") }); !errors.Is(err, unsure) {
		t.Errorf("a write = %v", err)
	}
	if err := w.Do(ctx, func(*Conn) error { return own }); !errors.Is(err, own) {
		t.Errorf("a write that fails = %v", err)
	}
	if err := w.Alone(ctx, func(c *Conn) error { return c.Exec("create table u (id integer)") }); !errors.Is(err, unsure) {
		t.Errorf("alone = %v", err)
	}
}
