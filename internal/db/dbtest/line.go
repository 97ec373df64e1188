package dbtest

import (
	"context"
	"errors"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/turn"
)

var lines = []contract{
	{"Who has a turn is counted, and nobody stays counted", func(f *fixture) {
		reads, writes, ok := f.Lines()
		if !ok {
			f.Fatal("no lines")
		}
		inside := func(l *turn.Line, what string) {
			if l.Inside() < 1 {
				f.Errorf("nobody is inside during %s", what)
			}
		}
		const statement = `select 1`
		f.ok(f.Read(f.ctx, db.Owner, func(tx *db.Tx) error {
			_, err := tx.Exec(f.ctx, statement)
			inside(reads, "a read")
			return err
		}))
		_, err := f.Write(f.ctx, db.Owner, func(tx *db.Tx) error {
			_, err := tx.Exec(f.ctx, statement)
			inside(writes, "a write")
			return err
		})
		f.ok(err)
		rows, err := f.Query(f.ctx, db.Owner, statement)
		f.ok(err)
		inside(reads, "a query")
		f.ok(rows.Close())
		wrong := errors.New("wrong")
		if _, err := f.Write(f.ctx, db.Owner, func(*db.Tx) error { return wrong }); !errors.Is(err, wrong) {
			f.Errorf("%v", err)
		}
		f.code(f.write(db.Owner, `select 1/0`), "22012")
		gone, cancel := context.WithCancel(f.ctx)
		cancel()
		if rows, err := f.Query(gone, db.Owner, statement); err == nil { // it may have been quicker
			f.ok(rows.Close())
		}
		if turns, _ := writes.Take(); turns < 2 {
			f.Errorf("%d turns", turns)
		}
		until := time.After(10 * time.Second) // the engine's own work comes and goes
		for reads.Inside() != 0 || writes.Inside() != 0 {
			select {
			case <-until:
				f.Fatalf("%d and %d stay inside", reads.Inside(), writes.Inside())
			case <-time.After(time.Millisecond):
			}
		}
	}},
}
