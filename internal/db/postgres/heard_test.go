package postgres

import (
	"fmt"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres/relay"
)

// BenchmarkHeardChange is what a change costs a node that hears it from another one: a
// message is taken and its rows are read.
func BenchmarkHeardChange(b *testing.B) {
	for _, n := range []int{1, 10, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			heard := relay.New()
			defer heard.Follow(relay.Always)()
			d := openSlot(b, Config{URL: database(b), Tell: func(msg []byte) { _ = heard.Hear(msg) }})
			script(b, d, `create table events (id bigint generated always as identity primary key, n bigint, body text, at timestamptz default now())`)
			at := here(b, d)
			if err := exec(b.Context(), d, &db.Owner, `insert into events (n, body) select i, repeat('x', 60) from generate_series(1, $1::int) i`, n); err != nil {
				b.Fatal(explain(err))
			}
			var rows []relay.Row
			for len(rows) < n {
				<-heard.Wait()
				rows, _ = heard.After(at, n)
			}
			msg := (&relay.Batch{Token: 1, Epoch: at.Epoch, Prev: at.Seq, Last: at.Seq + uint64(n), Stamp: rows[0].Stamp, Rows: rows}).Append(nil)
			b.SetBytes(int64(len(msg)))
			b.ReportAllocs()
			for b.Loop() {
				feed := relay.New()
				stop := feed.Follow(relay.Always)
				feed.Reached(at, 0)
				_ = feed.Hear(msg)
				rows, ok := feed.After(at, n)
				for i := range rows {
					_, read := d.change(b.Context(), &rows[i])
					ok = ok && read
				}
				if !ok || len(rows) != n {
					b.Fatal("the changes were not read")
				}
				stop()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/change")
		})
	}
}
