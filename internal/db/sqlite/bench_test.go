package sqlite

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
)

const benchSchema = `create table rooms (id uuid primary key default gen_random_uuid(), name text not null, owner uuid);
create table messages (
  id uuid primary key default gen_random_uuid(), room uuid references rooms (id), author uuid, body text not null,
  stars int default 0, score double precision default 1.5, seen boolean default false, meta jsonb default '{"a": 1}',
  created_at timestamptz default now(), tags text[] default '{}');
create index messages_room on messages (room);
alter table messages enable row level security;
create policy mine on messages for all using (author = (select auth.uid())) with check (author = (select auth.uid()));`

const benchUser = "0a000000-0000-4000-8000-000000000001"

func benchSession() db.Session {
	return db.Session{Role: "authenticated", Claims: `{"sub":"` + benchUser + `","role":"authenticated"}`}
}

func benchDB(b *testing.B) *db.DB {
	_, d := openDir(b, b.TempDir())
	script(b, d, benchSchema)
	exec1(b, d, `insert into rooms (id, name) select ('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid, 'room' from generate_series(1, 50) i`)
	exec1(b, d, `insert into messages (id, room, author, body) select ('10000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid,
		('00000000-0000-4000-8000-' || lpad((i % 50 + 1)::text, 12, '0'))::uuid, $1, 'some text of a message' from generate_series(1, 5000) i`, benchUser)
	return d
}

func benchRead(b *testing.B, sql, arg string, want int) {
	d := benchDB(b)
	ctx, s := context.Background(), benchSession()
	dst := make([]byte, 0, 64<<10)
	b.ReportAllocs()
	for b.Loop() {
		rows, err := d.Query(ctx, s, sql, arg)
		if err != nil {
			b.Fatal(describe(err))
		}
		n, out, cols := 0, dst, len(rows.Columns())
		for rows.Next() {
			for i := range cols {
				out = rows.AppendJSON(out, i)
			}
			n++
		}
		if err := rows.Close(); err != nil || n != want || rows.Err() != nil {
			b.Fatal(n, err, rows.Err())
		}
	}
}

func BenchmarkPointRead(b *testing.B) {
	benchRead(b, `select * from messages where id = $1`, "10000000-0000-4000-8000-000000000777", 1)
}

func BenchmarkHundredRows(b *testing.B) {
	benchRead(b, `select * from messages where room = $1`, "00000000-0000-4000-8000-000000000007", 100)
}

func BenchmarkInsert(b *testing.B) {
	for _, writers := range []int{1, 16, 128} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			d := benchDB(b)
			ctx, s := context.Background(), benchSession()
			work := make(chan struct{})
			var wg sync.WaitGroup
			for range writers {
				wg.Go(func() {
					for range work {
						_, err := d.Write(ctx, s, func(tx *db.Tx) error {
							_, err := tx.Exec(ctx, `insert into messages (room, author, body) values ($1, $2, $3)`,
								"00000000-0000-4000-8000-000000000007", benchUser, "some text of a message")
							return err
						})
						if err != nil {
							b.Error(describe(err))
						}
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
		})
	}
}

// BenchmarkFollowed is what one who follows the log costs a write, whether he wants the
// changes or only wants to know how far they go.
func BenchmarkFollowed(b *testing.B) {
	for name, wanted := range map[string]bool{"wanted": true, "passed": false} {
		b.Run(name, func(b *testing.B) {
			dir, d := openDir(b, b.TempDir())
			script(b, d, benchSchema)
			from, err := d.Position(b.Context())
			if err != nil {
				b.Fatal(describe(err))
			}
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			go func() {
				for range dir.ChangesFor(ctx, from, func() bool { return wanted }) {
				}
			}()
			b.ReportAllocs()
			for b.Loop() {
				exec1(b, d, `insert into messages (author, body) values ($1, $2)`, benchUser, "some text of a message")
			}
		})
	}
}
