package job_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/job"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

var server *pgserver.Server

func TestMain(m *testing.M) {
	srv, err := pgserver.Start(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server = srv
	code := m.Run()
	_ = srv.Stop()
	os.Exit(code)
}

var (
	databases atomic.Int32
	creating  sync.Mutex // CREATE DATABASE copies a template that nobody may be using
)

// engines runs a test on both.
func engines(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": openSQLite, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func openSQLite(t testing.TB) *db.DB {
	drv, err := sqlite.Open(context.Background(), sqlite.Config{Dir: t.TempDir()})
	return ready(t, drv, err)
}

func openPostgres(t testing.TB) *db.DB {
	name := fmt.Sprintf("job%d", databases.Add(1))
	ctx := context.Background()
	admin, err := pgconn.Connect(ctx, server.URL)
	if err != nil {
		t.Fatal(err)
	}
	creating.Lock()
	_, err = admin.Exec(ctx, "create database "+name).ReadAll()
	creating.Unlock()
	if err := errors.Join(err, admin.Close(ctx)); err != nil {
		t.Fatal(err)
	}
	url := strings.Replace(server.URL, "dbname=postgres", "dbname="+name, 1)
	drv, err := postgres.Open(context.Background(), postgres.Config{URL: url, Conns: 8})
	return ready(t, drv, err)
}

func ready(t testing.TB, drv db.Driver, err error) *db.DB {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	d := db.New(drv)
	t.Cleanup(func() { d.Close() })
	script(t, d, "create schema if not exists plinth;"+job.Schema)
	return d
}

func script(t testing.TB, d *db.DB, sql string) {
	t.Helper()
	if _, err := d.Script(context.Background(), db.Script{File: "test.sql", SQL: sql}); err != nil {
		t.Fatal(err)
	}
}

func enqueue(t testing.TB, d *db.DB, jobs ...job.Job) {
	t.Helper()
	_, err := d.Write(context.Background(), db.Session{Role: "anon"}, func(tx *db.Tx) error {
		for _, j := range jobs {
			if err := job.Enqueue(context.Background(), tx, j); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func start(t testing.TB, d *db.DB, kinds map[string]job.Kind, change func(*job.Config)) *job.Queue {
	t.Helper()
	cfg := job.Default()
	cfg.DB, cfg.Kinds, cfg.Poll, cfg.Log = d, kinds, 20*time.Millisecond, slog.New(slog.DiscardHandler)
	if change != nil {
		change(&cfg)
	}
	q, err := job.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(q.Stop)
	return q
}

func text(t testing.TB, d *db.DB, sql string) string {
	t.Helper()
	rows, err := d.Query(context.Background(), db.Owner, sql)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		var line []string
		for i := range rows.Columns() {
			cell, _ := rows.AppendText(nil, i)
			line = append(line, string(cell))
		}
		out = append(out, strings.Join(line, "|"))
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, " ")
}

// until waits for a query's answer; runs end a moment after their handler.
func until(t testing.TB, d *db.DB, sql, want string) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		got := text(t, d, sql)
		if got == want {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("%s = %q, want %q", sql, got, want)
		}
	}
}

func TestAJobRunsIfItsTransactionCommits(t *testing.T) {
	engines(t, func(t *testing.T, d *db.DB) {
		ran := make(chan string, 10)
		start(t, d, map[string]job.Kind{"greet": {Handle: func(_ context.Context, r *job.Run) error {
			var name string
			if err := r.Args(&name); err != nil {
				return err
			}
			ran <- name
			return nil
		}}}, func(c *job.Config) { c.Poll = time.Hour }) // the bell alone wakes it
		wrong := errors.New("no")
		_, err := d.Write(context.Background(), db.Owner, func(tx *db.Tx) error {
			if err := job.Enqueue(context.Background(), tx, job.Job{Kind: "greet", Args: "ghost"}); err != nil {
				return err
			}
			return wrong
		})
		if !errors.Is(err, wrong) {
			t.Fatal(err)
		}
		enqueue(t, d, job.Job{Kind: "greet", Args: "ann"})
		if got := <-ran; got != "ann" {
			t.Errorf("ran %s", got)
		}
		until(t, d, "select count(*) from plinth.jobs", "0")
	})
}

func TestFailuresComeAgainAndThenDie(t *testing.T) {
	engines(t, func(t *testing.T, d *db.DB) {
		var runs atomic.Int32
		start(t, d, map[string]job.Kind{
			"bad": {Handle: func(_ context.Context, r *job.Run) error {
				if n := runs.Add(1); int(n) != r.Attempt || r.Last != (n == 3) {
					t.Errorf("run %d has attempt %d, last %v", n, r.Attempt, r.Last)
				}
				return errors.New("sorry")
			}, Backoff: func(int) time.Duration { return time.Millisecond }},
			"hopeless": {Handle: func(context.Context, *job.Run) error { return job.Discard(errors.New("never")) }},
			"panics":   {Handle: func(context.Context, *job.Run) error { panic("oh") }},
		}, nil)
		enqueue(t, d, job.Job{Kind: "bad", Attempts: 3, Key: "k"}, job.Job{Kind: "hopeless"}, job.Job{Kind: "panics", Attempts: 1})
		until(t, d, "select kind, attempt, last_error, key from plinth.jobs where dead_at is not null order by kind",
			"bad|3|sorry| hopeless|1|never| panics|1|panic: oh|")
	})
}

func TestKeysAreUniqueAmongTheLiving(t *testing.T) {
	engines(t, func(t *testing.T, d *db.DB) {
		enqueue(t, d, job.Job{Kind: "a", Key: "1"}, job.Job{Kind: "a", Key: "1"}, job.Job{Kind: "b", Key: "1"}, job.Job{Kind: "a"}, job.Job{Kind: "a"})
		until(t, d, "select kind, count(*) from plinth.jobs group by kind order by kind", "a|3 b|1")
	})
}

func TestUrgentJobsGoFirstAndLaterOnesWait(t *testing.T) {
	engines(t, func(t *testing.T, d *db.DB) {
		var mu sync.Mutex
		var order []string
		put := false
		kinds := map[string]job.Kind{"n": {Handle: func(_ context.Context, r *job.Run) error {
			mu.Lock()
			defer mu.Unlock()
			var s string
			err := r.Args(&s)
			order = append(order, s)
			if s == "low" && !put {
				put = true
				return job.Later(0)
			}
			return err
		}}}
		enqueue(t, d, job.Job{Kind: "n", Args: "low", Priority: job.Low, Attempts: 1}, job.Job{Kind: "n", Args: "tomorrow", Delay: 24 * time.Hour})
		enqueue(t, d, job.Job{Kind: "n", Args: "first"})
		enqueue(t, d, job.Job{Kind: "n", Args: "second"}, job.Job{Kind: "other"})
		enqueue(t, d, job.Job{Kind: "n", Args: "high", Priority: job.High})
		start(t, d, kinds, func(c *job.Config) { c.Workers = 1 })
		until(t, d, "select count(*) from plinth.jobs", "2")
		if got := strings.Join(order, " "); got != "high first second low low" {
			t.Errorf("order = %s", got)
		}
	})
}

// A worker that died holds its jobs until the lease ends; its own end is then refused.
func TestALeaseThatEndedGivesTheJobToAnother(t *testing.T) {
	engines(t, func(t *testing.T, d *db.DB) {
		first, second := make(chan struct{}), make(chan error)
		var runs atomic.Int32
		start(t, d, map[string]job.Kind{"slow": {Handle: func(ctx context.Context, r *job.Run) error {
			if runs.Add(1) == 1 {
				close(first)
				err := <-second
				_, err2 := d.Write(ctx, db.Owner, func(tx *db.Tx) error { return r.Finish(ctx, tx) })
				if !errors.Is(err2, job.ErrLeaseLost) {
					t.Errorf("the first run finished: %v", err2)
				}
				return err
			}
			_, err := d.Write(ctx, db.Owner, func(tx *db.Tx) error { return r.Finish(ctx, tx) })
			second <- err
			return err
		}}}, nil)
		enqueue(t, d, job.Job{Kind: "slow"})
		<-first
		_, err := d.Write(context.Background(), db.Owner, func(tx *db.Tx) error {
			_, err := tx.Exec(context.Background(), "update plinth.jobs set run_at = now()")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		until(t, d, "select count(*) from plinth.jobs", "0")
	})
}

func TestStopWaitsThenCancels(t *testing.T) {
	engines(t, func(t *testing.T, d *db.DB) {
		begun := make(chan struct{})
		q := start(t, d, map[string]job.Kind{"long": {Handle: func(ctx context.Context, _ *job.Run) error {
			close(begun)
			<-ctx.Done()
			return ctx.Err()
		}}}, func(c *job.Config) { c.Drain = 10 * time.Millisecond })
		enqueue(t, d, job.Job{Kind: "long"})
		<-begun
		q.Stop()
		q.Stop()
		if got := text(t, d, "select attempt, lease is null, run_at <= now() from plinth.jobs"); got != "0|t|t" {
			t.Errorf("after Stop the job is %s", got)
		}
	})
}

func TestManyQueuesRunEachJobOnce(t *testing.T) {
	engines(t, func(t *testing.T, d *db.DB) {
		var mu sync.Mutex
		seen := map[int]int{}
		kinds := map[string]job.Kind{"n": {Handle: func(_ context.Context, r *job.Run) error {
			var n int
			err := r.Args(&n)
			mu.Lock()
			defer mu.Unlock()
			seen[n]++
			return err
		}}}
		for range 3 {
			start(t, d, kinds, nil)
		}
		for n := range 100 {
			enqueue(t, d, job.Job{Kind: "n", Args: n})
		}
		until(t, d, "select count(*) from plinth.jobs", "0")
		for n, times := range seen {
			if times != 1 {
				t.Errorf("job %d ran %d times", n, times)
			}
		}
		if len(seen) != 100 {
			t.Errorf("%d jobs ran", len(seen))
		}
	})
}

func TestSchedulesFireOnceForAllNodes(t *testing.T) {
	engines(t, func(t *testing.T, d *db.DB) {
		var runs atomic.Int32
		kinds := map[string]job.Kind{"tidy": {Handle: func(context.Context, *job.Run) error { runs.Add(1); return nil }}}
		with := func(c *job.Config) {
			c.Schedules = []job.Schedule{{Name: "nightly", Spec: "30 2 * * *", Zone: "Europe/Berlin", Job: job.Job{Kind: "tidy"}}}
		}
		start(t, d, kinds, with)
		start(t, d, kinds, with)
		if got := text(t, d, "select name, spec, next_at > now() from plinth.schedules"); got != "nightly|30 2 * * * Europe/Berlin|t" {
			t.Errorf("schedules = %s", got)
		}
		script(t, d, "update plinth.schedules set next_at = now() - interval '3 days'")
		until(t, d, "select count(*) from plinth.schedules where last_at is not null and next_at > now()", "1")
		until(t, d, "select count(*) from plinth.jobs", "0")
		if n := runs.Load(); n != 1 {
			t.Errorf("ran %d times", n)
		}
	})
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	if _, err := job.New(job.Config{Kinds: map[string]job.Kind{"x": {}}, Schedules: []job.Schedule{{Name: "s"}}}); err == nil ||
		!strings.Contains(err.Error(), "DB and Log") || !strings.Contains(err.Error(), `"x"`) || !strings.Contains(err.Error(), `"s"`) {
		t.Errorf("err = %v", err)
	}
}

func BenchmarkJobs(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": openSQLite, "postgres": openPostgres} {
		b.Run(name, func(b *testing.B) {
			d := open(b)
			var left atomic.Int64
			left.Store(int64(b.N))
			done := make(chan struct{})
			kinds := map[string]job.Kind{"n": {Handle: func(context.Context, *job.Run) error {
				if left.Add(-1) == 0 {
					close(done)
				}
				return nil
			}}}
			batch := make([]job.Job, b.N)
			for i := range batch {
				batch[i] = job.Job{Kind: "n", Args: i}
			}
			enqueue(b, d, batch...)
			b.ResetTimer()
			start(b, d, kinds, func(c *job.Config) { c.Workers = 64 })
			<-done
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
		})
	}
}
