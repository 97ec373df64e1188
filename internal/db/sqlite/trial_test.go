package sqlite

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
)

// TestTrialGoesOn: a trial gives a verdict on each statement at its place, in order, also
// behind one that the parser refuses, and refuses what a body would meet only when it runs.
func TestTrialGoesOn(t *testing.T) {
	t.Parallel()
	const script = `create table a (id int primary key);
select json_value('{}', '$.x' returning int);
create table b (id int, during tstzrange);
insert into b values (1);
selct 1;
create function f() returns void language plpgsql as $$
begin
  merge into a using a x on true when matched then delete;
end $$;
insert into a values (1);
copy a from stdin;
2	"
\.
`
	want := []string{
		"1:1 ok ", "2:8 refused 0A000", "3:32 refused 0A000", "4:1 follows 42P01", "5:1 failed 42601",
		"8:3 refused 0A000", "10:1 ok ", "11:1 refused 0A000",
	}
	ctx := context.Background()
	drv, err := Open(ctx, Config{Dir: t.TempDir(), Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer drv.Close()
	list, err := drv.Trial(ctx, db.Script{File: "a.sql", SQL: script})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range list {
		got = append(got, fmt.Sprintf("%d:%d %s %s", v.Line, v.Column, v.State, v.Code))
		if v.State == "refused" && v.Hint == "" {
			t.Errorf("%s: no way out", v.Statement)
		}
	}
	if a, b := strings.Join(got, "\n"), strings.Join(want, "\n"); a != b {
		t.Errorf("got\n%s\nwant\n%s", a, b)
	}
}
