package lite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
)

type rig struct {
	t    testing.TB
	w    *Writer
	path string
}

func newRig(t testing.TB, change func(*WriterConfig)) *rig {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.db")
	cfg := WriterConfig{Conn: Config{Path: path, Pragmas: []string{
		"journal_mode=wal", "synchronous=full", "foreign_keys=on"}}}
	if change != nil {
		change(&cfg)
	}
	w, err := OpenWriter(cfg)
	must(t, err)
	t.Cleanup(func() { must(t, w.Close()) })
	r := &rig{t: t, w: w, path: path}
	must(t, w.Do(context.Background(), func(c *Conn) error {
		return c.Exec(`create table p(id integer primary key);
			create table t(id integer primary key, p integer references p deferrable initially deferred, s text)`)
	}))
	return r
}

func insert(id int) func(*Conn) error {
	return func(c *Conn) error { return c.Exec(fmt.Sprintf("insert into t(id) values (%d)", id)) }
}

func (r *rig) count() string {
	c, err := Open(Config{Path: r.path})
	must(r.t, err)
	defer c.Close()
	return one(r.t, c, `select coalesce(group_concat(id), '') from (select id from t order by id)`)
}

// together runs functions in one batch and returns their errors.
func (r *rig) together(ctxs map[int]context.Context, fns ...func(*Conn) error) []error {
	hold, held := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = r.w.Do(context.Background(), func(*Conn) error { close(held); <-hold; return nil })
	})
	<-held
	errs := make([]error, len(fns))
	for i, fn := range fns {
		ctx := context.Background()
		if ctxs[i] != nil {
			ctx = ctxs[i]
		}
		wg.Go(func() { errs[i] = r.w.Do(ctx, fn) })
		for len(r.w.queue) < i+1 { // in order
			runtime.Gosched()
		}
	}
	close(hold)
	wg.Wait()
	return errs
}

func TestFailureStaysItsOwn(t *testing.T) {
	t.Parallel()
	commits := 0
	r := newRig(t, func(c *WriterConfig) { c.Committed = func() { commits++ } })
	before := commits
	errs := r.together(nil,
		insert(1),
		func(c *Conn) error { must(t, insert(2)(c)); return errDomain },
		insert(1),
		func(c *Conn) error { must(t, insert(3)(c)); panic("bug") },
		func(c *Conn) error { must(t, insert(4)(c)); return fmt.Errorf("dry run: %w", ErrRollback) },
		func(c *Conn) error { return c.Exec(`insert into t values (5, 99, '')`) },
		func(c *Conn) error { return c.Exec(`insert into t values (6, 7, ''); insert into p values (7)`) },
	)
	for i, want := range []string{"", "out of domain", "XX000: internal error", "XX000: internal error", "",
		"23503: insert or update on a table violates a foreign key constraint", ""} {
		got := ""
		if errs[i] != nil {
			got = errs[i].Error()
		}
		if got != want {
			t.Errorf("request %d: %q, want %q", i, got, want)
		}
	}
	if got := r.count(); got != "1,6" {
		t.Errorf("rows = %s", got)
	}
	if n := commits - before; n != 1 && n != 2 { // those behind the holder join it, or one batch follows
		t.Errorf("%d commits for the holder and those behind it", n)
	}
}

// What a transaction needs once is done once for all that share it.
func TestHooksRunOnceInATransaction(t *testing.T) {
	t.Parallel()
	var calls []string
	note := func(what string) func(*Conn) error {
		return func(c *Conn) error {
			if c.Autocommit() {
				calls = append(calls, what+" alone")
				return nil
			}
			calls = append(calls, what)
			return nil
		}
	}
	r := newRig(t, func(c *WriterConfig) { c.Begun, c.Sealed = note("begun"), note("sealed") })
	calls = nil
	r.together(nil, insert(1), insert(2), insert(3))
	if got := strings.Join(calls, ", "); got != "begun, sealed" && got != "begun, sealed, begun, sealed" { // those behind the holder join it, or one batch follows
		t.Errorf("for the holder and three behind it: %s", got)
	}
	calls = nil
	must(t, r.w.Alone(context.Background(), func(*Conn) error { return nil }))
	must(t, r.w.Quietly(context.Background(), func(*Conn) error { return nil }))
	if got := strings.Join(calls, ", "); got != "sealed alone" {
		t.Errorf("for what ran alone: %s", got)
	}
}

const endless = `insert into t(s) with recursive c(x) as (select 1 union all select x+1 from c) select x from c where x < 0`

func TestLostBatchIsReplayedWithoutTheCulprit(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	ctx, cancel := context.WithCancel(context.Background())
	runs := 0
	errs := r.together(map[int]context.Context{1: ctx},
		func(c *Conn) error { runs++; return insert(1)(c) },
		func(c *Conn) error {
			must(t, insert(2)(c))
			cancel()
			if err := c.Exec(endless); err == nil || !c.Autocommit() {
				t.Errorf("the interrupt left the transaction: %v", err)
			}
			st, err := c.Prepare(`insert into t(id) values (66)`)
			must(t, err)
			if err := st.Run(); err == nil {
				t.Error("a statement ran outside the lost transaction")
			}
			return nil // hides it
		},
		insert(3),
	)
	if errs[0] != nil || errs[2] != nil || fault.CodeOf(errs[1]) != "25P02" {
		t.Errorf("errs = %v", errs)
	}
	if got := r.count(); got != "1,3" || runs != 2 {
		t.Errorf("rows = %s after %d runs", got, runs)
	}
}

