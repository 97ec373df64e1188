package postgres

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
)

func benchDriver(b *testing.B) (*Driver, *db.Session) {
	d := open(b, Config{Conns: 16})
	script(b, d, `create table posts (id int primary key, owner uuid, title text, body text, stars int default 3, price numeric default 12.50,
		at timestamptz default '2026-01-02 03:04:05.678Z', tags text[] default '{a,b}', meta jsonb default '{"a": 1}', public bool default true);
		alter table posts enable row level security;
		create policy own on posts to authenticated using (owner = (select auth.uid()));
		insert into posts select i, '0a000000-0000-4000-8000-000000000001', 'title ' || i, repeat('x', 80) from generate_series(1, 1000) i;`)
	return d, &db.Session{Role: "authenticated", Claims: `{"sub":"0a000000-0000-4000-8000-000000000001","role":"authenticated"}`,
		Settings: map[string]string{"request.method": "GET", "request.path": "/rest/v1/posts", "request.headers": "{}"}}
}

func benchQuery(b *testing.B, sql string, parallel bool, args ...any) {
	d, s := benchDriver(b)
	ctx := context.Background()
	run := func(buf []byte) []byte {
		cur, err := d.Query(ctx, s, sql, args)
		if err != nil {
			b.Fatal(explain(err))
		}
		for buf = buf[:0]; cur.Next(); {
			for i := range cur.Columns() {
				buf = cur.AppendJSON(buf, i)
			}
		}
		if err := cur.Err(); err != nil {
			b.Fatal(err)
		}
		cur.Close()
		return buf
	}
	b.ReportAllocs()
	b.ResetTimer()
	if parallel {
		b.RunParallel(func(pb *testing.PB) {
			var buf []byte
			for pb.Next() {
				buf = run(buf)
			}
		})
		return
	}
	var buf []byte
	for b.Loop() {
		buf = run(buf)
	}
}

func BenchmarkOneRow(b *testing.B) {
	benchQuery(b, `select * from posts where id = $1`, false, "500")
}

func BenchmarkOneRowParallel(b *testing.B) {
	benchQuery(b, `select * from posts where id = $1`, true, "500")
}

func BenchmarkFiftyRows(b *testing.B) {
	benchQuery(b, `select * from posts order by id limit 50`, false)
}

func BenchmarkInsert(b *testing.B) {
	d, s := benchDriver(b)
	script(b, d, `create table events (id bigint generated always as identity primary key, body text); grant all on events to authenticated`)
	ctx := context.Background()
	for b.Loop() {
		if err := exec(ctx, d, s, `insert into events (body) values ($1)`, "x"); err != nil {
			b.Fatal(explain(err))
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	d := open(b, Config{})
	for b.Loop() {
		o, err := Open(context.Background(), Config{URL: d.cfg.URL})
		if err != nil {
			b.Fatal(err)
		}
		o.Close()
	}
}

// BenchmarkChanges writes rows in one transaction and reads their changes: commit,
// numbering and all.
func BenchmarkChanges(b *testing.B) {
	for _, source := range []struct {
		name string
		open func(testing.TB, Config) *Driver
	}{{"replication", openSlot}, {"triggers", open}} {
		for _, rows := range []int{1, 100} {
			b.Run(fmt.Sprintf("%s/%d", source.name, rows), func(b *testing.B) {
				// What is not on disk is not replicated, and the tests' server does not hurry.
				url := database(b)
				_, name, _ := strings.Cut(url, "dbname=")
				admin(b, "alter database "+strings.Fields(name)[0]+" set synchronous_commit = on")
				d := source.open(b, Config{URL: url})
				script(b, d, `create table events (id bigint generated always as identity primary key, body text, at timestamptz default now())`)
				next, stop := iter.Pull2(d.Changes(b.Context(), here(b, d)))
				defer stop()
				b.ReportAllocs()
				for b.Loop() {
					if err := exec(b.Context(), d, &db.Owner, `insert into events (body) select 'row ' || i from generate_series(1, $1::int) i`, rows); err != nil {
						b.Fatal(explain(err))
					}
					for range rows {
						if _, err, ok := next(); err != nil || !ok {
							b.Fatal(err)
						}
					}
				}
			})
		}
	}
}

// BenchmarkRenew is the question that goes with every batch of changes: whether the schema
// is still the one that is known.
func BenchmarkRenew(b *testing.B) {
	d, _ := benchDriver(b)
	for b.Loop() {
		if renewed, err := d.renew(b.Context()); err != nil || renewed {
			b.Fatal(renewed, explain(err))
		}
	}
}
