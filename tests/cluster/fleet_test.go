package cluster

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/tests/cluster/history"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

// fleet is three nodes over a primary and its replica, behind a proxy.
type fleet struct {
	t        *testing.T
	primary  *pgserver.Server
	follower *pgserver.Server // nil once it is the primary
	nodes    []*node
	gates    *gates
	proxy    *proxy
	rounds   int
}

// settings of both servers. Answers wait for the log to be written; writing costs nothing
// here, and no power fails.
var settings = []string{"wal_level=logical", "synchronous_commit=on", "max_connections=120"}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{t: t}
	var err error
	if f.primary, err = pgserver.Start(t.Context(), settings...); err != nil {
		t.Fatal(err)
	}
	first := f.primary
	t.Cleanup(func() { _ = first.Stop() })
	if f.follower, err = f.primary.Replica(t.Context(), settings...); err != nil {
		t.Fatal(err)
	}
	second := f.follower
	t.Cleanup(func() { _ = second.Stop() })
	// What is acknowledged is on both: a fail-over loses nothing.
	f.exec(`alter system set synchronous_standby_names = '*'`)
	f.exec(`select pg_reload_conf()`)
	f.gates = newGates(t)
	for _, name := range []string{"a", "b", "c"} {
		n := makeNode(t, name, "--project", "testdata/fleet", "--cluster", "--db", f.url(), "--replica", f.follower.URL)
		n.skewed = true
		f.gates.before(t, n)
		f.nodes = append(f.nodes, n)
		n.start()
	}
	for _, n := range f.nodes {
		n.ready()
	}
	f.exec(`create table cron_log (id bigint generated always as identity, kind text)`)
	f.exec(`create function note_cron() returns trigger language plpgsql as $f$ begin insert into public.cron_log (kind) values (new.kind); return null; end $f$`)
	f.exec(`create trigger note_cron after insert on plinth.jobs for each row when (new.kind = 'mail.sweep') execute function note_cron()`)
	f.proxy = newProxy(t, f.nodes)
	return f
}

// url names both servers; the one that takes writes is meant.
func (f *fleet) url() string {
	host := func(s *pgserver.Server) string { return s.Dir() }
	return "host=" + host(f.primary) + "," + host(f.follower) + " user=postgres dbname=postgres sslmode=disable target_session_attrs=read-write"
}

// exec runs a statement on the primary and returns the first column.
func (f *fleet) exec(sql string) []string {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := pgconn.Connect(ctx, f.primary.URL)
	if err != nil {
		f.t.Fatal(err)
	}
	defer c.Close(ctx)
	res, err := c.Exec(ctx, sql).ReadAll()
	if err != nil {
		f.t.Fatalf("%s: %v", sql, err)
	}
	var out []string
	for _, r := range res {
		for _, row := range r.Rows {
			out = append(out, string(row[0]))
		}
	}
	return out
}

// leader is the node that numbers the changes.
func (f *fleet) leader() *node {
	f.t.Helper()
	var found *node
	within(f.t, "a leader", func() bool {
		rows := f.exec(`select coalesce(leader, '') from plinth.feed where until > now()`)
		for _, n := range f.nodes {
			if len(rows) == 1 && strings.HasSuffix(rows[0], ":"+strconv.Itoa(n.pid())) {
				found = n
			}
		}
		return found != nil
	})
	return found
}

// other is a node that does not lead.
func (f *fleet) other() *node {
	lead := f.leader()
	for _, n := range f.nodes {
		if n != lead {
			return n
		}
	}
	return nil
}

// round is one fault under load.
type round struct {
	*fleet
	h       *history.History
	base    int // of the clients' numbers
	names   []string
	guests  []*guest
	writers sync.WaitGroup
	watches sync.WaitGroup
	quit    context.CancelFunc // the writers
	leave   context.CancelFunc // the watchers
	moments int
}