func TestEndedRequestIsInterruptedOrDropped(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	slow, cancelSlow := context.WithCancel(context.Background())
	late, cancelLate := context.WithCancel(context.Background())
	errs := r.together(map[int]context.Context{0: slow, 1: late},
		func(c *Conn) error { cancelLate(); cancelSlow(); return c.Exec(endless) },
		insert(2), insert(3))
	for i, want := range []string{"57014", "57014", ""} {
		if got := fault.CodeOf(errs[i]); got != want {
			t.Errorf("request %d: %v, want %q", i, errs[i], want)
		}
	}
	if got := r.count(); got != "3" {
		t.Errorf("rows = %s", got)
	}
	if err := r.w.Do(slow, insert(4)); fault.CodeOf(err) != "57014" {
		t.Errorf("a dead context wrote: %v", err)
	}
}

func TestFullDiskIs53100(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	must(t, r.w.Alone(context.Background(), func(c *Conn) error { return c.Exec(`pragma max_page_count = 20`) }))
	errs := r.together(nil, insert(1),
		func(c *Conn) error { return c.Exec(`insert into t values (2, null, zeroblob(200000))`) }, insert(3))
	if errs[0] != nil || errs[2] != nil || errs[1] == nil ||
		errs[1].Error() != "53100: could not extend file: No space left on device" {
		t.Errorf("errs = %v", errs)
	}
	if got := r.count(); got != "1,3" {
		t.Errorf("rows = %s", got)
	}
}

func TestAloneHasNoTransaction(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	must(t, r.w.Alone(context.Background(), func(c *Conn) error {
		if !c.Autocommit() {
			t.Error("a transaction is open")
		}
		return c.Exec(`pragma foreign_keys=off; begin; insert into t values (1, 55, ''); commit; pragma foreign_keys=on`)
	}))
	err := r.w.Alone(context.Background(), func(c *Conn) error { return c.Exec(`begin; insert into t values (2, null, '')`) })
	if err == nil {
		t.Error("an open transaction went unnoticed")
	}
	if got := r.count(); got != "1" {
		t.Errorf("rows = %s", got)
	}
}

func TestCloseAnswersEveryone(t *testing.T) {
	t.Parallel()
	w, err := OpenWriter(WriterConfig{Batch: 4, Conn: Config{Path: filepath.Join(t.TempDir(), "c.db")}})
	must(t, err)
	must(t, w.Do(context.Background(), func(c *Conn) error { return c.Exec(`create table t(id integer primary key)`) }))
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			err := w.Do(context.Background(), insert(i+1))
			if err != nil && fault.CodeOf(err) != "57P01" {
				t.Errorf("err = %v", err)
			}
		})
	}
	must(t, w.Close())
	must(t, w.Close())
	wg.Wait()
	if err := w.Do(context.Background(), insert(99)); fault.CodeOf(err) != "57P01" {
		t.Errorf("after Close: %v", err)
	}
}

// TestOthersGoFirstWhileThatIsCheap: a writer that came back late from letting others go
// first lets nobody for a while, and then tries again.
func TestOthersGoFirstWhileThatIsCheap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c courtesy
		times := func(n int, takes time.Duration) (went int) {
			for range n {
				c.others(func() { went++; <-time.After(takes) })
			}
			return went
		}
		if went := times(100, time.Microsecond); went != 100 {
			t.Errorf("cheap: %d of 100", went)
		}
		if went := times(2+2*spell, 2*lateLimit); went != 2 {
			t.Errorf("dear: %d of %d", went, 2+2*spell)
		}
		if went := times(10, time.Microsecond); went != 10 {
			t.Errorf("cheap again: %d of 10", went)
		}
	})
}

func TestPoolLendsReadersAndTakesThemBackClean(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	p := NewPool(Config{Path: r.path}, 2)
	ctx, cancel := context.WithCancel(context.Background())
	a, err := p.Get(ctx)
	must(t, err)
	b, err := p.Get(ctx)
	must(t, err)
	must(t, a.Exec("begin"))
	st, err := a.Prepare("select 1 union select 2")
	must(t, err)
	if _, err := st.Step(); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := p.Get(ctx); fault.CodeOf(err) != "57014" {
		t.Errorf("a third connection: %v", err)
	}
	p.Put(a)
	c, err := p.Get(context.Background())
	must(t, err)
	if c != a || !c.Autocommit() || st.busy {
		t.Error("the connection came back dirty")
	}
	var e *Error
	if err := c.Exec(`delete from t`); !errors.As(err, &e) || e.Code.Primary() != ReadOnlyDB {
		t.Errorf("a reader wrote: %v", err)
	}
	p.Put(b)
	p.Put(c)
	must(t, p.Close())
	if _, err := p.Get(context.Background()); fault.CodeOf(err) != "57P01" {
		t.Errorf("after Close: %v", err)
	}
}

func BenchmarkGroupCommit(b *testing.B) {
	for _, writers := range []int{1, 16, 128} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			commits := 0
			r := newRig(b, func(c *WriterConfig) { c.Committed = func() { commits++ } })
			work := make(chan struct{})
			var wg sync.WaitGroup
			for range writers {
				wg.Go(func() {
					for range work {
						must(b, r.w.Do(context.Background(), func(c *Conn) error {
							st, err := c.Prepare(`insert into t(s) values (?1)`)
							if err != nil {
								return err
							}
							defer st.Release()
							st.BindText(1, "some text of a message of ordinary length")
							return st.Run()
						}))
					}
				})
			}
			b.ResetTimer()
			for range b.N {
				work <- struct{}{}
			}
			close(work)
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
			b.ReportMetric(float64(b.N)/float64(commits), "writes/commit")
		})
	}
}
