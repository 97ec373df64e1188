package ledger_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/realtime"
	"github.com/plinth-dev/plinth/internal/realtime/ledger"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

// world is a database with the ledger's tables.
type world struct {
	*testing.T
	db *db.DB
}

func both(t *testing.T, test func(w *world)) {
	t.Parallel()
	open := func(t *testing.T, drv db.Driver, err error) {
		if err != nil {
			t.Fatal(err)
		}
		w := &world{t, db.New(drv)}
		t.Cleanup(func() { _ = w.db.Close() })
		w.exec("create schema if not exists plinth;" + realtime.Schema3)
		test(w)
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		drv, err := sqlite.Open(t.Context(), sqlite.Config{Dir: t.TempDir()})
		open(t, drv, err)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		srv, err := pgserver.Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = srv.Stop() })
		drv, err := postgres.Open(t.Context(), postgres.Config{URL: srv.URL, Conns: 4})
		open(t, drv, err)
	})
}

func (w *world) exec(sql string) {
	w.Helper()
	if _, err := w.db.Script(w.Context(), db.Script{File: "test.sql", SQL: sql}); err != nil {
		w.Fatal(err)
	}
}

// run is one run of a server, whose clients are where told says.
func (w *world) run(most int, here uint64, told map[string]uint64) *ledger.Ledger {
	return ledger.New(ledger.Config{
		DB: w.db, Log: slog.New(slog.DiscardHandler), Most: most, Window: time.Hour,
		Told: func(f func(string, db.Position)) db.Position {
			for id, seq := range told {
				at := db.Position{}
				if seq > 0 {
					at = pos(seq)
				}
				f(id, at)
			}
			return pos(here)
		},
	})
}

func pos(seq uint64) db.Position { return db.Position{Epoch: 7, Seq: seq} }

func (w *world) write(l *ledger.Ledger) {
	w.Helper()
	if err := l.Checkpoint(context.Background()); err != nil {
		w.Fatal(err)
	}
	if n := l.Pending(); n > 0 {
		w.Errorf("%d notes are left", n)
	}
}

func (w *world) find(l *ledger.Ledger, id string, want ledger.Row, there bool) {
	w.Helper()
	r, ok, err := l.Find(w.Context(), id, "the topic")
	if err != nil || r != want || ok != there {
		w.Errorf("%s: %+v, %t, %v; want %+v, %t", id, r, ok, err, want, there)
	}
}

// The next run finds where clients were: who left, who was there, and who was behind.
func TestNextRunFinds(t *testing.T) {
	both(t, func(w *world) {
		told := map[string]uint64{"there": 0, "behind": 30, "later": 20}
		a := w.run(100, 40, told)
		for _, id := range []string{"there", "behind", "later", "gone", "left"} {
			a.Put(id, ledger.Row{Open: true})
		}
		a.Put("gone", ledger.Row{Told: pos(35)})
		w.find(a, "gone", ledger.Row{Told: pos(35)}, true)
		w.find(a, "there", ledger.Row{}, false) // it is here
		w.write(a)
		told["later"] = 0 // it has taken everything
		a.Drop("left")
		w.write(a)
		w.find(a, "there", ledger.Row{}, false)
		b := w.run(100, 50, nil)
		w.find(b, "there", ledger.Row{Open: true, Told: pos(40)}, true)
		w.find(b, "later", ledger.Row{Open: true, Told: pos(40)}, true)
		w.find(b, "behind", ledger.Row{Open: true, Told: pos(30)}, true)
		w.find(b, "gone", ledger.Row{Told: pos(35)}, true)
		w.find(b, "left", ledger.Row{}, false)
		w.find(b, "new", ledger.Row{}, false)

		b.Put("gone", ledger.Row{Open: true}) // it is at b now
		w.write(b)
		a.Put("gone", ledger.Row{Told: pos(99)}) // which a does not take back
		a.Put("the topic", ledger.Row{Open: true, Lost: true})
		w.write(a)
		c := w.run(100, 60, nil)
		w.find(c, "gone", ledger.Row{Open: true, Told: pos(50)}, true)
		w.find(c, "there", ledger.Row{Open: true, Told: pos(40), Lost: true}, true) // clients talked there
		w.exec(`update plinth.realtime_feeds set at = now() - interval '2 hours'`)
		w.find(c, "there", ledger.Row{Open: true, Lost: true}, true) // too long ago to say up to where
	})
}

// Rows are removed after a day, and the oldest where there are too many.
func TestRowsAreBounded(t *testing.T) {
	both(t, func(w *world) {
		a := w.run(1000, 5, nil)
		a.Put("old", ledger.Row{Told: pos(1)})
		a.Put("dead", ledger.Row{Open: true})
		w.write(a)
		w.exec(`update plinth.realtime_sessions set at = now() - interval '25 hours';
			update plinth.realtime_feeds set at = now() - interval '25 hours'`)
		b := w.run(4, 5, map[string]uint64{"there": 0})
		b.Put("there", ledger.Row{Open: true})
		b.Put("gone", ledger.Row{Told: pos(2)})
		w.write(b) // more than a quarter of what may be is new
		rows, err := w.db.Query(w.Context(), db.Owner, `select string_agg(id, ' ' order by id), (select count(*) from plinth.realtime_feeds) from plinth.realtime_sessions`)
		if err != nil {
			w.Fatal(err)
		}
		rows.Next()
		if ids, feeds := rows.Value(0).S, rows.Value(1).I; ids != "gone there" || feeds != 1 {
			w.Errorf("%q and %d feeds are left", ids, feeds)
		}
		rows.Close()
		w.exec(`update plinth.realtime_sessions set at = now() - interval '1 minute'`)
		for _, id := range []string{"a", "b", "c", "d"} {
			b.Put(id, ledger.Row{Told: pos(3)})
		}
		w.write(b)
		w.find(w.run(4, 5, nil), "gone", ledger.Row{}, false)
		w.find(w.run(4, 5, nil), "d", ledger.Row{Told: pos(3)}, true)
	})
}
