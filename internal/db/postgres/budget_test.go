package postgres

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// TestOneBudget: requests, writes, migrations, the change feed and the questions about
// the log, all at once, have no more connections than the one number says.
func TestOneBudget(t *testing.T) {
	t.Parallel()
	const budget = 7
	d := openSlot(t, Config{Conns: budget, Marks: true, Wait: time.Minute})
	script(t, d, `create table n (i int primary key); grant select on n to anon`)
	most, stop := watched(t, d)
	ctx := context.Background()
	var all sync.WaitGroup
	for i := range 120 {
		all.Go(func() {
			var err error
			switch {
			case i == 60:
				_, err = d.Script(ctx, db.Script{File: "t.sql", SQL: "create table m (i int primary key)"})
			case i%3 == 0:
				err = exec(ctx, d, &db.Owner, "insert into n values ("+strconv.Itoa(i)+")")
			default:
				_, err = one(ctx, d, &db.Session{Role: "anon"}, "select count(*) from n, pg_sleep(0.01)")
			}
			if err != nil {
				t.Error(explain(err))
			}
		})
	}
	all.Wait()
	stop()
	if n := most(); n > budget || n < budget-1 { // a slow machine may not have opened the last
		t.Errorf("%d connections at most, the budget is %d", n, budget)
	}
	busy, open, limit, _ := d.pool.use()
	if busy != 0 || open > limit || limit != budget-3 {
		t.Errorf("at rest %d of %d connections are busy, %d may be open", busy, open, limit)
	}
}

// watched tells how many connections of ours the database has.
func watched(t *testing.T, d *Driver) (most func() int, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c, err := pgconn.Connect(ctx, d.cfg.URL)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var done sync.WaitGroup
	done.Go(func() {
		defer closeQuietly(c)
		for ctx.Err() == nil {
			res := c.ExecParams(ctx, sqlOthers, nil, nil, nil, nil).Read()
			if res.Err != nil {
				return // the test is over
			}
			if got, err := strconv.Atoi(string(res.Rows[0][0])); err == nil {
				n = max(n, got)
			}
			pause(ctx, time.Millisecond)
		}
	})
	return func() int { return n }, sync.OnceFunc(func() { cancel(); done.Wait() })
}

// What nobody has set is a fifth of a server's connections where it has few.
func TestASmallServerIsLeftConnections(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ all, cores, want int }{{25, 2, 12}, {75, 2, 15}, {100, 2, 20}, {1000, 2, 20}, {1000, 8, 36}} {
		if got := share(c.all, c.cores); got != c.want {
			t.Errorf("of a server's %d connections %d are taken with %d cores, want %d", c.all, got, c.cores, c.want)
		}
	}
	d, err := Open(t.Context(), Config{URL: database(t)})
	if err != nil {
		t.Fatal(explain(err))
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(explain(err))
		}
	}()
	beside := 1 // who listens
	if d.leads {
		beside = 3
	}
	if _, _, limit, _ := d.pool.use(); limit != d.cfg.Conns-beside || d.cfg.Conns < 12 {
		t.Errorf("%d of %d connections are for statements, want all but %d", limit, d.cfg.Conns, beside)
	}
}

// TestBudgetIsKept: what is taken off the budget closes idle connections, and none is
// opened in their place.
func TestBudgetIsKept(t *testing.T) {
	t.Parallel()
	d := open(t, Config{Conns: 6})
	ctx := context.Background()
	var held []db.Cursor
	for range 5 {
		cur, err := d.Query(ctx, &db.Owner, "select 1", nil)
		if err != nil {
			t.Fatal(explain(err))
		}
		held = append(held, cur)
	}
	d.pool.aside(3)
	for _, cur := range held {
		if err := cur.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, open, limit, _ := d.pool.use(); open != 2 || limit != 2 {
		t.Errorf("%d connections are open, %d may be", open, limit)
	}
	d.pool.aside(9)
	if got, err := one(ctx, d, &db.Owner, "select 'x'"); got != "x" {
		t.Errorf("%q %v: one is always left", got, fault.From(err))
	}
}
