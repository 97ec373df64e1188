package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres/inbox"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

func here(t testing.TB, d *Driver) db.Position {
	t.Helper()
	p, err := d.Position(context.Background())
	if err != nil {
		t.Fatal(explain(err))
	}
	return p
}

// next returns n changes after from.
func next(t testing.TB, d *Driver, from db.Position, n int) []db.Change {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out []db.Change
	for c, err := range d.Changes(ctx, from) {
		if err != nil {
			t.Fatalf("after %d changes, at %+v: %s", len(out), c.Position, explain(err))
		}
		if out = append(out, c); len(out) == n {
			return out
		}
	}
	t.Fatalf("%d of %d changes came", len(out), n)
	return nil
}

// until asks again and again, and fails the test where the answer is not yes in time.
func until(t testing.TB, what string, yes func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for !yes() {
		if ctx.Err() != nil {
			t.Fatal("it never happened: " + what)
		}
		pause(ctx, 10*time.Millisecond)
	}
}

func ask(t testing.TB, d *Driver, sql string, args ...string) string {
	t.Helper()
	rows, err := d.ask(context.Background(), sql, args...)
	if err != nil {
		t.Fatal(explain(err))
	}
	if len(rows) == 0 {
		return ""
	}
	return rows[0][0]
}

func said(d *Driver, text string) bool {
	for _, n := range d.Notices() {
		if strings.Contains(n.Message, text) {
			return true
		}
	}
	return false
}

// big is a value that the server keeps outside of the row.
const big = `(select string_agg(md5(i::text), '') from generate_series(1, 300) i)`

