package differential_test

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/tests/differential/cases"
)

// difference is the first place where the engines disagree; nil is none.
type difference struct {
	at        string // the command
	pg, lite  outcome
	signature string // what a smaller case must still show
}

func (d *difference) String() string {
	p, q := d.pg, d.lite
	if p.code == "" && q.code == "" && len(p.rows)+len(q.rows) > 8 {
		p.rows, q.rows = without(p.rows, q.rows), without(q.rows, p.rows)
		p.json, q.json = without(p.json, q.json), without(q.json, p.json)
		return fmt.Sprintf("%s (what only one has)\npostgres: %s\nsqlite:   %s", d.at, p, q)
	}
	return fmt.Sprintf("%s\npostgres: %s\nsqlite:   %s", d.at, d.pg, d.lite)
}

// bench runs scripts on both engines; it belongs to one goroutine.
type bench struct {
	pg  *postgres
	dir string // where databases of the engine under test are made
	n   int

	more func(*difference) // told of differences that need not end the script

	commands, failures, unclear int // what was compared
}

// compare runs a script on both sides up to the first difference.
func (b *bench) compare(ctx context.Context, s *cases.Script) (*difference, error) {
	b.n++
	dir := fmt.Sprintf("%s/%d", b.dir, b.n)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	l, err := openLite(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer l.close()
	if err := b.pg.begin(ctx); err != nil {
		return nil, err
	}
	d := b.steps(ctx, l, s)
	return d, b.pg.end(ctx)
}

func (b *bench) steps(ctx context.Context, l *lite, s *cases.Script) *difference {
	schema := strings.Join(s.Schema, "\n")
	if d := differ("schema", schema, b.pg.script(ctx, schema), l.script(ctx, schema)); d != nil {
		return d
	}
	for i, st := range s.Steps {
		name := fmt.Sprintf("command %d as %s: %s", i+1, st.Who, st.SQL)
		var p, q outcome
		if st.Who == "" {
			p, q = b.pg.script(ctx, st.SQL), l.script(ctx, st.SQL)
		} else {
			p, q = b.pg.run(ctx, actorOf(st.Who), st.SQL), l.run(ctx, actorOf(st.Who), st.SQL)
		}
		b.commands++
		if p.code != "" {
			b.failures++
		}
		if p.code != "" && q.code != "" && anyOrder(st.SQL) {
			if differ(name, st.SQL, p, q) != nil {
				b.unclear++
			}
			continue
		}
		if d := differ(name, st.SQL, p, q); d != nil {
			if b.more != nil && (p.code == "") == (q.code == "") {
				b.more(d) // a script written by hand goes on
				continue
			}
			return d
		}
		if p.code != "" || reads(st.SQL) {
			continue
		}
		if d := b.contents(ctx, l, name); d != nil {
			return d
		}
	}
	return nil
}

// contents compares what the tables hold, as the owner sees them.
func (b *bench) contents(ctx context.Context, l *lite, after string) *difference {
	for _, t := range l.tables() {
		sql := `select * from "` + t + `"`
		d := differ("table "+t+" after "+after, sql, b.pg.run(ctx, owner, sql), l.run(ctx, owner, sql))
		if d != nil {
			return d
		}
	}
	return nil
}

var manyRows = regexp.MustCompile(`(?is)^\s*(update|delete|select|with)\b|insert into .*(\bselect\b|\),? \()`)

// anyOrder tells whether a statement visits rows in an order that Postgres leaves
// open: where several rows fail, it is not said which one is named.
func anyOrder(sql string) bool { return manyRows.MatchString(sql) }

func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

func differ(at, sql string, p, q outcome) *difference {
	p, q = p.normal(sql), q.normal(sql)
	if reflect.DeepEqual(p, q) {
		return nil
	}
	kind := "rows"
	switch {
	case p.code != q.code:
		kind = "codes " + p.code + "/" + q.code
	case p.code != "":
		kind = "message"
	}
	place, _, _ := strings.Cut(at, " ")
	return &difference{at, p, q, place + " " + kind}
}