// begin lets clients work: four write, and two watch at each node.
func (f *fleet) begin(t *testing.T) *round {
	f.rounds++
	f.t = t
	r := &round{fleet: f, h: &history.History{Due: map[string]string{}, Runs: map[string]int{}}, base: f.rounds * 100}
	for _, n := range f.nodes {
		n.t = t
		n.ready()
	}
	f.exec(`delete from cron_log`)
	writing, quit := context.WithCancel(context.Background())
	watching, leave := context.WithCancel(context.Background())
	r.quit, r.leave = quit, leave
	t.Cleanup(func() {
		quit()
		leave()
		r.writers.Wait()
		r.watches.Wait()
	})
	for i := range 2 * len(f.nodes) {
		w := &watcher{name: fmt.Sprintf("%s%d", f.nodes[i/2].name, i%2), url: f.proxy.url(), h: r.h, base: r.base}
		w.addrs = func() []string { return f.from(i / 2) }
		if i%2 == 1 {
			w.session = fmt.Sprintf("%s of round %d, a long name", w.name, f.rounds)
			w.session = strings.NewReplacer(" ", "-", ",", "").Replace(w.session)
		}
		r.names = append(r.names, w.name)
		r.watches.Go(func() { w.run(watching) })
	}
	for _, n := range f.nodes {
		g := &guest{name: "guest-" + n.name, addr: n.addr, h: r.h}
		r.guests = append(r.guests, g)
		r.watches.Go(func() { g.run(watching) })
	}
	within(t, "everybody watches", func() bool { return r.h.Watching() == len(r.names) })
	for i := range 4 {
		r.writers.Go(func() { writer(writing, f.proxy.url(), r.base+i, r.h) })
	}
	r.progress()
	r.gather("at the start", together(f.nodes))
	return r
}

// from lists the addresses of the nodes, beginning with one.
func (f *fleet) from(first int) (out []string) {
	for i := range f.nodes {
		out = append(out, f.nodes[(first+i)%len(f.nodes)].addr)
	}
	return out
}

// progress waits until more writes are acknowledged.
func (r *round) progress() {
	r.t.Helper()
	at := r.h.Acknowledged()
	within(r.t, "writes are acknowledged", func() bool { return r.h.Acknowledged() >= at+40 })
}

// due makes a schedule due and does not wait for it.
func (r *round) due() {
	r.moments++
	r.h.Due[strconv.Itoa(r.moments)] = "mail.sweep"
	r.exec(`update plinth.schedules set next_at = now() - interval '1 second' where name = 'mail.sweep'`)
}

// ran waits until it was carried out, and notes how often until now.
func (r *round) ran() {
	r.t.Helper()
	within(r.t, "the schedule goes on", func() bool {
		return len(r.exec(`select 1 from plinth.schedules where name = 'mail.sweep' and next_at > now()`)) == 1
	})
}

// end stops the writers, lets the watchers hear the rest and checks everything.
func (r *round) end() {
	r.t.Helper()
	r.quit()
	r.writers.Wait()
	r.ran()
	var rows []history.Row
	for _, text := range r.exec(fmt.Sprintf(`select client || ' ' || n from public.rows where client >= %d order by 1`, r.base)) {
		var row history.Row
		if _, err := fmt.Sscan(text, &row.Client, &row.N); err != nil {
			r.t.Fatal(err)
		}
		rows = append(rows, row)
	}
	eventually(func() bool { return r.h.Knows(rows) }) // else the check says who does not
	r.gather("in the end", together(r.nodes))
	r.leave()
	r.watches.Wait()
	ran, _ := strconv.Atoi(r.exec(`select count(*) from cron_log`)[0])
	for i := 1; i <= r.moments; i++ {
		r.h.Runs[strconv.Itoa(i)] = 1
	}
	if ran != r.moments {
		r.h.Runs[strconv.Itoa(r.moments)] += ran - r.moments
	}
	for _, fault := range r.h.Check(rows) {
		r.t.Error(fault)
	}
	told, fetched := r.h.Counts()
	r.t.Logf("%d writes acknowledged of %d, %d rows; told %d times, fetched %d times (%d at the start)",
		r.h.Acknowledged(), len(r.h.Writes), len(rows), told, fetched, len(r.names))
}
