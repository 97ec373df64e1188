package postgres

import (
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"":                                   nil,
		" ; ;; -- x; y\n /* ; /* ; */ ; */ ": nil,
		"select 1; select 2":                 {"select 1", "select 2"},
		"select ';' || E'\\';' || \";\" || 'a''b;';x":               {"select ';' || E'\\';' || \";\" || 'a''b;'", "x"},
		"do $$ begin; end $$; select $1; select $a$ $$ ; $b$ $a$":   {"do $$ begin; end $$", "select $1", "select $a$ $$ ; $b$ $a$"},
		"create rule r as on insert to t do (select 1; select 2);x": {"create rule r as on insert to t do (select 1; select 2)", "x"},
		"create function f() returns int begin atomic select 1; select case when true then 1 end; end; select 2": {
			"create function f() returns int begin atomic select 1; select case when true then 1 end; end", "select 2"},
		"begin; select 1 -- end;\n; commit": {"begin", "select 1 -- end;", "commit"},
		"select a$b$c; select 'x'":          {"select a$b$c", "select 'x'"},
		"select 'open":                      {"select 'open"},
	} {
		var got []string
		for _, p := range split(in) {
			got = append(got, p.sql)
			if in[p.pos:p.pos+len(p.sql)] != p.sql {
				t.Errorf("%q: %q is not at %d", in, p.sql, p.pos)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("split(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("select 1; $a$;$a$ 'x' /* /* */ */ begin atomic end")
	f.Fuzz(func(t *testing.T, in string) {
		at := 0
		for _, p := range split(in) {
			if p.pos < at || p.sql == "" || in[p.pos:p.pos+len(p.sql)] != p.sql {
				t.Fatalf("%q at %d in %q", p.sql, p.pos, in)
			}
			at = p.pos + len(p.sql)
		}
	})
}
