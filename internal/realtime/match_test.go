package realtime

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/value"
)

const crowded = `
create table members (room_id int not null, user_id uuid not null, primary key (room_id, user_id));
create table talk (id int primary key, room_id int, owner uuid, org text);
alter table talk enable row level security;
alter publication supabase_realtime add table talk;
grant select on talk to authenticated;
insert into members select n / 10, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid from generate_series(0, 99999) n;
`

// BenchmarkMatch finds those who see a row among 100,000 subscriptions of as many people.
func BenchmarkMatch(b *testing.B) {
	const people = 100_000
	for _, c := range []struct{ name, policy, filter string }{
		{"membership", "exists (select 1 from members m where m.room_id = talk.room_id and m.user_id = auth.uid())", ""},
		{"membership and filter", "exists (select 1 from members m where m.room_id = talk.room_id and m.user_id = auth.uid())", "room_id=eq.%d"},
		{"owner", "owner = auth.uid()", ""},
		{"tenant", "org = auth.jwt() ->> 'org'", ""},
		{"each is looked at", "owner is not distinct from auth.uid()", ""},
	} {
		b.Run(c.name, func(b *testing.B) {
			drv, err := sqlite.Open(context.Background(), sqlite.Config{Dir: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			d := db.New(drv)
			defer d.Close()
			if _, err := d.Script(context.Background(), db.Script{File: "bench.sql", SQL: crowded + "create policy p on talk using (" + c.policy + ");"}); err != nil {
				b.Fatal(err)
			}
			x := newIndex(d, slog.New(slog.DiscardHandler), Default())
			t := d.Catalog().Schemas["public"].Tables["talk"]
			before := heap()
			chans := subscribe(x, people, c.filter)
			change := func(i int) *db.Change {
				n := int64(i%200) * 7919 % people // rooms whose members are held
				return &db.Change{Table: t, Op: db.Insert, Key: []value.Value{value.Int(n)},
					New: []value.Value{value.Int(n), value.Int(n / 10), value.Str(fmt.Sprintf("00000000-0000-4000-8000-%012d", n)), value.Str(fmt.Sprintf("org%d", n%50))}}
			}
			seen := 0
			for i := range 200 {
				seen = len(x.see(context.Background(), change(i), nil, concerned))
				if c.name == "each is looked at" {
					break
				}
			}
			perSub := float64(heap()-before) / people
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if got := x.see(context.Background(), change(i), nil, concerned); len(got) != seen {
					b.Fatalf("%d groups see the row, want %d", len(got), seen)
				}
			}
			b.ReportMetric(perSub, "B/subscription")
			b.ReportMetric(float64(seen), "groups")
			runtime.KeepAlive(chans)
		})
	}
}

func subscribe(x *index, people int, filter string) []*channel {
	chans := make([]*channel, people)
	for i := range chans {
		ch := &channel{topic: "realtime:t"}
		ch.who.Store(&actor{session: db.Session{Role: "authenticated", Claims: fmt.Sprintf(`{"sub":"00000000-0000-4000-8000-%012d","org":"org%d"}`, i, i%50)}})
		s := &subscription{ch: ch, event: "INSERT"}
		s.at.Schema, s.at.Name = "public", "talk"
		if filter != "" {
			s.filter = fmt.Sprintf(filter, i/10)
			s.terms, s.bad = parseFilter(s.filter)
		}
		ch.subs = []*subscription{s}
		chans[i] = ch
		x.add(ch.subs, func(db.Position) {})
	}
	return chans
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}
