package script_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/schema/script"
)

var schemas = []string{"public", "app"}

func open(t *testing.T) *db.DB {
	t.Helper()
	drv, err := sqlite.Open(context.Background(), sqlite.Config{Dir: t.TempDir(), Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	d := db.New(drv)
	t.Cleanup(func() { d.Close() })
	return d
}

func run(t *testing.T, d *db.DB, what, sql string) *catalog.Catalog {
	t.Helper()
	if _, err := d.Script(context.Background(), db.Script{File: what, SQL: sql}); err != nil {
		f := fault.From(err)
		t.Fatalf("%s: %v %s %s\n%s", what, f, f.Detail, f.Hint, sql)
	}
	return d.Catalog()
}

func made(t *testing.T, file string) *catalog.Catalog {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return run(t, open(t), file, string(text))
}

// A dump makes the schema that it was taken from: run on an empty database it gives
// the same dump.
func TestDumpMakesTheSchema(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"testdata/shop.sql", "testdata/shop2.sql"} {
		want := script.Join(script.Dump(made(t, file), schemas))
		got := script.Join(script.Dump(run(t, open(t), "dump", want), schemas))
		if got != want {
			t.Errorf("%s: the dump of the dump is\n%s\nwant\n%s", file, got, want)
		}
	}
}

// The rows of a dump, run on its schema, are the rows that it was taken from.
func TestRowsComeBack(t *testing.T) {
	t.Parallel()
	const rows = `
create table public.a (id bigint generated always as identity primary key, b bigint, note text, tags text[], raw bytea, meta jsonb, twice text generated always as (note || note) stored);
create table public.b (id bigint primary key, made timestamptz, price numeric(10, 2));
alter table public.a add foreign key (b) references public.b (id);
insert into public.b values (1, '2026-01-02 03:04:05.678+00', 1.50), (2, null, null);
insert into public.a (b, note, tags, raw, meta) select i % 2 + 1, 'it''s \' || i, array['x', 'a,b"' || i], decode('00ff', 'hex'), '{"b": 1, "a": [null]}' from generate_series(1, 250) as i;
`
	dump := func(d *db.DB) string {
		var b strings.Builder
		if err := script.Rows(t.Context(), d, schemas, &b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	from, to := open(t), open(t)
	schema := script.Join(script.Dump(run(t, from, "rows", rows), schemas))
	want := dump(from)
	run(t, to, "dump", schema+want)
	if got := dump(to); got != want {
		t.Errorf("the rows of the rows are %d bytes, want %d:\n%.500s", len(got), len(want), got)
	}
	run(t, to, "next", "insert into public.a (b) values (1); do $$ begin if not exists (select 1 from public.a where id = 251) then raise exception 'the next id is another'; end if; end $$;")
}

// The difference of two schemas, run on the first, gives the second.
func TestDiffLeadsThere(t *testing.T) {
	t.Parallel()
	one, two := made(t, "testdata/shop.sql"), made(t, "testdata/shop2.sql")
	for _, c := range []struct {
		name     string
		from, to *catalog.Catalog
		file     string
	}{{"there", one, two, "testdata/shop.sql"}, {"back", two, one, "testdata/shop2.sql"}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(c.file)
			if err != nil {
				t.Fatal(err)
			}
			d := open(t)
			run(t, d, c.file, string(text))
			steps := script.Join(script.Diff(c.from, c.to, schemas))
			got := run(t, d, "diff", steps)
			if rest := script.Diff(got, c.to, schemas); len(rest) > 0 {
				t.Errorf("after the difference\n%s\nthere is still\n%s", steps, script.Join(rest))
			}
		})
	}
}

// Equal schemas have no difference.
func TestDiffOfEquals(t *testing.T) {
	t.Parallel()
	if got := script.Diff(made(t, "testdata/shop.sql"), made(t, "testdata/shop.sql"), schemas); len(got) > 0 {
		t.Errorf("Diff of equal schemas = %q, want nothing", got)
	}
}
