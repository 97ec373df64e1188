package exact_test

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/limit"
	"github.com/plinth-dev/plinth/internal/limit/exact"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

// TestExactAcrossNodes: of many who ask at three nodes at once exactly as many are let
// through as the bound says; the wait that the others are told is true; another key has
// its own count, and no key is stored as it is.
func TestExactAcrossNodes(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	srv, err := pgserver.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Stop() })
	log := slog.New(slog.DiscardHandler)
	drv, err := postgres.Open(ctx, postgres.Config{URL: srv.URL, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	d := db.New(drv)
	t.Cleanup(func() { _ = d.Close() })
	if _, err := d.Script(ctx, db.Script{File: "t", SQL: "create schema if not exists plinth;" + exact.Schema}); err != nil {
		t.Fatal(err)
	}
	nodes := make([]*exact.Counter, 3)
	for i := range nodes {
		nodes[i] = exact.New(exact.Config{DB: d, Log: log, Secret: []byte("secret")})
	}
	const key = "sign-in 192.0.2.1"
	b := limit.Bound{N: 10, Window: 24 * time.Hour}
	var taken atomic.Int32
	var work sync.WaitGroup
	for i := range 60 {
		work.Go(func() {
			wait, err := nodes[i%3].Take(ctx, key, b, time.Now())
			if err != nil {
				t.Error(err)
			} else if wait == 0 {
				taken.Add(1)
			}
		})
	}
	work.Wait()
	if taken.Load() != 10 {
		t.Errorf("%d were let through, want 10", taken.Load())
	}
	fresh := exact.New(exact.Config{DB: d, Log: log, Secret: []byte("secret")}) // it knows nothing itself
	each := b.Window / 10
	for name, ask := range map[string]func(context.Context, string, limit.Bound, time.Time) (time.Duration, error){"take": fresh.Take, "peek": nodes[0].Peek} {
		if wait, err := ask(ctx, key, b, time.Now()); err != nil || wait <= each-time.Hour || wait > each {
			t.Errorf("%s: wait %v, %v; want a little less than %v", name, wait, err, each)
		}
	}
	if wait, err := fresh.Take(ctx, "sign-in 192.0.2.2", b, time.Now()); err != nil || wait != 0 {
		t.Errorf("another key waits %v, %v", wait, err)
	}
	rows, err := d.Query(ctx, db.Owner, `select count(*), count(*) filter (where key like '%192%') from plinth.limits`)
	if err != nil || !rows.Next() || rows.Value(0).I != 2 || rows.Value(1).I != 0 {
		t.Errorf("the rows are not two without an address: %v", err)
	}
	_ = rows.Close()
}
