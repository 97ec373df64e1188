package differential_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/server/house"
	"github.com/plinth-dev/plinth/tests/differential/cases"
)

// TestGrammar: whatever PostgreSQL's grammar has works here, or is refused by name with a
// way out that docs/portable-sql.md names, or fails there with the same code; no production of it
// is met as a bare syntax error.
func TestGrammar(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := newBench(t)
	p := b.pg.(*oracle)
	first, list := cases.Grammar()
	if err := p.begin(ctx); err != nil {
		t.Fatal(err)
	}
	if err := p.exec(first); err != nil {
		t.Fatal(err)
	}
	drv, err := sqlite.Open(ctx, sqlite.Config{Dir: b.dir, Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer drv.Close()
	for _, sc := range append(house.Scripts(), db.Script{File: "first.sql", SQL: first}) {
		if _, err := drv.Script(ctx, sc); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile("../../docs/portable-sql.md")
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]int{}
	for _, sql := range list {
		f := tried(ctx, t, drv, sql)
		switch {
		case f.Code == undo:
			states["works"]++
		case f.Code == "0A000":
			states["refused"]++
			onPage := strings.Contains(string(page), strings.ReplaceAll(f.Hint, "|", `\|`))
			if (f.Hint == "" || !onPage) && p.tried(sql) != f.Code {
				t.Errorf("%s: %s: its way out is not on the page: %q", sql, f.Message, f.Hint)
			}
		default:
			states["fails"]++
			if there := p.tried(sql); there != f.Code && !excused[f.Code+" "+there] {
				t.Errorf("%s: %s %s; Postgres says %s", sql, f.Code, f.Message, there)
			}
		}
	}
	t.Logf("%d statements: %v", len(list), states)
}

// undo is the code of the fault that takes a statement back.
const undo = "P0999"

// excused are codes that differ where a statement is wrong in two ways, and each engine
// meets another first; of a parameter, since none is sent.
var excused = map[string]bool{"42P16 42809": true, "42809 42704": true, "08P01 42P02": true}

// tried says how one statement fails on SQLite, and leaves nothing of it.
func tried(ctx context.Context, t *testing.T, drv *sqlite.Driver, sql string) *fault.Error {
	const end = ";\ndo $$ begin raise exception 'undone' using errcode = '" + undo + "'; end $$"
	_, err := drv.Script(ctx, db.Script{File: "one.sql", SQL: sql + end})
	if err == nil {
		t.Fatalf("%s: was not undone", sql)
	}
	return fault.From(err)
}

// tried is the code by which one statement fails on Postgres, "" for none.
func (p *oracle) tried(sql string) string {
	err := p.exec("begin; " + sql + "\n; rollback")
	if err != nil {
		_ = p.exec("rollback") // the first error is the one that counts
	}
	return failure(outcome{}, err).code
}
