package postgres

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

func exec(ctx context.Context, d *Driver, s *db.Session, sql string, args ...any) error {
	_, err := d.Write(ctx, func(c db.Conn) error {
		cur, err := c.Query(ctx, s, sql, args)
		if err != nil {
			return err
		}
		return errors.Join(cur.Err(), cur.Close())
	})
	return err
}

func one(ctx context.Context, d *Driver, s *db.Session, sql string, args ...any) (string, error) {
	cur, err := d.Query(ctx, s, sql, args)
	if err != nil {
		return "", err
	}
	var out []byte
	for cur.Next() {
		out, _ = cur.AppendText(out, 0)
	}
	return string(out), errors.Join(cur.Err(), cur.Close())
}

func TestErrorsSayWhatPostgresSays(t *testing.T) {
	t.Parallel()
	d := open(t, Config{})
	script(t, d, `create table u (id int primary key, name text not null check (name <> ''), é int);
		create function raise_it() returns void language plpgsql as $$ begin raise sqlstate 'PT402' using message = 'pay', detail = 'd', hint = 'h'; end $$;`)
	ctx := context.Background()
	err := exec(ctx, d, &db.Owner, `insert into u (id, name) values ($1, 'a'), ($1, 'b')`, "1")
	f := fault.From(err)
	if f.Code != "23505" || f.Constraint != "u_pkey" || f.Table != "u" || f.Schema != "public" ||
		f.Detail != "Key (id)=(1) already exists." || f.Kind != fault.Conflict {
		t.Errorf("%+v", f)
	}
	f = fault.From(exec(ctx, d, &db.Owner, `select raise_it()`))
	if f.Code != "PT402" || f.Message != "pay" || f.Detail != "d" || f.Hint != "h" {
		t.Errorf("%+v", f)
	}
	f = fault.From(exec(ctx, d, &db.Owner, `select 'éé', nosuch from u`))
	if f.Code != "42703" || f.Pos != len(`select 'éé', `)+1 {
		t.Errorf("%+v", f)
	}
	if f = fault.From(exec(ctx, d, &db.Session{Role: "anon"}, `select * from auth.nothing`)); f.Code != "42P01" {
		t.Errorf("%+v", f)
	}
	if f = fault.From(exec(ctx, d, &db.Owner, `select $1::int`)); f.Code != "08P01" {
		t.Errorf("%+v", f)
	}
	if _, err := d.Query(ctx, &db.Owner, "select $1::text", []any{"a\x00"}); fault.CodeOf(err) != "22021" {
		t.Errorf("%v", err)
	}
}

