package lite

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestLogStartsAnewUnderReaders writes much while there is always a reader under way.
func TestLogStartsAnewUnderReaders(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *WriterConfig) { c.WALPages = 300 })
	must(t, r.w.Do(context.Background(), func(c *Conn) error {
		c.wal.pause = 0
		return c.Exec(`insert into t(s) values ('x')`)
	}))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	ready := make(chan struct{}, 4)
	for range 4 {
		c, err := Open(Config{Path: r.path, BusyMillis: 1000})
		must(t, err)
		wg.Go(func() {
			defer c.Close()
			for first := true; ; first = false {
				err := c.Exec(`begin; select count(*) from t; select sum(length(s)) from t where id < 300; commit`)
				if err != nil {
					t.Errorf("read: %v", err)
					return
				}
				if first {
					ready <- struct{}{}
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for range 4 {
		<-ready
	}
	for range 60 {
		must(t, r.w.Do(context.Background(), func(c *Conn) error {
			return c.Exec(`insert into t(s) with recursive n(i) as (select 1 union all select i+1 from n where i < 100) select hex(randomblob(400)) from n`)
		}))
	}
	close(stop)
	wg.Wait()
	info, err := os.Stat(r.path + "-wal")
	must(t, err)
	if pages := info.Size() / 4096; pages > 1000 { // 60 writes of some 22 pages
		t.Errorf("the log grew to %d pages", pages)
	}
}

// TestLogIsMovedInALull: what a small log holds is moved once nobody writes, not before, and
// the next commit begins it anew.
func TestLogIsMovedInALull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		do := func(sql string) {
			t.Helper()
			must(t, r.w.Do(t.Context(), func(c *Conn) error { c.wal.idle = 10; return c.Exec(sql) }))
		}
		pages := func() int64 {
			info, err := os.Stat(r.path)
			must(t, err)
			return info.Size() / 4096
		}
		do(`insert into t(s) values ('x')`)
		<-time.After(2 * walLull)
		if n := pages(); n > 1 {
			t.Errorf("a log of few pages was moved: the file has %d", n)
		}
		do(`insert into t(s) with recursive n(i) as (select 1 union all select i+1 from n where i < 100) select hex(randomblob(400)) from n`)
		if n := pages(); n > 1 {
			t.Errorf("the log was moved while somebody may write: the file has %d pages", n)
		}
		<-time.After(2 * walLull)
		if n := pages(); n < 20 {
			t.Errorf("the log was not moved: the file has %d pages", n)
		}
		head := make([]byte, walHead)
		var salts []string
		for range 2 {
			f, err := os.Open(r.path + "-wal")
			must(t, err)
			_, err = f.ReadAt(head, 0)
			must(t, errors.Join(err, f.Close()))
			salts = append(salts, string(head[16:24]))
			do(`insert into t(s) values ('y')`)
		}
		if salts[0] == salts[1] {
			t.Error("the log did not start anew")
		}
	})
}