func TestLargeValuesThatDidNotChange(t *testing.T) {
	t.Parallel()
	d := openSlot(t, Config{})
	script(t, d, `create table docs (id int, body text, n int default 0, twice int generated always as (n * 2) stored, part text, primary key (part, id));
		alter table docs alter body set storage external; create table whole (like docs including all); alter table whole replica identity full;`)
	ctx := context.Background()
	for _, table := range []string{"docs", "whole"} {
		from := here(t, d)
		for _, sql := range []string{"insert into %s (id, body, part) values (1, " + big + ", 'a')", "update %s set n = 1", "update %s set body = 'b'"} {
			if err := exec(ctx, d, &db.Owner, fmt.Sprintf(sql, table)); err != nil {
				t.Fatal(explain(err))
			}
			here(t, d)
		}
		got := next(t, d, from, 3)
		for i, want := range []struct{ len, n, twice int }{{9600, 0, 0}, {9600, 1, 2}, {1, 1, 2}} {
			c := got[i]
			if len(c.New[1].S) != want.len || c.New[2].I != int64(want.n) || c.New[3].I != int64(want.twice) || c.Key[0].S != "a" || c.Key[1].I != 1 {
				t.Errorf("%s, change %d: %d bytes, n %d, twice %d, key %v", table, i, len(c.New[1].S), c.New[2].I, c.New[3].I, c.Key)
			}
			if c.Unchanged[1] != (i == 1) || !c.Unchanged[3] || c.Unchanged[2] {
				t.Errorf("%s, change %d: %v", table, i, c.Unchanged)
			}
		}
		if old := got[1].Old; (len(old[1].S) == 9600) != (table == "whole") || old[0].I != 1 || old[4].S != "a" {
			t.Errorf("%s: the old row is %v", table, old)
		}
	}
	// Where the row is gone before it is read again, what is lacking is lacking.
	from := here(t, d)
	if _, err := d.Write(ctx, func(c db.Conn) error {
		for _, sql := range []string{"insert into docs (id, body, part) values (2, " + big + ", 'b')", "update docs set n = 5 where id = 2", "delete from docs where id = 2"} {
			if _, err := c.Query(ctx, &db.Owner, sql, nil); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(explain(err))
	}
	got := next(t, d, from, 3)
	if c := got[1]; !c.Unchanged[1] || !c.New[1].IsNull() || c.New[2].I != 5 {
		t.Errorf("%v, marked %v", c.New, c.Unchanged)
	}
	if c := got[2]; c.Op != db.Delete || c.Key[1].I != 2 || !c.Last || got[1].Last {
		t.Errorf("%+v", c)
	}
}

// Nothing that a table's owner does fails because changes are told.
func TestTableWithoutPrimaryKey(t *testing.T) {
	t.Parallel()
	d := openSlot(t, Config{})
	script(t, d, `create table loose (a int, b text); create table late (id int primary key deferrable);
		create table mute (id int primary key); alter table mute replica identity nothing;
		create table parts (id int primary key) partition by range (id); create table part1 partition of parts for values from (0) to (100);`)
	from, ctx := here(t, d), context.Background()
	for _, table := range []string{"loose (a)", "late", "mute", "parts"} {
		name, _, _ := strings.Cut(table, " ")
		for _, sql := range []string{"insert into " + table + " values (1)", "update " + name + " set (%) = (select 2)", "delete from " + name} {
			col := "id"
			if name == "loose" {
				col = "a"
			}
			if err := exec(ctx, d, &db.Owner, strings.Replace(sql, "%", col, 1)); err != nil {
				t.Fatalf("%s: %s", sql, explain(err))
			}
		}
	}
	if err := exec(ctx, d, &db.Owner, "truncate parts, loose"); err != nil {
		t.Fatal(explain(err))
	}
	var got []string
	for _, c := range next(t, d, from, 8) {
		got = append(got, fmt.Sprint(c.Table.Name, c.Op))
	}
	if s := strings.Join(got[:6], " "); s != "loose1 late1 mute1 parts1 parts2 parts3" || !strings.HasSuffix(got[6]+got[7], "4") {
		t.Errorf("%q", got)
	}
	// A key makes the table whole, the loss of it takes no update away.
	script(t, d, `alter table loose add primary key (a); alter table parts drop constraint parts_pkey cascade`)
	from = here(t, d)
	for _, sql := range []string{"insert into loose values (1)", "update loose set b = 'x'", "insert into parts values (1)", "update parts set id = 2"} {
		if err := exec(ctx, d, &db.Owner, sql); err != nil {
			t.Fatalf("%s: %s", sql, explain(err))
		}
	}
	if c := next(t, d, from, 3)[1]; c.Op != db.Update || c.New[1].S != "x" {
		t.Errorf("%+v", c)
	}
}

func TestLargeTransaction(t *testing.T) {
	t.Parallel()
	d := openSlot(t, Config{KeepChanges: 200_000})
	script(t, d, `create table many (id int primary key, body text)`)
	from, ctx := here(t, d), context.Background()
	if err := exec(ctx, d, &db.Owner, "insert into many select i, 'row ' || i from generate_series(1, 100000) i"); err != nil {
		t.Fatal(explain(err))
	}
	if err := exec(ctx, d, &db.Owner, "insert into many values (0, '')"); err != nil {
		t.Fatal(explain(err))
	}
	n := int64(0)
	for c, err := range d.Changes(ctx, from) {
		if err != nil {
			t.Fatal(explain(err))
		}
		if n++; n > 100_000 {
			break
		}
		if c.Key[0].I != n || c.Last != (n == 100_000) || c.Seq != from.Seq+uint64(n) {
			t.Fatalf("change %d: %+v", n, c)
		}
	}
}

// tally follows a database and notes what came, until it is stopped.
type tally struct {
	mu   sync.Mutex
	ids  []int64
	at   db.Position
	gaps int
	stop func()
}

func count(t *testing.T, d *Driver, from db.Position) *tally {
	ctx, cancel := context.WithCancel(context.Background())
	c, done := &tally{at: from}, make(chan struct{})
	c.stop = func() { cancel(); <-done }
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			c.read(ctx, t, d)
			pause(ctx, 10*time.Millisecond)
		}
	}()
	t.Cleanup(c.stop)
	return c
}

func (c *tally) read(ctx context.Context, t *testing.T, d *Driver) {
	for change, err := range d.Changes(ctx, c.at) {
		c.mu.Lock()
		switch {
		case errors.Is(err, db.ErrGap):
			c.gaps, c.at = c.gaps+1, change.Position
		case err == nil && (change.Epoch != c.at.Epoch || change.Seq != c.at.Seq+1):
			t.Errorf("%+v comes after %+v", change.Position, c.at)
		case err == nil:
			c.ids, c.at = append(c.ids, change.Key[0].I), change.Position
		}
		c.mu.Unlock()
	}
}