func TestStatementTimeoutsFollowRoles(t *testing.T) {
	t.Parallel()
	d := open(t, Config{})
	admin(t, "do $$ begin create role hasty; exception when duplicate_object then null; end $$", "alter role hasty set statement_timeout = '50ms'", "grant usage on schema public to hasty")
	if err := d.Reload(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if _, err := one(ctx, d, &db.Session{Role: "hasty"}, "select pg_sleep(5)"); fault.CodeOf(err) != "57014" {
		t.Errorf("%v", err)
	}
	if _, err := one(ctx, d, &db.Session{Role: "anon"}, "select pg_sleep(0.1)"); err != nil {
		t.Errorf("%v", err)
	}
}

// What ALTER ROLE … SET gave a role holds for its requests, and for nobody else's in the
// same transaction; what would change how rows are read does not.
func TestSettingsFollowRoles(t *testing.T) {
	t.Parallel()
	d := open(t, Config{})
	admin(t, "do $$ begin create role picky; exception when duplicate_object then null; end $$",
		"alter role picky set work_mem = '5MB'", "alter role picky set timezone = 'Asia/Tokyo'",
		"alter role picky set datestyle = 'German'", "alter role picky set default_transaction_isolation = 'serializable'")
	ctx := context.Background()
	if err := d.Reload(ctx); err != nil {
		t.Fatal(err)
	}
	const ask = `select current_setting('work_mem') || ' ' || current_setting('timezone') || ' ' || current_setting('datestyle') || ' ' || current_setting('transaction_isolation')`
	_, err := d.Write(ctx, func(c db.Conn) error {
		for _, want := range [][2]string{
			{"picky", "5MB Asia/Tokyo ISO, MDY serializable"},
			{"anon", "4MB UTC ISO, MDY serializable"},
		} {
			cur, err := c.Query(ctx, &db.Session{Role: want[0]}, ask, nil)
			if err != nil {
				return err
			}
			cur.Next()
			if got, _ := cur.AppendText(nil, 0); string(got) != want[1] {
				t.Errorf("%s: %s, want %s", want[0], got, want[1])
			}
			cur.Close()
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestSerializationFailuresAreRunAgain(t *testing.T) {
	t.Parallel()
	d := open(t, Config{})
	script(t, d, `create table c (id int primary key, n int); insert into c values (1, 0), (2, 0)`)
	ctx := context.Background()
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 10 {
				a, b := "1", "2"
				if i%2 == 1 {
					a, b = b, a
				}
				_, err := d.Write(ctx, func(c db.Conn) error {
					for _, id := range []string{a, b} {
						if _, err := c.Query(ctx, &db.Owner, "update c set n = n + 1 where id = $1", []any{id}); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil && fault.CodeOf(err) != "40P01" {
					t.Error(explain(err))
				}
			}
		})
	}
	wg.Wait()
	if got, _ := one(ctx, d, &db.Owner, "select string_agg(n::text, ',') from c"); got != "40,40" {
		t.Logf("counters %s: some gave up", got)
	}
}

func TestSchemaChangesUnderPreparedStatements(t *testing.T) {
	t.Parallel()
	d := open(t, Config{})
	other := open(t, Config{URL: d.cfg.URL})
	script(t, d, `create table p (id int); insert into p values (1)`)
	ctx := context.Background()
	for _, ddl := range []string{"alter table p alter column id type text", "alter table p add column x int", "alter table p alter column id type bigint using id::bigint"} {
		for range 3 {
			if got, err := one(ctx, d, &db.Owner, "select * from p"); got != "1" {
				t.Fatalf("%q %v", got, err)
			}
			if err := exec(ctx, d, &db.Owner, "select * from p where id::text = $1", "1"); err != nil {
				t.Fatal(explain(err))
			}
		}
		script(t, other, ddl)
	}
}

func TestUnprivilegedOwner(t *testing.T) {
	t.Parallel()
	url := database(t)
	name := url[strings.Index(url, "dbname=")+7:]
	name = name[:strings.IndexByte(name+" ", ' ')]
	admin(t, "do $$ begin create role landlord login createrole; exception when duplicate_object then null; end $$", "alter database "+name+" owner to landlord")
	d := open(t, Config{URL: strings.Replace(url, "user=postgres", "user=landlord", 1)})
	script(t, d, `create table mine (id int primary key, owner uuid default auth.uid());
		alter table mine enable row level security;
		create policy own on mine to authenticated using (owner = auth.uid()) with check (owner = auth.uid());`)
	ctx := context.Background()
	ann := &db.Session{Role: "authenticated", Claims: `{"sub":"0a000000-0000-4000-8000-000000000001"}`}
	if err := exec(ctx, d, ann, `insert into mine values (1)`); err != nil {
		t.Fatal(explain(err))
	}
	if err := exec(ctx, d, &db.Session{Role: "anon"}, `insert into mine values (2)`); fault.CodeOf(err) != "42501" {
		t.Errorf("%v", err)
	}
	for role, want := range map[string]string{"anon": "0", "service_role": "1", "postgres": "1", "authenticated": "0"} {
		if got, err := one(ctx, d, &db.Session{Role: role}, "select count(*) from mine"); got != want {
			t.Errorf("%s sees %s rows, want %s: %v", role, got, want, err)
		}
	}
	again := open(t, Config{URL: d.cfg.URL})
	for _, n := range again.Notices() {
		if strings.HasPrefix(n.Message, "made") {
			t.Errorf("the second time: %s", n.Message)
		}
	}
}

// A server that dies under load is away for a while, and then it is not.
func TestRecovery(t *testing.T) {
	t.Parallel()
	srv, err := pgserver.Start(t.Context(), "synchronous_commit=on")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Stop()
	d := open(t, Config{URL: srv.URL})
	script(t, d, `create table r (id int primary key)`)
	ctx, stop := context.WithCancel(context.Background())
	var mu sync.Mutex
	acknowledged, away, next := 0, 0, 0
	back := make(chan struct{}, 1000)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				mu.Lock()
				next++
				id := next
				mu.Unlock()
				err := exec(context.Background(), d, &db.Session{Role: "service_role"}, "insert into r values ($1)", id)
				_, rerr := one(context.Background(), d, &db.Session{Role: "anon"}, "select 1")
				mu.Lock()
				switch {
				case err == nil:
					acknowledged++
				default:
					away++
					if k := fault.From(err).Kind; k != fault.Unavailable {
						t.Errorf("kind %d: %s", k, explain(err))
					}
				}
				if rerr != nil && fault.From(rerr).Kind != fault.Unavailable {
					t.Error(explain(rerr))
				}
				mu.Unlock()
				if err == nil && rerr == nil {
					select {
					case back <- struct{}{}:
					default:
					}
				} else {
					pause(ctx, 5*time.Millisecond)
				}
			}
		})
	}
	for range 200 {
		<-back
	}
	if err := srv.Crash(); err != nil {
		t.Fatal(err)
	}
	for len(back) > 0 {
		<-back
	}
	if err := srv.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		<-back
	}
	stop()
	wg.Wait()
	got, err := one(context.Background(), d, &db.Owner, "select count(*) >= $1::int from r", acknowledged)
	if got != "t" || away == 0 {
		t.Errorf("%d acknowledged, %d refused: %s %v", acknowledged, away, got, err)
	}
}
