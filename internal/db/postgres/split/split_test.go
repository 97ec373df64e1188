package split

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
		for _, p := range Script(in) {
			got = append(got, p.SQL)
			if in[p.Pos:p.Pos+len(p.SQL)] != p.SQL {
				t.Errorf("%q: %q is not at %d", in, p.SQL, p.Pos)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("Script(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("select 1; $a$;$a$ 'x' /* /* */ */ begin atomic end")
	f.Fuzz(func(t *testing.T, in string) {
		at := 0
		for _, p := range Script(in) {
			if p.Pos < at || p.SQL == "" || in[p.Pos:p.Pos+len(p.SQL)] != p.SQL {
				t.Fatalf("%q at %d in %q", p.SQL, p.Pos, in)
			}
			at = p.Pos + len(p.SQL)
		}
	})
}
