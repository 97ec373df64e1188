package postgres

import (
	"context"
	"fmt"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
)

func TestUsualLimitsAreText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sql  string
		args []any
		want string
		left int
	}{
		{`select a from t where b = $1 limit $2`, []any{"x", int64(50)}, `select a from t where b = $1 limit 50`, 1},
		{`select a from t limit $1`, []any{int64(1001)}, `select a from t limit 1001`, 0},
		{`select a from t limit $1`, []any{int64(37)}, `select a from t limit $1`, 1},
		{`select a from t limit $1`, []any{nil}, `select a from t limit $1`, 1},
		{`select a from t limit $1 offset $2`, []any{int64(10), int64(20)}, `select a from t limit $1 offset $2`, 2},
		{`select a from t where b = $1`, []any{int64(10)}, `select a from t where b = $1`, 1},
		{`select a from t where b = $2 limit $1`, []any{int64(10), int64(20)}, `select a from t where b = $2 limit $1`, 2},
		{`select a from t limit $11`, []any{int64(10)}, `select a from t limit $11`, 1},
	} {
		r := request{sql: c.sql, args: c.args}
		r.fix()
		if r.text() != c.want || len(r.args) != c.left {
			t.Errorf("%s %v: %s with %d arguments", c.sql, c.args, r.text(), len(r.args))
		}
	}
	n := 0
	for i := range int64(100_000) {
		if usual(i) {
			n++
		}
	}
	if n > 100 {
		t.Errorf("%d limits are usual: too many statements", n)
	}
}

// TestLimitsOfOneShape asks with limits that become text and with some that do not.
func TestLimitsOfOneShape(t *testing.T) {
	t.Parallel()
	d := open(t, Config{})
	script(t, d, `create table n (i int primary key); insert into n select generate_series(1, 200); grant select on n to anon`)
	for _, limit := range []int64{1, 50, 37, 51, 50, 100, 200} {
		cur, err := d.Query(context.Background(), &db.Session{Role: "anon"}, `select i from n where i > $1 order by i limit $2`, []any{"0", limit})
		if err != nil {
			t.Fatal(explain(err))
		}
		got := int64(0)
		for cur.Next() {
			got++
		}
		if err := cur.Close(); err != nil || cur.Err() != nil || got != limit {
			t.Error(fmt.Sprint("limit ", limit, ": ", got, " rows, ", err, cur.Err()))
		}
	}
}
