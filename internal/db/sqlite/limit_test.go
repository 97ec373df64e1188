package sqlite

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// A read transaction pins the write-ahead log, so it ends by itself.
func TestReadersAreTimed(t *testing.T) {
	t.Parallel()
	d, base := openDir(t, t.TempDir())
	d.cfg.ReadLimit = 20 * time.Millisecond
	ctx := context.Background()
	err := base.Read(ctx, db.Owner, func(tx *db.Tx) error {
		for {
			if _, err := tx.Exec(ctx, `select 1`); err != nil {
				return err
			}
		}
	})
	if fault.CodeOf(err) != "57014" {
		t.Errorf("a transaction without end: %v", err)
	}
	rows, err := base.Query(ctx, db.Owner, `select 1 from generate_series(1, 3000) a, generate_series(1, 3000) b, generate_series(1, 3000) c`)
	if err == nil {
		for rows.Next() {
		}
		err = rows.Err()
		_ = rows.Close()
	}
	if fault.CodeOf(err) != "57014" {
		t.Errorf("a cursor without end: %v", err)
	}
	if got := all(t, base, `select 1`); got != "1" {
		t.Errorf("afterwards: %s", got)
	}
}

// An interrupt aborts SQLite's whole transaction, the requests before it included:
// they are replayed, and only the culprit fails.
func TestInterruptedRequestCostsItsBatchNothing(t *testing.T) {
	t.Parallel()
	_, d := openDir(t, t.TempDir())
	script(t, d, `create table a (id bigint primary key)`)
	ctx := context.Background()
	limited, cancel := context.WithCancel(ctx)
	hold, held := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_, _ = d.Write(ctx, db.Owner, func(*db.Tx) error { close(held); <-hold; return nil })
	})
	<-held
	errs := make([]error, 3)
	var runs [3]int
	write := func(i int, ctx context.Context, sql string) {
		wg.Go(func() {
			_, errs[i] = d.Write(ctx, db.Owner, func(tx *db.Tx) error {
				if runs[i]++; i == 1 {
					time.AfterFunc(20*time.Millisecond, cancel)
				}
				_, err := tx.Exec(context.Background(), sql)
				return err
			})
		})
		for range 1000 {
			runtime.Gosched() // so that they queue in order; the outcome does not depend on it
		}
	}
	write(0, ctx, `insert into a values (1)`)
	write(1, limited, `insert into a select count(*) from generate_series(1, 3000) a, generate_series(1, 3000) b, generate_series(1, 3000) c`)
	write(2, ctx, `insert into a values (2)`)
	close(hold)
	wg.Wait()
	if errs[0] != nil || errs[2] != nil || fault.CodeOf(errs[1]) != "57014" {
		t.Errorf("errors: %v", errs)
	}
	if got := all(t, d, `select id from a order by id`); got != "1 2" {
		t.Errorf("rows: %s", got)
	}
	if got := fmt.Sprint(runs[1]); got != "1" {
		t.Errorf("the culprit ran %s times", got)
	}
}
