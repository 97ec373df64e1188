// Package dbtest is the contract of package db as a test suite: each sentence of it
// has one subtest of the same words. Every driver runs the suite, and passes it
// whole; what an engine does beyond it is that engine's own business.
//
// A driver's test calls Run with a func that opens an empty database and closes it
// when the test ends.
//
//	func TestContract(t *testing.T) {
//		dbtest.Run(t, func(t *testing.T) *db.DB { … })
//	}
package dbtest

import (
	"context"
	"slices"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// Open opens an empty database for one test and closes it when the test ends.
type Open func(t *testing.T) *db.DB

// contract is one sentence and its proof.
type contract struct {
	sentence string
	prove    func(*fixture)
}

// Run proves the whole contract but for the sentences that other names: the driver
// answers those in its own way, and has its own test for that.
func Run(t *testing.T, open Open, other ...string) {
	for _, list := range [][]contract{queries, writes, scripts, changes, lines} {
		for _, c := range list {
			if slices.Contains(other, c.sentence) {
				t.Logf("answered otherwise: %s", c.sentence)
				continue
			}
			c.run(t, open)
		}
	}
}

// Changes proves the part of the contract that is about the change log, for a driver
// that has several.
func Changes(t *testing.T, open Open) {
	for _, c := range changes {
		c.run(t, open)
	}
}

func (c contract) run(t *testing.T, open Open) {
	t.Run(c.sentence, func(t *testing.T) {
		t.Parallel()
		f := &fixture{T: t, DB: open(t), ctx: t.Context()}
		f.script(base)
		c.prove(f)
	})
}

// base is the schema that the proofs work on.
const base = `
create table public.parents (id bigint primary key, name text);
create table public.notes (
  id bigint primary key,
  owner uuid,
  body text not null,
  stars integer default 1 check (stars >= 0),
  parent bigint references public.parents (id) deferrable initially deferred
);
alter table public.notes enable row level security;
create policy own on public.notes for all to authenticated
  using (owner = (select auth.uid())) with check (owner = (select auth.uid()));
`

const (
	ann = "0a000000-0000-4000-8000-000000000001"
	bob = "0b000000-0000-4000-8000-000000000002"
)

func user(id string) db.Session {
	return db.Session{Role: "authenticated", Claims: `{"sub":"` + id + `","role":"authenticated"}`}
}

// fixture is a test with its database.
type fixture struct {
	*testing.T
	*db.DB
	ctx context.Context // the test's own
}

func (f *fixture) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(describe(err))
	}
}

func describe(err error) string {
	e := fault.From(err)
	s := e.Error()
	if e.Detail != "" {
		s += " (" + e.Detail + ")"
	}
	if cause := e.Unwrap(); cause != nil {
		s += ": " + cause.Error()
	}
	return s
}

func (f *fixture) code(err error, want string) {
	f.Helper()
	if got := fault.CodeOf(err); got != want {
		f.Errorf("error %v has code %q, want %q", err, got, want)
	}
}

func (f *fixture) script(sql string) {
	f.Helper()
	_, err := f.Script(f.ctx, db.Script{File: "base.sql", SQL: sql})
	f.ok(err)
}

// write runs statements as s in one transaction.
func (f *fixture) write(s db.Session, stmts ...string) error {
	_, err := f.Write(f.ctx, s, func(tx *db.Tx) error {
		for _, sql := range stmts {
			if _, err := tx.Exec(f.ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// must is write for what cannot fail.
func (f *fixture) must(stmts ...string) {
	f.Helper()
	f.ok(f.write(db.Owner, stmts...))
}

// rows returns a query's rows, each column as JSON, joined by "," and ";".
func (f *fixture) rows(s db.Session, sql string, args ...any) string {
	f.Helper()
	rows, err := f.Query(f.ctx, s, sql, args...)
	f.ok(err)
	return f.drain(rows)
}

func (f *fixture) drain(rows *db.Rows) string {
	f.Helper()
	var out []byte
	for rows.Next() {
		if len(out) > 0 {
			out = append(out, ';')
		}
		for i := range rows.Columns() {
			if i > 0 {
				out = append(out, ',')
			}
			out = rows.AppendJSON(out, i)
		}
	}
	f.ok(rows.Err())
	f.ok(rows.Close())
	return string(out)
}

func (f *fixture) equal(got, want string) {
	f.Helper()
	if got != want {
		f.Errorf("got  %s\nwant %s", got, want)
	}
}
