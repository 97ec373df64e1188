package lite

import (
	"context"
	"os"
	"sync"
	"testing"
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
