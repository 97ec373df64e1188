package differential_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/tests/differential/cases"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

// oracle is the PostgreSQL of this run; TestMain starts and stops it.
func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	ctx := context.Background()
	debug.SetGCPercent(800)
	srv, err := start(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer srv.Stop()
	p, err := connect(ctx, srv.URL)
	if err == nil {
		err = errors.Join(p.exec(postgresRoles), p.close())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := os.Setenv("PLINTH_TEST_POSTGRES", srv.URL); err != nil {
		return 1
	}
	return m.Run()
}

// start starts a server whose files are in memory, and which says nothing.
func start(ctx context.Context) (*pgserver.Server, error) {
	usual := os.Getenv("TMPDIR")
	defer os.Setenv("TMPDIR", usual)
	if err := os.Setenv("TMPDIR", memory()); err != nil {
		return nil, err
	}
	return pgserver.Start(ctx, "log_min_messages=fatal", "log_min_error_statement=panic",
		"wal_level=minimal", "max_wal_senders=0", "track_activities=off", "update_process_title=off")
}

var benches atomic.Int32

func newBench(t *testing.T) *bench {
	t.Helper()
	name := fmt.Sprintf("case_%s_%d", strings.ToLower(strings.Map(letters, t.Name())), benches.Add(1))
	p, err := openPostgres(context.Background(), os.Getenv("PLINTH_TEST_POSTGRES"), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	return &bench{pg: p, dir: scratch(t)}
}

// memory is a folder in memory where the system has one, "" for the usual one: these
// databases are many, and none outlives its cases.
func memory() string {
	const dir = "/dev/shm"
	if probe, err := os.MkdirTemp(dir, "plinth"); err == nil && os.Remove(probe) == nil {
		return dir
	}
	return ""
}

func scratch(t *testing.T) string {
	dir, err := os.MkdirTemp(memory(), "plinth")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// TestRandom runs random cases, each from a seed of its own.
func TestRandom(t *testing.T) {
	t.Parallel()
	n := number(t, "PLINTH_PROOF_CASES", 2000)
	random(t, n, newBench, cases.Generate)
}

// TestRoutines runs random functions and triggers.
func TestRoutines(t *testing.T) {
	t.Parallel()
	n := number(t, "PLINTH_PROOF_ROUTINES", 300)
	random(t, n, newBench, cases.GenerateRoutines)
}

// workers go through the cases; more than cores, since each waits for a server now and then.
const workers = 4

// tellEvery is how often a long run says how far it is.
const tellEvery = 20

// random runs n cases from the first seed on.
func random(t *testing.T, n int, open func(*testing.T) *bench, generate func(int) *cases.Script) {
	first := number(t, "PLINTH_PROOF_SEED", 0) / cases.PerSchema * cases.PerSchema
	begin := time.Now()
	var wg sync.WaitGroup
	var mu sync.Mutex
	var sum bench
	var next, done int // cases
	for range workers {
		b := open(t)
		b.ahead = true
		wg.Go(func() {
			for {
				mu.Lock()
				i := next
				next += cases.PerSchema
				mu.Unlock()
				if i >= n {
					break
				}
				series(t, b, first+i, min(cases.PerSchema, n-i), generate)
				mu.Lock()
				before := done * tellEvery / n
				if done += cases.PerSchema; n > 1000 && before < done*tellEvery/n {
					t.Logf("%d of %d cases after %s", done, n, time.Since(begin).Round(time.Second))
				}
				mu.Unlock()
			}
			mu.Lock()
			defer mu.Unlock()
			sum.commands += b.commands
			sum.failures += b.failures
			sum.unclear += b.unclear
		})
	}
	wg.Wait()
	t.Logf("%d cases from seed %d in %s: %d commands, of which %d failed on both; %d of these named another row's fault",
		n, first, time.Since(begin).Round(time.Second), sum.commands, sum.failures, sum.unclear)
}

// series runs cases of one schema and keeps, of each that differs, the smallest script that
// still does.
func series(t *testing.T, b *bench, first, n int, generate func(int) *cases.Script) {
	ctx := context.Background()
	var list []*cases.Script
	for i := range n {
		list = append(list, generate(first+i))
	}
	for len(list) > 0 {
		s, d, err := b.series(ctx, list)
		if err != nil {
			t.Errorf("seeds from %d: %v", first, err)
			return
		}
		if d == nil {
			return
		}
		report(ctx, t, b, s, d)
		list = list[slices.Index(list, s)+1:]
	}
}

func report(ctx context.Context, t *testing.T, b *bench, s *cases.Script, d *difference) {
	small, d := shrink(ctx, b, s, d)
	small.Notes = append(small.Notes, "found by "+s.Name)
	file := strings.ReplaceAll(s.Name, " ", "-") + ".sql"
	path := filepath.Join(os.TempDir(), "plinth-"+file)
	if dir := os.Getenv("PLINTH_PROOF_REPLAY"); dir != "" {
		path = filepath.Join(dir, file)
	}
	if err := os.WriteFile(path, []byte(small.Text()), 0o600); err != nil {
		t.Error(err)
	}
	t.Errorf("%s differs [%s]; move %s to testdata/replay\n%s\nthe case:\n%s", s.Name, d.signature, path, d, small.Text())
}

// TestReplay runs the cases that once differed.
func TestReplay(t *testing.T) {
	t.Parallel()
	runFolder(t, "testdata/replay")
}

// TestCorpus runs the scripts written by hand.
func TestCorpus(t *testing.T) {
	t.Parallel()
	runFolder(t, "testdata/corpus")
}

func runFolder(t *testing.T, dir string) {
	files, err := filepath.Glob(dir + "/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	sql := newBench(t)
	all := t
	var web *bench // opened for the first script with requests
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			s, err := cases.Read(f)
			if err != nil {
				t.Fatal(err)
			}
			b := sql
			if s.Requests() {
				if web == nil {
					web = newWebBench(all)
				}
				b = web
			}
			b.more = nil
			if s.Known == "" {
				b.more = func(d *difference) { t.Errorf("differs [%s]: %s", d.signature, d) }
			}
			d, err := b.compare(context.Background(), s)
			switch {
			case err != nil:
				t.Fatal(err)
			case d != nil && s.Known == "":
				t.Errorf("differs [%s]: %s", d.signature, d)
			case d == nil && s.Known != "":
				t.Errorf("is known to differ (%s), but no longer does: take the line out", s.Known)
			}
		})
	}
	t.Logf("%d scripts, %d commands in SQL, of which %d failed on both", len(files), sql.commands, sql.failures)
}

func number(t *testing.T, name string, otherwise int) int {
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
