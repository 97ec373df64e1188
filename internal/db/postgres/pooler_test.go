package postgres

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres/address"
	"github.com/plinth-dev/plinth/internal/fault"
)

// Many share few connections of the server, and nobody sees another's session.
func TestBehindPooler(t *testing.T) {
	t.Parallel()
	host := strings.Fields(strings.TrimPrefix(shared.url, "host="))[0]
	d := openPooled(t, Config{Conns: 12, URL: " direct=" + host + ":5432"})
	if !said(d, "by the slot "+d.slot) {
		t.Errorf("%v", d.Notices())
	}
	ctx := context.Background()
	script(t, d, `create table mine (owner uuid default auth.uid(), n int, primary key (owner, n)); alter table mine enable row level security;
		create policy own on mine using (owner = auth.uid()); set search_path = pg_catalog; set timezone = 'Asia/Tokyo'; set role anon`)
	from := here(t, d)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			s := &db.Session{Role: "authenticated", Claims: fmt.Sprintf(`{"sub":"0a000000-0000-4000-8000-00000000000%d"}`, i)}
			if i%4 == 3 {
				s.Role = "anon"
			}
			for n := range 20 {
				if err := exec(ctx, d, s, "insert into mine (n) values ($1)", n); err != nil {
					t.Error(explain(err))
				}
				got, err := one(ctx, d, s, "select count(*) || ' ' || current_user || ' ' || current_setting('search_path') || ' ' || current_setting('timezone') from mine where owner = auth.uid()")
				if want := fmt.Sprintf("%d %s %s UTC", n+1, s.Role, address.DefaultPath); got != want {
					t.Errorf("%q, want %q: %v", got, want, err)
				}
			}
		})
	}
	wg.Wait()
	next(t, d, from, 160)
	if err := exec(ctx, d, &db.Owner, "create table told (id int); notify pgrst"); fault.CodeOf(err) != "42601" {
		t.Error(explain(err)) // one statement at a time, here too
	}
	for _, sql := range []string{"create table told (id int)", "notify pgrst"} {
		if err := exec(ctx, d, &db.Owner, sql); err != nil {
			t.Fatal(explain(err))
		}
	}
	until(t, "the schema is read anew", func() bool { return d.Catalog().Schemas["public"].Tables["told"] != nil })
}

func TestPoolerWords(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]struct {
		pooler, behind bool
		server         string
	}{
		"pooler=transaction":               {true, true, "db.invalid"},
		"pgbouncer=true":                   {true, true, "db.invalid"},
		"pooler=none":                      {false, false, "db.invalid"},
		"pooler=none&port=6543":            {false, false, "db.invalid"},
		"port=6543":                        {true, true, "db.invalid"},
		"pooler=transaction&direct=own:99": {true, false, "own"},
	} {
		d := &Driver{cfg: Config{URL: "postgres://u:p@db.invalid/x?" + words}}
		if err := d.configure(t.Context()); err != nil {
			t.Fatalf("%s: %v", words, err)
		}
		if d.cfg.Pooler != want.pooler || d.behind != want.behind || d.server.Host != want.server || d.server.User != "u" {
			t.Errorf("%s: pooler %v, behind %v, server %s", words, d.cfg.Pooler, d.behind, d.server.Host)
		}
		for _, c := range []map[string]string{d.login.RuntimeParams, d.server.RuntimeParams} {
			if c["pooler"]+c["pgbouncer"]+c["direct"] != "" {
				t.Errorf("%s: the server is told %v", words, c)
			}
		}
	}
	for _, words := range []string{"pooler=maybe", "direct=nowhere"} {
		d := &Driver{cfg: Config{URL: "postgres://u@db.invalid/x?" + words}}
		if err := d.configure(t.Context()); fault.CodeOf(err) != "08001" {
			t.Errorf("%s: %v", words, err)
		}
	}
}