func (c *tally) len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.ids)
}

// all fails where not each id from 1 to n came once; lax lets some be missing that were
// never acknowledged.
func (c *tally) all(t *testing.T, acknowledged map[int64]bool) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := map[int64]bool{}
	for _, id := range c.ids {
		if seen[id] {
			t.Errorf("%d came twice", id)
		}
		seen[id] = true
	}
	for id := range acknowledged {
		if !seen[id] {
			t.Errorf("%d never came", id)
		}
	}
	if c.gaps > 0 {
		t.Errorf("%d gaps", c.gaps)
	}
}

// write inserts rows, one after the other, until it is stopped, and returns those that
// were acknowledged.
func write(t *testing.T, d *Driver, table string) (stop func() map[int64]bool) {
	ctx, cancel := context.WithCancel(context.Background())
	ids, done := map[int64]bool{}, make(chan struct{})
	go func() {
		defer close(done)
		for id := int64(1); ctx.Err() == nil; id++ {
			if err := exec(context.Background(), d, &db.Owner, "insert into "+table+" values ($1)", id); err == nil {
				ids[id] = true
			} else {
				pause(ctx, 5*time.Millisecond)
			}
		}
	}()
	stop = sync.OnceValue(func() map[int64]bool { cancel(); <-done; return ids })
	t.Cleanup(func() { stop() })
	return stop
}

