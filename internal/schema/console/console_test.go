package console

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
)

func open(t *testing.T) (*Console, *strings.Builder) {
	t.Helper()
	drv, err := sqlite.Open(context.Background(), sqlite.Config{Dir: t.TempDir(), Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	d := db.New(drv)
	t.Cleanup(func() { d.Close() })
	out := &strings.Builder{}
	return &Console{DB: d, Session: db.Owner, Format: "table", Out: out, MaxRows: 3}, out
}

func TestConsole(t *testing.T) {
	t.Parallel()
	c, out := open(t)
	for _, step := range []struct{ text, want string }{
		{"create table public.notes (id bigint primary key, body text, tags text[]); alter table notes enable row level security;", "done\ndone\n"},
		{"insert into notes values (1, 'one', '{a}'), (20, null, null);", "2 rows written\n"},
		{"select * from notes order by id;", "id | body | tags\n---+------+-----\n 1 | one  | {a}\n20 | ∅    | ∅\n(2 rows)\n"},
		{`\format json`, ""},
		{"select id, tags from notes where id = 1;", `[{"id":1,"tags":["a"]}]` + "\n"},
		{`\format csv`, ""},
		{"select id, 'a,b' as x from notes order by id;", "id,x\n1,\"a,b\"\n20,\"a,b\"\n"},
		{`\format table`, ""},
		{"select i from generate_series(1, 9) as i;", "i\n-\n1\n2\n3\n(the first 3 rows)\n"},
		{`\as anon {"role":"anon"}`, ""},
		{`\as`, "anon {\"role\":\"anon\"}\n"},
		{"select count(*) from notes;", "count\n-----\n    0\n(1 row)\n"},
		{`\as postgres`, ""},
		{`\d notes`, "table public.notes\n  id bigint not null\n  body text\n  tags text[]\n  primary key (id)\n"},
		{`\d`, "public.notes (table, row-level security with 0 policies)\n"},
	} {
		out.Reset()
		if err := c.Do(t.Context(), step.text); err != nil {
			t.Errorf("%s: %v", step.text, err)
		}
		if got := out.String(); got != step.want {
			t.Errorf("%s:\n%q, want\n%q", step.text, got, step.want)
		}
	}
	for text, want := range map[string]string{
		`\nothing`: "there is no command", "select nothing;": "does not exist", "begin;": "a transaction of its own",
		`\as nobody`: "does not exist", `\format xml`: "one of table", `\d nothing`: "no table",
	} {
		if err := c.Do(t.Context(), text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if err := c.Do(t.Context(), `\q`); !errors.Is(err, ErrQuit) {
		t.Errorf(`\q: %v`, err)
	}
}

func TestWhole(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": true, `\d`: true, "select 1": false, "select 1;": true, "select ';": false, "select ';';": true,
		"do $$ begin null;": false, "do $$ begin null; end $$;": true, "select 1; select": false, "selec;": true,
	} {
		if got := Whole(text); got != want {
			t.Errorf("Whole(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestComplete(t *testing.T) {
	t.Parallel()
	c, _ := open(t)
	if err := c.Do(t.Context(), "create table public.people (id bigint primary key, nickname text); create table public.peoples (id bigint);"); err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct{ line, want, more string }{
		{"sel", "select ", ""},
		{"select nick", "select nickname ", ""},
		{"select * from peo", "select * from people", "people peoples"},
		{"select zzz", "select zzz", ""},
	} {
		got, at, more := Complete(c.DB.Catalog(), k.line, len(k.line))
		if got != k.want || at != len(k.want) || strings.Join(more, " ") != k.more {
			t.Errorf("Complete(%q) = %q, %d, %q; want %q, %q", k.line, got, at, more, k.want, k.more)
		}
	}
}
