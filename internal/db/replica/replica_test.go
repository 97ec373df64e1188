package replica_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/dbtest"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/db/replica"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

var shared struct {
	pg, follower *pgserver.Server
	mu           sync.Mutex
	count        atomic.Int32
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx := context.Background()
	// Answers wait for the log to be written, as in earnest; writing costs nothing here.
	settings := []string{"max_connections=300", "synchronous_commit=on"}
	var err error
	if shared.pg, err = pgserver.Start(ctx, settings...); err == nil {
		defer shared.pg.Stop()
		shared.follower, err = shared.pg.Replica(ctx, settings...)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer shared.follower.Stop()
	return m.Run()
}

// database makes an empty database and returns its name.
func database(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("t%d", shared.count.Add(1))
	shared.mu.Lock() // CREATE DATABASE copies a template that nobody may be using
	defer shared.mu.Unlock()
	exec(t, shared.pg.URL, "create database "+name)
	return name
}

func exec(t *testing.T, url, sql string) []string {
	t.Helper()
	c, err := pgconn.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	res, err := c.Exec(t.Context(), sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var out []string
	for _, r := range res {
		for _, row := range r.Rows {
			out = append(out, string(row[0]))
		}
	}
	return out
}

func at(url, name string) string { return strings.Replace(url, "dbname=postgres", "dbname="+name, 1) }

// node opens a database as a node with replicas has it.
func node(t *testing.T, name string, followers ...*pgserver.Server) *replica.Driver {
	t.Helper()
	var log *slog.Logger
	if testing.Verbose() {
		log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	p, err := postgres.Open(t.Context(), postgres.Config{URL: at(shared.pg.URL, name), Conns: 6, Triggers: true, Marks: true, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	cfg := replica.Config{Primary: p, Log: log, Wait: 500 * time.Millisecond} // the machine is busy
	for i, f := range followers {
		url := at(f.URL, name)
		cfg.Replicas = append(cfg.Replicas, replica.Source{Name: "r" + strconv.Itoa(i), Open: func(ctx context.Context) (replica.Server, error) {
			return p.Replica(ctx, url)
		}})
	}
	d := replica.New(cfg)
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// until waits for a replica's state.
func until(t *testing.T, d *replica.Driver, what string, good func([]replica.Status) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !good(d.Status()) {
		select {
		case <-ctx.Done():
			t.Fatalf("not %s: %+v", what, d.Status())
		case <-tick.C:
		}
	}
}

func up(s []replica.Status) bool {
	for _, r := range s {
		if !r.Up {
			return false
		}
	}
	return true
}

func down(s []replica.Status) bool { return !up(s) }

const (
	noSubset = "What is outside the subset is refused with its place" // there is none here
	oneLine  = "Who has a turn is counted, and nobody stays counted"  // at the primary, and reads are elsewhere
)

// TestContract: with reads on a replica a database keeps every promise that it makes
// without.
func TestContract(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T) *db.DB {
		d := node(t, database(t), shared.follower)
		until(t, d, "up", up)
		return db.New(d)
	}, noSubset, oneLine)
}

// TestReadsSeeWhatWasAcknowledged: two nodes, one client that writes at the one and reads
// at the other, at once: it sees its writes, and reads come from the replica.
func TestReadsSeeWhatWasAcknowledged(t *testing.T) {
	t.Parallel()
	name := database(t)
	a, b := node(t, name, shared.follower), node(t, name, shared.follower)
	script(t, a, `create table counters (id int primary key, n int not null); grant all on counters to anon; insert into counters select i, 0 from generate_series(1, 8) i`)
	until(t, a, "up", up)
	until(t, b, "up", up)
	var wg sync.WaitGroup
	for id := 1; id <= 8; id++ {
		wg.Go(func() {
			da, dbb := db.New(a), db.New(b)
			for n := 1; n <= 40 || b.Status()[0].Reads < 200; n++ {
				_, err := da.Write(t.Context(), db.Owner, func(tx *db.Tx) error {
					_, err := tx.Exec(t.Context(), `update counters set n = $2 where id = $1`, id, n)
					return err
				})
				if err != nil {
					t.Error(err)
					return
				}
				if got := number(t, dbb, `select n from counters where id = $1`, id); got != n {
					t.Errorf("counter %d at the other node: %d, want %d", id, got, n)
					return
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d reads of the replica, %d of the primary", b.Status()[0].Reads, b.Missed())
}

// TestALateReplicaIsPassedOver: one that does not replay is asked nothing, and is used
// again when it has caught up.
func TestALateReplicaIsPassedOver(t *testing.T) {
	t.Parallel()
	name := database(t)
	follower, err := shared.pg.Replica(t.Context(), "max_connections=300")
	if err != nil {
		t.Fatal(err)
	}
	defer follower.Stop()
	d := node(t, name, follower)
	script(t, d, `create table late (n int)`)
	until(t, d, "up", up)
	exec(t, follower.URL, `select pg_wal_replay_pause()`)
	for range 100 { // a pause is a request
		if exec(t, follower.URL, `select pg_get_wal_replay_pause_state()`)[0] == "paused" {
			break
		}
		exec(t, shared.pg.URL, `select pg_logical_emit_message(true, 'x', 'x')`)
	}
	script(t, d, `insert into late values (1)`)
	if got := number(t, db.New(d), `select count(*) from late`); got != 1 {
		t.Errorf("%d rows are seen while the replica stands still, want 1", got)
	}
	until(t, d, "behind", func(s []replica.Status) bool { return s[0].Behind > 0 && s[0].Lag > 0 })
	before := d.Status()[0].Reads
	exec(t, follower.URL, `select pg_wal_replay_resume()`)
	until(t, d, "in use again", func(s []replica.Status) bool {
		if got := number(t, db.New(d), `select count(*) from late`); got != 1 {
			t.Fatalf("%d rows", got)
		}
		return s[0].Reads > before
	})
}

// TestADeadReplicaIsLeftOut: reads go on without a fault when a replica is killed, and
// when it hangs; it is out within a second, and comes back.
func TestADeadReplicaIsLeftOut(t *testing.T) {
	t.Parallel()
	name := database(t)
	follower, err := shared.pg.Replica(t.Context(), "max_connections=300")
	if err != nil {
		t.Fatal(err)
	}
	defer follower.Stop()
	d := node(t, name, follower)
	script(t, d, `create table facts (n int); insert into facts values (7)`)
	until(t, d, "up", up)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var reads atomic.Int64
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if got := number(t, db.New(d), `select n from facts`); got != 7 {
					t.Errorf("read %d, want 7", got)
					return
				}
				reads.Add(1)
			}
		})
	}
	for _, fault := range []struct {
		name      string
		make, end func() error
	}{
		{"killed", follower.Crash, func() error { return follower.Restart(t.Context()) }},
		{"hanging", follower.Pause, follower.Resume},
	} {
		start := time.Now()
		if err := fault.make(); err != nil {
			t.Fatal(err)
		}
		until(t, d, fault.name, down)
		seen := reads.Load()
		t.Logf("%s: out after %s", fault.name, time.Since(start))
		until(t, d, "read meanwhile", func([]replica.Status) bool { return reads.Load() > seen+10 })
		if err := fault.end(); err != nil {
			t.Fatal(err)
		}
		until(t, d, "back", up)
	}
	stop()
	wg.Wait()
}

// TestAStrangerIsNoReplica: another server is refused, and so is a replica that was
// promoted.
func TestAStrangerIsNoReplica(t *testing.T) {
	t.Parallel()
	name := database(t)
	follower, err := shared.pg.Replica(t.Context(), "max_connections=300")
	if err != nil {
		t.Fatal(err)
	}
	defer follower.Stop()
	stranger, err := pgserver.Stranger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Stop()
	exec(t, stranger.URL, "create database "+name)
	d := node(t, name, follower, stranger)
	until(t, d, "told apart", func(s []replica.Status) bool { return s[0].Up && strings.Contains(s[1].Why, "not a replica") })
	if err := follower.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, d, "told apart", func(s []replica.Status) bool { return !s[0].Up && strings.Contains(s[0].Why, "no replica any more") })
}

func script(t *testing.T, d db.Driver, sql string) {
	t.Helper()
	if _, err := d.Script(t.Context(), db.Script{File: "t.sql", SQL: sql}); err != nil {
		t.Fatal(err)
	}
}

func number(t *testing.T, d *db.DB, sql string, args ...any) int {
	rows, err := d.Query(context.Background(), db.Owner, sql, args...)
	if err != nil {
		t.Error(err)
		return -1
	}
	defer rows.Close()
	if !rows.Next() {
		t.Errorf("%s: no row: %v", sql, rows.Err())
		return -1
	}
	text, _ := rows.AppendText(nil, 0)
	n, err := strconv.Atoi(string(text))
	if err != nil {
		t.Error(err)
	}
	return n
}
