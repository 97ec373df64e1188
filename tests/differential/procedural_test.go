package differential_test

import (
	"context"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/plinth-dev/plinth/tests/differential/cases"
)

// procedural is what a function and a trigger may be written with, and the script of
// testdata/procedural that shows each on both engines. What is Plinth's own, the
// triggers on auth.users and storage.objects and the functions of the schemas auth,
// storage, realtime and extensions in them, is in tests/examples, TestRoutinesOfTheHouse.
var procedural = []struct{ item, script string }{
	{"blocks, labels, variables, constants, aliases", "blocks"},
	{"assignment and its casts", "blocks"},
	{"%type, %rowtype, composite types, domains, enums", "types"},
	{"records", "types"},
	{"if and case", "case"},
	{"loop, while, for, foreach, exit, continue", "loops"},
	{"for … in select, for … in a write", "for-query"},
	{"for … in execute", "for-query"},
	{"select into, strict", "select-into"},
	{"perform", "select-into"},
	{"found, get diagnostics", "select-into"},
	{"execute of format() with %I, %L and using", "execute"},
	{"return query, return query execute, return next", "return"},
	{"returns setof, table, out, record", "return"},
	{"raise: levels, formats, using", "raise"},
	{"assert", "raise"},
	{"exception when, by savepoint", "exceptions"},
	{"get stacked diagnostics, sqlstate, sqlerrm", "exceptions"},
	{"arrays, jsonb and their parts", "arrays"},
	{"out, default and named arguments", "arguments"},
	{"overloads", "arguments"},
	{"variadic, anyelement, anyarray", "arguments"},
	{"security definer against invoker", "security"},
	{"volatility", "volatility"},
	{"variables named like columns", "conflict"},
	{"recursion and its limit", "recursion"},
	{"functions among the tables, in lists, conditions, defaults, checks, policies", "sets"},
	{"cursors", "cursors"},
	{"procedures, call, do", "procedures"},
	{"what is refused when it is made", "refused"},
	{"triggers for each row: before, after, when, update of, tg_*", "trigger-row"},
	{"triggers for each statement, transition tables", "trigger-statement"},
	{"instead of triggers", "instead-of"},
	{"constraint triggers, immediate and deferred", "trigger-constraint"},
	{"order by name, recursion limit, disabled triggers", "trigger-order"},
}

var fails = regexp.MustCompile(`/\* (\w{5}) \*/\s*;?\s*$`)

// TestProcedural: every construct does on SQLite what it does on Postgres. A command
// that fails says so behind itself, with its code, so that none fails by mistake.
func TestProcedural(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for _, p := range procedural {
		shown[p.script+".sql"] = true
	}
	files, err := filepath.Glob("testdata/procedural/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	for _, f := range files {
		name := filepath.Base(f)
		if !shown[name] {
			t.Errorf("%s shows nothing that the list names", name)
		}
		delete(shown, name)
		t.Run(name, func(t *testing.T) {
			s, err := cases.Read(f)
			if err != nil {
				t.Fatal(err)
			}
			b.heard = func(sql string, p outcome) {
				want := ""
				if m := fails.FindStringSubmatch(sql); m != nil {
					want = m[1]
				}
				if p.code != want {
					t.Errorf("Postgres says %q, the script %q: %s\n%s", p.code, want, sql, p)
				}
			}
			b.more = func(d *difference) { t.Errorf("differs [%s]: %s", d.signature, d) }
			d, err := b.compare(context.Background(), s)
			if err != nil {
				t.Fatal(err)
			}
			if d != nil {
				t.Errorf("differs [%s]: %s", d.signature, d)
			}
		})
	}
	for name := range shown {
		t.Errorf("testdata/procedural/%s is named and not there", name)
	}
	t.Logf("%d constructs, %d commands, of which %d failed on both", len(procedural), b.commands, b.failures)
}
