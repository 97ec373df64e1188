package lite

import (
	"testing"
)

// A statement that fails by half, with no copies of what it changed, leaves nothing; where
// it broke a rule before it changed anything the others need not run again.
func TestAStatementThatFailsByHalfLeavesNothing(t *testing.T) {
	t.Parallel()
	cases := []struct {
		sql   string
		again bool
	}{
		{"insert or fail into w values (1, '{}', 1)", false},                   // it is there
		{"insert or fail into w values (50, '{}', null)", false},               // null
		{"insert or fail into w values (50, '{}', -1)", false},                 // check
		{"insert or fail into w values (50, 'no json', 1)", true},              // a function of the trigger fails, behind a row
		{"insert or fail into w values (50, '{}', 7)", true},                   // no such parent
		{"insert or fail into w values (50, '{}', 13)", true},                  // the trigger raises
		{"insert or fail into w values (50, '{}', 2), (51, 'no', 2)", true},    // in the second row
		{"insert or fail into w values (50, '{}', 2), (51, '{}', null)", true}, // likewise, by a rule
		{"insert into w values (50, '{}', 2), (51, '{}', null)", true},         // likewise, and SQLite would take back the first
		{"update or fail w set doc = 'no' where id = 1", true},
	}
	for _, tc := range cases {
		r := newRig(t, nil)
		must(t, r.w.Do(t.Context(), func(c *Conn) error {
			return c.Exec(`create table q (id integer primary key); insert into q values (1), (2), (13);
				create table w (id integer primary key, doc text, n integer not null references q check (n > 0));
				create table l (id integer, doc text);
				create trigger w_i after insert on w begin
					insert into l values (new.id, json(new.doc));
					insert into l select new.id, raise(abort, 'unlucky') where new.n = 13;
				end;
				create trigger w_u after update on w begin insert into l values (new.id, json(new.doc)); end;
				insert into w values (1, '{}', 1)`)
		}))
		runs := 0
		must(t, r.w.Alone(t.Context(), func(c *Conn) error { return c.Exec("pragma foreign_keys = on") }))
		fails := func(c *Conn) error { return c.exec(tc.sql) }
		errs := r.together(nil, func(c *Conn) error {
			runs++
			return c.exec("insert or fail into w values (2, '{}', 2)")
		}, fails)
		if errs[0] != nil || errs[1] == nil {
			t.Errorf("%s: %v", tc.sql, errs)
		}
		if again := runs > 1; again != tc.again {
			t.Errorf("%s: the other one ran %d times", tc.sql, runs)
		}
		if err := r.w.Do(t.Context(), fails); err == nil {
			t.Errorf("%s: by itself it succeeds", tc.sql)
		}
		must(t, r.w.Do(t.Context(), func(c *Conn) error {
			for table, want := range map[string]int{"w": 2, "l": 2} {
				if n, err := c.number("select count(*) from " + table); err != nil || n != want {
					t.Errorf("%s: %d rows in %s, %v, want %d", tc.sql, n, table, err, want)
				}
			}
			return nil
		}))
	}
}

// Outside of requests nobody puts back what a statement did by half but SQLite.
func TestCopiesAreKeptOutsideOfRequests(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	half := func(c *Conn) error { return c.exec("insert into w values (1), (2), (null)") }
	must(t, r.w.Alone(t.Context(), func(c *Conn) error {
		must(t, c.Exec("create table w (n integer not null); create table l (doc text); create trigger w_i after insert on w begin insert into l values (json(new.n)); end"))
		for sql, want := range map[string]bool{"insert into w values (1)": true, "insert into l values (1)": false} {
			st, err := c.Prepare(sql)
			must(t, err)
			if st.journal != want {
				t.Errorf("%s: SQLite keeps copies: %v", sql, st.journal)
			}
			st.Release()
		}
		return nil
	}))
	if err := r.w.Do(t.Context(), half); err == nil {
		t.Error("null was taken")
	}
	must(t, r.w.Alone(t.Context(), func(c *Conn) error {
		must(t, c.Exec("begin"))
		if err := half(c); err == nil {
			t.Error("null was taken")
		}
		if n, err := c.number("select count(*) from w"); n != 0 {
			t.Errorf("%d rows are left, %v", n, err)
		}
		return c.Exec("rollback")
	}))
}
