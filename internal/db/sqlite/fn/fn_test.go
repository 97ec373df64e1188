package fn_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/db/sqlite/fn"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

func open(t *testing.T) (*lite.Conn, *fn.Set, *fn.State) {
	t.Helper()
	c, err := lite.Open(lite.Config{Path: filepath.Join(t.TempDir(), "db"), Mode: lite.ReadWrite})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	st := &fn.State{Env: &builtin.Env{}}
	set, err := fn.NewSet(c, st)
	if err != nil {
		t.Fatal(err)
	}
	return c, set, st
}

// one runs a query and returns its only value as text.
func one(c *lite.Conn, sql string) (string, error) {
	st, err := c.Prepare(sql)
	if err != nil {
		return "", err
	}
	defer st.Release()
	if _, err := st.Step(); err != nil {
		return "", err
	}
	return st.ColumnString(0), nil
}

// An error inside a function comes out as it went in.
func TestFault(t *testing.T) {
	t.Parallel()
	c, set, st := open(t)
	need := fn.Cast(value.TText, value.TInt4, value.Explicit)
	if err := errors.Join(set.Ensure([]fn.Need{need}), set.Ensure([]fn.Need{need})); err != nil {
		t.Fatal(err)
	}
	if got, err := one(c, "select "+need.Name+"('12') + 1"); got != "13" || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	_, err := one(c, "select "+need.Name+"('x')")
	if f := fault.From(err); f.Code != "22P02" || f.Message != `invalid input syntax for type integer: "x"` {
		t.Errorf("got %v", f)
	}
	st.Raised = []error{fault.SQL("22012", "division by zero")}
	if _, err := one(c, "select "+fn.RaiseName+"(0)"); fault.CodeOf(err) != "22012" {
		t.Errorf("got %v", err)
	}
	if got, err := one(c, "select case when 0 then "+fn.RaiseName+"(0) else 7 end"); got != "7" || err != nil {
		t.Errorf("raised though not reached: %v", err)
	}
}

// A scalar subquery takes one row, of any storage class, and refuses two.
func TestSingle(t *testing.T) {
	t.Parallel()
	c, _, _ := open(t)
	for in, want := range map[string]string{"1": "1", "'a'": "a", "1.5": "1.5", "null": "", "x'6162'": "ab"} {
		if got, err := one(c, "select "+fn.SingleName+"(v) from (select "+in+" as v)"); got != want || err != nil {
			t.Errorf("%s: got %q, %v", in, got, err)
		}
	}
	if _, err := one(c, "select "+fn.SingleName+"(v) from (select 1 as v union all select 2)"); fault.CodeOf(err) != "21000" {
		t.Errorf("got %v", err)
	}
}

// Collations order the storage forms as Postgres orders the type.
func TestCollation(t *testing.T) {
	t.Parallel()
	c, set, _ := open(t)
	for _, k := range []struct {
		t      *value.Type
		values string
		out    string
	}{
		{value.TNumeric, "('10'),('9.5'),('-1')", "-1,9.5,10"},
		{value.TInterval, "('1 mon'),('29 days'),('31 days')", "29 days,1 mon,31 days"},
		{value.ArrayOf(value.TInt4), "('[10]'),('[9,1]'),('[9]')", "[9],[9,1],[10]"},
		{value.TJSONB, "('2'),('10'),('\"a\"')", "\"a\",2,10"},
	} {
		need := fn.Collation(k.t)
		if err := set.Ensure([]fn.Need{need}); err != nil {
			t.Fatal(err)
		}
		got, err := one(c, "select group_concat(column1, ',' order by column1 collate "+need.Name+") from (values "+k.values+")")
		if got != k.out || err != nil {
			t.Errorf("%s: got %s, want %s, %v", need.Name, got, k.out, err)
		}
	}
}
