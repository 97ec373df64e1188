package lite

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

func open(t testing.TB) *Conn {
	t.Helper()
	c, err := Open(Config{Path: filepath.Join(t.TempDir(), "t.db"), Mode: ReadWrite, Statements: 4,
		Pragmas: []string{"journal_mode=wal", "foreign_keys=on"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// one returns the first column of a query's first row as text.
func one(t testing.TB, c *Conn, sql string) string {
	t.Helper()
	st, err := c.Prepare(sql)
	must(t, err)
	defer st.Release()
	row, err := st.Step()
	must(t, err)
	if !row || st.ColumnNull(0) {
		return "<null>"
	}
	return st.ColumnString(0)
}

func TestValuesSurviveTheWay(t *testing.T) {
	t.Parallel()
	c := open(t)
	must(t, c.Exec(`create table t(a, b, c, d, e); -- a comment`))
	long := strings.Repeat("ü", 5000)
	st, err := c.Prepare(`insert into t values (?1, ?2, ?3, ?4, ?5)`)
	must(t, err)
	for range 3 { // the arena grows on the way
		st.BindInt(1, -1<<63)
		st.BindFloat(2, 1.5)
		st.BindText(3, long)
		st.BindBlob(4, []byte{0, 1, 255})
		st.BindNull(5)
		must(t, st.Run())
	}
	st.Release()
	st, err = c.Prepare(`select a, b, c, d, e, '' as empty from t`)
	must(t, err)
	defer st.Release()
	row, err := st.Step()
	if !row || err != nil {
		t.Fatalf("Step = %v, %v", row, err)
	}
	if st.ColumnInt(0) != -1<<63 || st.ColumnFloat(1) != 1.5 || st.ColumnString(2) != long ||
		!bytes.Equal(st.ColumnBlob(3), []byte{0, 1, 255}) || !st.ColumnNull(4) || st.ColumnText(4) != nil {
		t.Errorf("a value changed")
	}
	if e := st.ColumnText(5); e == nil || len(e) != 0 {
		t.Errorf("the empty text = %v", e)
	}
	if st.Columns() != 6 || st.ColumnName(5) != "empty" || !st.ReadOnly() {
		t.Errorf("columns = %d, %q", st.Columns(), st.ColumnName(5))
	}
}

func TestStatementInUseIsNotEvicted(t *testing.T) {
	t.Parallel()
	c := open(t)
	first, err := c.Prepare("select 'first'")
	must(t, err)
	if row, err := first.Step(); !row {
		t.Fatal(err)
	}
	for i := range 20 {
		one(t, c, fmt.Sprintf("select %d", i))
	}
	if len(c.cache.idle) != 4 {
		t.Errorf("%d idle statements, want 4", len(c.cache.idle))
	}
	if got := first.ColumnString(0); got != "first" {
		t.Errorf("first = %q", got)
	}
	second, err := c.Prepare("select 'first'")
	must(t, err)
	if second == first {
		t.Error("a statement in use was given out again")
	}
	first.Release()
	second.Release()
	second.Release()
	if n := c.ReleaseAll(); n != 0 {
		t.Errorf("%d statements still in use", n)
	}
	again, err := c.Prepare("select 'first'")
	must(t, err)
	if again != first {
		t.Error("the idle statement was not used")
	}
	again.Release()
}

func TestErrorsCarryTheExtendedCode(t *testing.T) {
	t.Parallel()
	c := open(t)
	must(t, c.Exec(`create table p(id integer primary key); create table t(a text unique, p references p deferrable initially deferred)`))
	must(t, c.Exec(`insert into t(a) values ('x')`))
	var e *Error
	if err := c.Exec(`insert into t(a) values ('x')`); !errors.As(err, &e) || e.Code != ConstraintUnique {
		t.Errorf("err = %v", err)
	}
	if _, err := c.Prepare(`select nix from t`); !errors.As(err, &e) || e.Code != Failed || e.Offset != 7 {
		t.Errorf("err = %+v", e)
	}
	if _, err := c.Prepare(`select "nix" from t`); !errors.As(err, &e) || e.Code != Failed {
		t.Errorf("an unknown quoted name: %v", err)
	}
	if _, err := c.Prepare(`select 1; select 2`); !errors.As(err, &e) || e.Code != Misuse {
		t.Errorf("err = %v", err)
	}
	must(t, c.Exec(`begin`))
	must(t, c.Exec(`insert into t(p) values (7)`))
	if !c.DeferredFKs() || c.Autocommit() {
		t.Error("DeferredFKs does not see the missing parent")
	}
	must(t, c.Exec(`insert into p values (7)`))
	if c.DeferredFKs() {
		t.Error("DeferredFKs sees a resolved key")
	}
	must(t, c.Exec(`commit`))
}

type sum struct{ n int64 }

func (s *sum) Step(_ Result, a Args)    { s.n += a.Int(0) }
func (s *sum) Inverse(_ Result, a Args) { s.n -= a.Int(0) }
func (s *sum) Value(r Result)           { r.Int(s.n) }

var errDomain = errors.New("out of domain")

func functions(t testing.TB, c *Conn) {
	must(t, c.CreateFunction("shout", 1, true, func(r Result, a Args) {
		r.TextBytes(bytes.ToUpper(a.Text(0)))
	}))
	must(t, c.CreateFunction("root", 1, true, func(r Result, a Args) {
		switch {
		case a.Null(0):
		case a.Int(0) < 0:
			r.Error(errDomain)
		case a.Int(0) == 13:
			panic("unlucky")
		default:
			r.Arg(a, 0)
		}
	}))
	must(t, c.CreateAggregate("sum2", 1, true, func() Aggregate { return &sum{} }))
	must(t, c.CreateCollation("backwards", func(a, b []byte) int { return bytes.Compare(b, a) }))
}

func TestFunctionsInGo(t *testing.T) {
	t.Parallel()
	c := open(t)
	functions(t, c)
	must(t, c.Exec(`create table n(i integer, s text); insert into n values (1,'a'),(2,'b'),(3,'c')`))
	for sql, want := range map[string]string{
		`select shout('abc' || 'd')`:    "ABCD",
		`select shout('')`:              "",
		`select root(null)`:             "<null>",
		`select root(9)`:                "9",
		`select sum2(i) from n`:         "6",
		`select sum2(i) from n where 0`: "0",
		`select group_concat(s, '') from (select s from n order by s collate backwards)`:                                             "cba",
		`select group_concat(x) from (select sum2(i) over (order by i) x from n)`:                                                    "1,3,6",
		`select group_concat(x) from (select sum2(i) over (order by i rows between 1 preceding and current row) x from n)`:           "1,3,5",
		`select group_concat(x) from (select sum2(i) filter (where i > 1) || '/' || sum2(i) x from n group by i % 2 order by i % 2)`: "2/2,3/4",
	} {
		if got := one(t, c, sql); got != want {
			t.Errorf("%s = %q, want %q", sql, got, want)
		}
	}
	if len(c.free) != len(c.aggs) {
		t.Errorf("%d of %d aggregates still held", len(c.aggs)-len(c.free), len(c.aggs))
	}
	for _, sql := range []string{`select root(-1)`, `select sum2(root(-i)) from n`} {
		st, err := c.Prepare(sql)
		if err == nil {
			_, err = st.Step()
			st.Release()
		}
		if !errors.Is(err, errDomain) {
			t.Errorf("%s: err = %v", sql, err)
		}
	}
	st, err := c.Prepare(`select root(?1)`)
	must(t, err)
	defer st.Release()
	st.BindInt(1, 13)
	if _, err := st.Step(); err == nil || !strings.Contains(err.Error(), "unlucky") {
		t.Errorf("a panic became %v", err)
	}
	if got := one(t, c, `select 1`); got != "1" || c.callErr != nil {
		t.Error("the connection is spoilt after a panic")
	}
}

func TestWatchInterruptsALongStatement(t *testing.T) {
	t.Parallel()
	c := open(t)
	done := make(chan struct{})
	must(t, c.CreateFunction("ring", 0, false, func(Result, Args) { close(done) }))
	c.Watch(done)
	var e *Error
	err := c.Exec(`select ring(); with recursive c(x) as (select 1 union all select x+1 from c) select count(*) from c`)
	if !errors.As(err, &e) || e.Code != Interrupted {
		t.Fatalf("err = %v", err)
	}
	c.Watch(nil)
	if got := one(t, c, `with recursive c(x) as (select 1 union all select x+1 from c where x < 9999) select count(*) from c`); got != "9999" {
		t.Errorf("after Watch(nil): %s", got)
	}
}

func TestReadOnlyRefusesWrites(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.db")
	if _, err := Open(Config{Path: path}); err == nil {
		t.Error("a reader made the file")
	}
	w, err := Open(Config{Path: path, Mode: ReadWrite})
	must(t, err)
	defer w.Close()
	must(t, w.Exec(`create table t(a)`))
	r, err := Open(Config{Path: path})
	must(t, err)
	defer r.Close()
	var e *Error
	if err := r.Exec(`insert into t values (1)`); !errors.As(err, &e) || e.Code.Primary() != ReadOnlyDB {
		t.Errorf("err = %v", err)
	}
}
