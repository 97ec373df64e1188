package dbtest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

var writes = []contract{
	{"What Write acknowledged is there", func(f *fixture) {
		f.ok(f.write(user(ann), `insert into notes (id, owner, body) values (1, '`+ann+`', 'a')`))
		f.equal(f.rows(db.Owner, `select id, body, stars from notes`), `1,"a",1`)
	}},
	{"A transaction sees its own writes", func(f *fixture) {
		_, err := f.Write(f.ctx, db.Owner, func(tx *db.Tx) error {
			n, err := tx.Exec(f.ctx, `insert into parents (id) values (1), (2)`)
			if err != nil || n != 2 {
				return fmt.Errorf("%d rows inserted, %w", n, err)
			}
			f.equal(f.inTx(tx, `select count(*) from parents`), `2`)
			f.equal(f.inTx(tx, `update parents set name = 'x' where id = 2 returning id, name`), `2,"x"`)
			return nil
		})
		f.ok(err)
	}},
	{"An error of the func takes everything back", func(f *fixture) {
		mine := errors.New("mine")
		_, err := f.Write(f.ctx, db.Owner, func(tx *db.Tx) error {
			if _, err := tx.Exec(f.ctx, `insert into parents (id) values (1)`); err != nil {
				return err
			}
			return mine
		})
		if !errors.Is(err, mine) {
			f.Errorf("err = %v", err)
		}
		f.equal(f.rows(db.Owner, `select count(*) from parents`), `0`)
	}},
	{"ErrRollback takes everything back and counts as success", func(f *fixture) {
		_, err := f.Write(f.ctx, db.Owner, func(tx *db.Tx) error {
			if _, err := tx.Exec(f.ctx, `insert into parents (id) values (1)`); err != nil {
				return err
			}
			return db.ErrRollback
		})
		f.ok(err)
		f.equal(f.rows(db.Owner, `select count(*) from parents`), `0`)
	}},
	{"ErrDryRun takes everything back, and fails where a commit would have", func(f *fixture) {
		for parent, code := range map[string]string{"1": "", "2": "23503"} {
			_, err := f.Write(f.ctx, db.Owner, func(tx *db.Tx) error {
				if _, err := tx.Exec(f.ctx, `insert into notes (id, body, parent) values (1, 'x', `+parent+`)`); err != nil {
					return err
				}
				if _, err := tx.Exec(f.ctx, `insert into parents (id) values (1)`); err != nil {
					return err
				}
				return db.ErrDryRun
			})
			f.code(err, code)
			f.equal(f.rows(db.Owner, `select count(*) from parents`), `0`)
		}
	}},
	{"After an error a transaction takes no more statements and is taken back", func(f *fixture) {
		_, err := f.Write(f.ctx, db.Owner, func(tx *db.Tx) error {
			_, err := tx.Exec(f.ctx, `insert into parents (id) values (1), (2), (1)`)
			f.code(err, "23505")
			_, err = tx.Exec(f.ctx, `select 1`)
			f.code(err, "25P02")
			return nil
		})
		f.code(err, "23505")
		f.equal(f.rows(db.Owner, `select count(*) from parents`), `0`)
	}},
	{"Try takes back what failed, and the transaction goes on", func(f *fixture) {
		_, err := f.Write(f.ctx, db.Owner, func(tx *db.Tx) error {
			f.ok(tx.Try(f.ctx, func() error {
				_, err := tx.Exec(f.ctx, `insert into parents (id) values (1)`)
				return err
			}))
			err := tx.Try(f.ctx, func() error {
				if _, err := tx.Exec(f.ctx, `insert into parents (id) values (2)`); err != nil {
					return err
				}
				_, err := tx.Exec(f.ctx, `insert into parents (id) values (1)`)
				return err
			})
			if fault.CodeOf(err) != "23505" {
				f.Errorf("Try: err = %v, want 23505", err)
			}
			_, err = tx.As(user(ann)).Exec(f.ctx, `insert into notes (id, owner, body) values (1, '`+ann+`', 'a')`)
			return err
		})
		f.ok(err)
		f.equal(f.rows(db.Owner, `select id from parents order by id`), `1`)
		f.equal(f.rows(db.Owner, `select id from notes`), `1`)
	}},
	{"As lets another actor work in the same transaction", func(f *fixture) {
		_, err := f.Write(f.ctx, user(ann), func(tx *db.Tx) error {
			if _, err := tx.Exec(f.ctx, `insert into notes (id, owner, body) values (1, $1, 'a')`, ann); err != nil {
				return err
			}
			f.equal(f.inTx(tx.As(user(bob)), `select count(*) from notes`), `0`)
			f.equal(f.inTx(tx.As(db.Owner), `select count(*) from notes`), `1`)
			return nil
		})
		f.ok(err)
	}},
	{"A policy refuses the row of a stranger", func(f *fixture) {
		f.code(f.write(user(bob), `insert into notes (id, owner, body) values (1, '`+ann+`', 'a')`), "42501")
	}},
	{"Constraints are faults with Postgres' codes and names", func(f *fixture) {
		f.must(`insert into parents (id) values (1)`)
		for sql, want := range map[string]string{
			`insert into parents (id) values (1)`:                                "23505 parents_pkey",
			`insert into notes (id, body, stars) values (1, 'a', -1)`:            "23514 notes_stars_check",
			`insert into notes (id, body, parent) values (1, 'a', 99)`:           "23503 notes_parent_fkey",
			`insert into notes (id) values (1)`:                                  "23502 ",
			`insert into notes (id, body, stars) values (1, 'a', 1000000000000)`: "22003 ",
			`insert into nowhere values (1)`:                                     "42P01 ",
		} {
			e := fault.From(f.write(db.Owner, sql))
			if e == nil {
				f.Errorf("%s passed", sql)
				continue
			}
			f.equal(e.Code+" "+e.Constraint, want)
		}
	}},
	{"A deferred foreign key is looked at when the transaction ends", func(f *fixture) {
		f.must(`insert into notes (id, body, parent) values (1, 'a', 7)`, `insert into parents (id) values (7)`)
		f.code(f.write(db.Owner, `insert into notes (id, body, parent) values (2, 'a', 8)`), "23503")
		f.equal(f.rows(db.Owner, `select id from notes`), `1`)
	}},
	{"Writers beside each other succeed and fail each on its own", func(f *fixture) {
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				sql := fmt.Sprintf(`insert into notes (id, body, parent) values (%d, 'a', null)`, i)
				want := ""
				switch i % 4 {
				case 1:
					sql, want = fmt.Sprintf(`insert into notes (id, body, parent) values (%d, 'a', 99)`, i), "23503"
				case 2:
					sql, want = fmt.Sprintf(`insert into notes (id, body) values (%d, null)`, i), "23502"
				}
				if got := fault.CodeOf(f.write(db.Owner, sql)); got != want {
					f.Errorf("%s: %q, want %q", sql, got, want)
				}
			})
		}
		wg.Wait()
		f.equal(f.rows(db.Owner, `select count(*) from notes`), `20`)
	}},
	{"Setting returns what set_config set in the transaction", func(f *fixture) {
		_, err := f.Write(f.ctx, db.Owner, func(tx *db.Tx) error {
			f.equal(tx.Setting("response.status"), "")
			f.equal(f.inTx(tx, `select set_config('response.status', '418', true)`), `"418"`)
			f.equal(tx.Setting("response.status"), "418")
			f.equal(f.inTx(tx, `select current_setting('response.status', true)`), `"418"`)
			return nil
		})
		f.ok(err)
	}},
	{"A write whose context has ended is not run", func(f *fixture) {
		ctx, cancel := context.WithCancel(f.ctx)
		cancel()
		_, err := f.Write(ctx, db.Owner, func(*db.Tx) error {
			f.Error("it ran")
			return nil
		})
		f.code(err, "57014")
	}},
	{"A panic in the func takes everything back and spoils nothing", func(f *fixture) {
		_, err := f.Write(f.ctx, db.Owner, func(tx *db.Tx) error {
			if _, err := tx.Exec(f.ctx, `insert into parents (id) values (1)`); err != nil {
				return err
			}
			panic("bug")
		})
		f.code(err, "XX000")
		f.must(`insert into parents (id) values (2)`)
		f.equal(f.rows(db.Owner, `select id from parents`), `2`)
	}},
	{"now() stands still within a transaction", func(f *fixture) {
		_, err := f.Write(f.ctx, db.Owner, func(tx *db.Tx) error {
			f.equal(f.inTx(tx, `select now()`), f.inTx(tx, `select now()`))
			return nil
		})
		f.ok(err)
	}},
}