// Two nodes see one feed; whoever leads it may be killed, again and again.
func TestLeaderIsKilled(t *testing.T) {
	t.Parallel()
	a := openSlot(t, Config{})
	b := openSlot(t, Config{URL: a.cfg.URL})
	script(t, a, `create table led (id int primary key)`)
	from := here(t, b)
	atA, atB := count(t, a, from), count(t, b, from)
	stop := write(t, b, "led")
	seen := 20
	for range 3 {
		until(t, "changes come", func() bool { return atA.len() > seen && atB.len() > seen })
		ask(t, b, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'plinth feed' and datname = current_database()")
		seen = max(atA.len(), atB.len()) + 20
	}
	until(t, "changes come", func() bool { return atA.len() > seen && atB.len() > seen })
	if err := a.Close(); err != nil { // and one node ends
		t.Error(err)
	}
	until(t, "changes come", func() bool { return atB.len() > seen+20 })
	acknowledged := stop()
	until(t, "all came", func() bool { return atB.len() >= len(acknowledged) })
	atA.stop()
	atB.stop()
	atB.all(t, acknowledged)
	for i, id := range atA.ids {
		if atB.ids[i] != id {
			t.Fatalf("change %d is %d on one node and %d on the other", i, id, atB.ids[i])
		}
	}
}

// A leader that was away for so long that another leads writes nothing any more.
func TestLeaderIsFenced(t *testing.T) {
	t.Parallel()
	d := openSlot(t, Config{})
	ctx := context.Background()
	until(t, "a node leads", func() bool { return ask(t, d, "select until > now() from plinth.feed") == "t" })
	old := &leader{d: d, token: ask(t, d, "select token from plinth.feed")}
	sql, err := d.connect(ctx, d.direct())
	if err != nil {
		t.Fatal(err)
	}
	defer sql.close()
	old.sql = sql
	if err := old.prepare(ctx); err != nil {
		t.Fatal(explain(err))
	}
	ask(t, d, "update plinth.feed set token = token + 1, until = '-infinity' returning 1")
	before := here(t, d)
	rows := []inbox.Change{{Op: db.Insert, Shape: "p"}}
	if err := old.write(ctx, inbox.Batch{Rows: rows, LSN: 1 << 60, Whole: true}); !errors.Is(err, errFenced) {
		t.Errorf("%v", err)
	}
	if err := old.write(ctx, inbox.Batch{Rows: rows}); err != nil { // its transaction is not over
		t.Error(explain(err))
	}
	if err := old.write(ctx, inbox.Batch{Rows: rows, LSN: 1 << 60, Whole: true}); !errors.Is(err, errFenced) {
		t.Errorf("%v", err)
	}
	if after := here(t, d); after != before {
		t.Errorf("%+v became %+v", before, after)
	}
}

func TestServerRestarts(t *testing.T) {
	t.Parallel()
	srv, err := pgserver.Start(t.Context(), "synchronous_commit=on", "wal_level=logical")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Stop()
	d := openSlot(t, Config{URL: srv.URL})
	script(t, d, `create table kept (id int primary key)`)
	got := count(t, d, here(t, d))
	stop := write(t, d, "kept")
	until(t, "changes come", func() bool { return got.len() > 50 })
	if err := srv.Crash(); err != nil {
		t.Fatal(err)
	}
	if err := srv.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen := got.len()
	until(t, "changes come again", func() bool { return got.len() > seen+50 })
	acknowledged := stop()
	until(t, "all came", func() bool { return got.len() >= len(acknowledged) })
	got.stop()
	got.all(t, acknowledged)
}

// A slot that is lost, or too far behind, is made anew, and whoever follows is told.
func TestSlotIsLost(t *testing.T) {
	t.Parallel()
	d := openSlot(t, Config{})
	script(t, d, `create table s (id int primary key)`)
	ctx := context.Background()
	from := here(t, d)
	ask(t, d, "select pg_terminate_backend(active_pid, 10000) from pg_replication_slots where slot_name = $1", d.slot)
	until(t, "the slot is dropped", func() bool {
		_, err := d.ask(ctx, "select pg_drop_replication_slot($1)", d.slot)
		return err == nil
	})
	if err := exec(ctx, d, &db.Owner, "insert into s values (1)"); err != nil {
		t.Fatal(explain(err))
	}
	gap := func(from db.Position) (at db.Position) {
		for c, err := range d.Changes(ctx, from) {
			if at = c.Position; err != nil && (!errors.Is(err, db.ErrGap) || c.Epoch <= from.Epoch) {
				t.Errorf("%+v %v", c, err)
			}
		}
		return at
	}
	from = gap(from)
	if err := exec(ctx, d, &db.Owner, "insert into s values (2)"); err != nil {
		t.Fatal(explain(err))
	}
	if c := next(t, d, from, 1)[0]; c.Key[0].I != 2 {
		t.Errorf("%+v", c)
	}
	d.Close()
	direct := openDirect(t, d)
	if _, err := direct.ask(ctx, "insert into s select generate_series(10, 5000)"); err != nil {
		t.Fatal(err)
	}
	d = openSlot(t, Config{URL: d.cfg.URL, SlotLimit: 1000})
	gap(from)
}

// openDirect opens a connection beside the engine.
func openDirect(t *testing.T, d *Driver) *conn {
	t.Helper()
	c, err := d.connect(context.Background(), d.login.Copy())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c
}

// On a database where nothing happens the slot moves on, so that the server can drop
// the log that other databases make.
func TestSlotMovesOnAQuietDatabase(t *testing.T) {
	t.Parallel()
	d := openSlot(t, Config{})
	before := ask(t, d, "select pg_current_wal_lsn()")
	admin(t, "create table noise_"+d.slot+" as select generate_series(1, 1000) i", "drop table noise_"+d.slot)
	until(t, "the slot moves", func() bool {
		return ask(t, d, "select confirmed_flush_lsn > $1::pg_lsn from pg_replication_slots where slot_name = '"+d.slot+"'", before) == "t"
	})
}

// The log is bounded; whoever was away for too long is told.
func TestChangesAreKeptForATime(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{"rows": {KeepChanges: 10}, "bytes": {KeepBytes: 20_000}, "age": {KeepFor: time.Nanosecond}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := openSlot(t, cfg)
			script(t, d, `create table k (id int primary key, body text)`)
			from, ctx := here(t, d), context.Background()
			if err := exec(ctx, d, &db.Owner, "insert into k select i, repeat('x', 1500) from generate_series(1, 100) i"); err != nil {
				t.Fatal(explain(err))
			}
			to := here(t, d)
			if err := d.trim(ctx); err != nil {
				t.Fatal(explain(err))
			}
			for c, err := range d.Changes(ctx, from) {
				if !errors.Is(err, db.ErrGap) || c.Position != to {
					t.Errorf("%+v %v", c, err)
				}
			}
			kept := ask(t, d, "select count(*) from plinth.changes")
			if want := map[string]string{"rows": "10", "bytes": "12", "age": "0"}[name]; kept != want {
				t.Errorf("%s rows are kept, want %s", kept, want)
			}
		})
	}
}
