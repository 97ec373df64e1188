package sqlite_test

import (
	"testing"

	"github.com/plinth-dev/plinth/internal/fault"
)

// A new rule of a domain is asked about the rows that are there, also through a domain
// over it. What Postgres answers was tried on it.
func TestAlterDomainAsksRows(t *testing.T) {
	t.Parallel()
	w := open(t, `create domain posint as int check (value > 0); create domain small as posint;
		create table t (id int primary key, n posint, s small); insert into t values (1, 5, null), (2, 7, 3)`)
	for _, c := range []struct{ sql, want string }{
		{`alter domain posint add check (value < 7)`, `column "n" of table "t" contains values that violate the new constraint`},
		{`alter domain small set not null`, `column "s" of table "t" contains null values`},
		{`alter domain small add constraint odd check (value % 2 = 1)`, ""},
		{`alter domain small add constraint even check (value % 2 = 0)`, `column "s" of table "t" contains values that violate the new constraint`},
		{`alter domain posint add constraint low check (value < 3) not valid`, ""},
		{`alter domain posint validate constraint low`, `column "n" of table "t" contains values that violate the new constraint`},
	} {
		got := ""
		if err := w.try(c.sql); err != nil {
			got = fault.From(err).Message
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.sql, got, c.want)
		}
	}
}
