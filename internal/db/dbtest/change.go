package dbtest

import (
	"context"
	"errors"
	"fmt"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/value"
)

var changes = []contract{
	{"Changes yields committed changes in order", func(f *fixture) {
		f.script(`alter table notes replica identity full`)
		from := f.here()
		f.must(`insert into notes (id, owner, body) values (1, '`+ann+`', 'a'), (2, null, 'b')`, `update notes set body = 'c' where id = 1`)
		f.must(`delete from notes where id = 1`)
		got := f.next(from, 4)
		f.equal(line(got[0]), `insert notes [1] new [1 `+ann+` a 1 ] old []`)
		f.equal(line(got[2]), `update notes [1] new [1 `+ann+` c 1 ] old [1 `+ann+` a 1 ]`)
		f.equal(line(got[3]), `delete notes [1] new [] old [1 `+ann+` c 1 ]`)
	}},
	{"An old row holds the key at least", func(f *fixture) {
		from := f.here()
		f.must(`insert into notes (id, body) values (1, 'a')`, `update notes set body = 'b'`, `update notes set id = 2`, `delete from notes`)
		for i, want := range []int64{0, 1, 1, 2} {
			if c := f.next(from, 4)[i]; want > 0 && c.Old[0].I != want {
				f.Errorf("change %d has the old row %v", i, c.Old)
			}
		}
	}},
	{"Seq is dense and Last ends each transaction", func(f *fixture) {
		from := f.here()
		f.must(`insert into parents (id) values (1)`, `insert into parents (id) values (2)`)
		_ = f.write(db.Owner, `insert into parents (id) values (3)`, `insert into parents (id) values (1)`)
		f.must(`insert into parents (id) values (4)`)
		got := f.next(from, 3)
		for i, c := range got {
			if c.Epoch != from.Epoch || c.Seq != from.Seq+uint64(i)+1 {
				f.Errorf("change %d is at %+v, from %+v", i, c.Position, from)
			}
		}
		if got[0].Last || !got[1].Last || !got[2].Last || got[0].Tx != got[1].Tx || got[1].Tx == got[2].Tx {
			f.Errorf("transactions: %v", got)
		}
	}},
	{"Forget drops the changes up to a position, and numbers go on", func(f *fixture) {
		from := f.here()
		f.must(`insert into parents (id) values (11)`, `insert into parents (id) values (12)`)
		f.next(from, 2)
		upTo := f.here()
		f.must(`insert into parents (id) values (13)`)
		f.next(upTo, 1)
		if err := f.Forget(f.ctx, upTo); err != nil {
			f.Fatal(err)
		}
		if c := f.next(upTo, 1)[0]; c.Key[0].I != 13 || c.Seq != upTo.Seq+1 {
			f.Errorf("after it %+v", c)
		}
		for _, err := range f.Changes(f.ctx, from) {
			if !errors.Is(err, db.ErrGap) {
				f.Errorf("before it %v, want a gap", err)
			}
			break
		}
	}},
	{"Changes waits for more", func(f *fixture) {
		from := f.here()
		got := make(chan db.Change, 1)
		go func() {
			for c, err := range f.Changes(f.ctx, from) {
				if err == nil {
					got <- c
				}
				return
			}
		}()
		f.must(`insert into parents (id) values (9)`)
		if c := <-got; c.Key[0].I != 9 {
			f.Errorf("change = %+v", c)
		}
	}},
	{"Changes ends with its context", func(f *fixture) {
		ctx, cancel := context.WithCancel(f.ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range f.Changes(ctx, f.here()) {
			}
		}()
		cancel()
		<-done
	}},
	{"Cascades are changes too", func(f *fixture) {
		f.script(`create table kids (id int primary key, p bigint references parents (id) on delete cascade)`)
		f.must(`insert into parents (id) values (1)`, `insert into kids values (5, 1)`)
		from := f.here()
		f.must(`delete from parents where id = 1`)
		seen := map[string]bool{}
		for _, c := range f.next(from, 2) {
			seen[c.Table.Name] = c.Op == db.Delete
		}
		if !seen["kids"] || !seen["parents"] {
			f.Errorf("deleted: %v", seen)
		}
	}},
	{"Write returns the position of its last change", func(f *fixture) {
		mark, err := f.Write(f.ctx, db.Owner, func(tx *db.Tx) error {
			_, err := tx.Exec(f.ctx, `insert into parents (id) values (1)`)
			return err
		})
		f.ok(err)
		if here := f.here(); here != mark {
			f.Errorf("mark %+v, position %+v", mark, here)
		}
	}},
}

func (f *fixture) here() db.Position {
	f.Helper()
	p, err := f.Position(f.ctx)
	f.ok(err)
	return p
}

// next returns n changes after from.
func (f *fixture) next(from db.Position, n int) []db.Change {
	f.Helper()
	var out []db.Change
	for c, err := range f.Changes(f.ctx, from) {
		f.ok(err)
		if out = append(out, c); len(out) == n {
			break
		}
	}
	return out
}

func line(c db.Change) string {
	op := map[db.Op]string{db.Insert: "insert", db.Update: "update", db.Delete: "delete", db.Truncate: "truncate"}[c.Op]
	return fmt.Sprintf("%s %s %s new %s old %s", op, c.Table.Name, fmt.Sprint([]int64{c.Key[0].I}), image(c, c.New), image(c, c.Old))
}

func image(c db.Change, row []value.Value) string {
	out := make([]string, len(row))
	for i, v := range row {
		out[i] = value.TextOf(c.Table.Columns[i].Type, v, nil)
	}
	return fmt.Sprint(out)
}
