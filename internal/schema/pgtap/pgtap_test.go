package pgtap_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/schema/pgtap"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// onBoth runs a test on each engine with the schema of testdata.
func onBoth(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	open := map[string]func(t *testing.T) (db.Driver, error){
		"sqlite": func(t *testing.T) (db.Driver, error) {
			return sqlite.Open(context.Background(), sqlite.Config{Dir: t.TempDir(), Readers: 1})
		},
		"postgres": func(t *testing.T) (db.Driver, error) {
			srv, err := pgserver.Start(context.Background())
			if err != nil {
				return nil, err
			}
			t.Cleanup(func() { srv.Stop() })
			return postgres.Open(context.Background(), postgres.Config{URL: srv.URL, Conns: 4})
		},
	}
	for name, f := range open {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			drv, err := f(t)
			if err != nil {
				t.Fatal(err)
			}
			d := db.New(drv)
			t.Cleanup(func() { d.Close() })
			if _, err := d.Script(context.Background(), db.Script{File: "schema", SQL: read(t, "schema.sql")}); err != nil {
				t.Fatal(fault.From(err), fault.From(err).Detail)
			}
			test(t, d)
		})
	}
}

func TestGoodFile(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, d *db.DB) {
		for range 2 { // what it did was taken back
			res := pgtap.Run(t.Context(), d, "good.sql", read(t, "good.sql"))
			if res.Err != nil || res.Failed() {
				for _, test := range res.Tests {
					if !test.OK {
						t.Errorf("line %d: not ok %q: %q", test.Line, test.Name, test.Diag)
					}
				}
				t.Fatalf("plan %d, %d tests, %v", res.Plan, len(res.Tests), res.Err)
			}
		}
	})
}

func TestBadFile(t *testing.T) {
	t.Parallel()
	want := strings.TrimSpace(`
3 false: have: f; want: t
4 one is two: have: 1; want: 2
5 rows: the rows are not the same; + 2; - 3
6 : + first
7 divides: died: 22012: division by zero
8 : no error; wanted: 22012 no error
9 : caught: 22012: division by zero; wanted: 23505
10 : 
11 no todos:`)
	onBoth(t, func(t *testing.T, d *db.DB) {
		res := pgtap.Run(t.Context(), d, "bad.sql", read(t, "bad.sql"))
		var got []string
		for _, test := range res.Tests {
			if test.OK {
				t.Errorf("line %d: %q is ok", test.Line, test.Name)
			}
			got = append(got, fmt.Sprintf("%d %s: %s", test.Line, test.Name, strings.Join(test.Diag, "; ")))
		}
		if g := strings.TrimSpace(strings.Join(got, "\n")); g != strings.TrimSpace(want) || res.Err != nil || !res.Failed() {
			t.Errorf("tests:\n%s\nwant:\n%s\n%v", g, want, res.Err)
		}
	})
}

// A statement that is no assertion and fails ends the file, with its place.
func TestBrokenFile(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, d *db.DB) {
		res := pgtap.Run(t.Context(), d, "broken.sql", "select plan(1);\nselect pass();\n\n-- a word\ninsert into nothing values (1);\n")
		if res.Err == nil || !strings.Contains(res.Err.Error(), "line 5:") || !strings.Contains(res.Err.Error(), `relation "nothing" does not exist`) {
			t.Errorf("err = %v, want the relation and line 5", res.Err)
		}
		if res := pgtap.Run(t.Context(), d, "short.sql", "select plan(2); select pass();"); !res.Failed() {
			t.Errorf("a plan that is not kept is no failure")
		}
	})
}
