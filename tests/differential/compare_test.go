package differential_test

import (
	"context"
	"errors"
	"fmt"
	"os"
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

// act is one thing that both sides do: a step of a script, or a look at the tables.
type act struct {
	name   string
	step   cases.Step
	reads  bool
	look   bool
	tables []string // looked at
}

// side is what the engine under test is compared with. Cases over one schema run after
// begin and script, each on tables that are empty.
type side interface {
	begin(context.Context) error
	script(ctx context.Context, sql string) outcome
	back(ctx context.Context, tables []string) error
	// play tells what acts came to, in their order: one outcome each, of a look one for
	// each table.
	play(ctx context.Context, acts []act, tell func([]outcome))
}

// bench runs scripts on both engines; it belongs to one goroutine.
type bench struct {
	pg  side
	dir string // where databases of the engine under test are made
	n   int

	// ahead says that no command changes the schema, so that the tables to look at are
	// known before: the other side goes through a case without waiting for this one.
	ahead bool

	more  func(*difference)           // told of differences that need not end the script
	heard func(sql string, p outcome) // told what the oracle answers

	commands, failures, unclear int // what was compared
}

// compare runs a script on both sides up to the first difference.
func (b *bench) compare(ctx context.Context, s *cases.Script) (*difference, error) {
	_, d, err := b.series(ctx, []*cases.Script{s})
	return d, err
}

// series runs cases over the schema of the first, which they share, each on empty tables,
// and returns the first that differs.
func (b *bench) series(ctx context.Context, list []*cases.Script) (at *cases.Script, d *difference, err error) {
	b.n++
	dir := fmt.Sprintf("%s/%d", b.dir, b.n)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)
	l, err := openLite(ctx, dir)
	if err != nil {
		return nil, nil, err
	}
	defer l.close()
	if err := b.pg.begin(ctx); err != nil {
		return nil, nil, err
	}
	return b.all(ctx, l, list)
}

func (b *bench) all(ctx context.Context, l *lite, list []*cases.Script) (*cases.Script, *difference, error) {
	schema := strings.Join(list[0].Schema, "\n")
	p, q := b.pg.script(ctx, schema), l.script(ctx, schema)
	if d := differ("schema", schema, p.placeless(q), q); d != nil {
		return list[0], d, nil
	}
	if p.code != "" && len(list) > 1 {
		return nil, nil, fmt.Errorf("%s has a schema that fails: %s", list[0].Name, q)
	}
	for i, s := range list {
		if i > 0 {
			names := l.tables()
			if err := errors.Join(b.pg.back(ctx, names), l.back(ctx, names)); err != nil {
				return nil, nil, err
			}
		}
		if d := b.steps(ctx, l, s); d != nil {
			return s, d, nil
		}
	}
	return nil, nil, nil
}

// contentsEvery is the number of writes, those that fail included, after which the tables
// are looked at, beside the end.
const contentsEvery = 6

// actsOf are a script's steps with the looks at the tables between them.
func actsOf(s *cases.Script) []act {
	var list []act
	writes, last := 0, "the schema"
	for i, st := range s.Steps {
		name := fmt.Sprintf("command %d as %s: %s", i+1, st.Who, st.SQL)
		a := act{name: name, step: st, reads: reads(st.SQL)}
		list = append(list, a)
		if a.reads {
			continue
		}
		if writes, last = writes+1, name; writes%contentsEvery == 0 {
			list = append(list, act{name: name, look: true})
		}
	}
	return append(list, act{name: last, look: true})
}

func (b *bench) steps(ctx context.Context, l *lite, s *cases.Script) *difference {
	acts := actsOf(s)
	var said chan []outcome
	if b.ahead {
		names := l.tables()
		for i := range acts {
			acts[i].tables = names
		}
		said = make(chan []outcome, len(acts))
		go func() {
			b.pg.play(ctx, acts, func(o []outcome) { said <- o })
			close(said)
		}()
		defer func() {
			for range said { // the other side is done with the case, too
			}
		}()
	}
	for i := range acts {
		a := &acts[i]
		if !b.ahead {
			a.tables, said = l.tables(), make(chan []outcome, 1)
			b.pg.play(ctx, acts[i:i+1], func(o []outcome) { said <- o })
		}
		q := l.do(ctx, *a)
		p := <-said
		if d := b.judge(*a, p, q); d != nil || parted(*a, p, q) {
			return d
		}
	}
	return nil
}

// parted tells whether a command wrote on one side alone, which judge let pass: the tables
// differ from then on.
func parted(a act, p, q []outcome) bool {
	return !a.look && !a.reads && (p[0].code == "") != (q[0].code == "")
}

// judge compares what an act came to.
func (b *bench) judge(a act, ps, qs []outcome) *difference {
	if a.look {
		return b.contents(a, ps, qs)
	}
	p, q, sql := ps[0], qs[0], a.step.SQL
	if a.step.Who == "" {
		p = p.placeless(q)
	}
	b.commands++
	if b.heard != nil {
		b.heard(sql, p)
	}
	if p.code != "" {
		b.failures++
	}
	d := differ(a.name, sql, p, q)
	switch {
	case d == nil:
		return nil
	case anyOrder(sql, p, q), anyFilterFirst(sql, p, q), neverPlanned(sql, p, q), unread(sql, p, q):
		b.unclear++
		return nil
	case b.more != nil && ((p.code == "") == (q.code == "") || a.reads):
		b.more(d) // a script written by hand goes on
		return nil
	}
	return d
}

// contents compares what the tables hold, as the owner sees them.
func (b *bench) contents(a act, ps, qs []outcome) *difference {
	if len(ps) != len(a.tables) || len(qs) != len(a.tables) {
		return &difference{at: fmt.Sprintf("reading the tables after %s: %v, %v", a.name, ps, qs), signature: "contents"}
	}
	for i, t := range a.tables {
		if ps[i].same(qs[i]) {
			continue
		}
		if d := differ("table "+t+" after "+a.name, contentsOf(t), ps[i], qs[i]); d != nil {
			return d
		}
	}
	return nil
}

var manyRows = regexp.MustCompile(`(?is)^\s*(update|delete|select|with)\b|insert into .*(\bselect\b|\),? \()`)

// anyOrder tells whether both failed in a statement that visits rows in an order that
// Postgres leaves open: where several rows fail, or several tables are forbidden, it is
// not said which one is named. A request that is refused as such visits none.
func anyOrder(sql string, p, q outcome) bool {
	if p.code == "" || q.code == "" {
		return false
	}
	if _, ok := cases.ParseRequest(sql); ok {
		return !strings.HasPrefix(p.code, "PGRST") && !strings.HasPrefix(q.code, "PGRST")
	}
	return manyRows.MatchString(sql) || lateLiteral(p.code, q.code) || p.code == "42501" && q.code == "42501"
}

// lateLiteral tells whether of two bad literals one is of a type that depends on the
// session: it is read when the statement runs, the other one before.
func lateLiteral(a, b string) bool {
	late := func(code string) bool { return code == "22007" || code == "22008" }
	return a != b && strings.HasPrefix(a, "22") && strings.HasPrefix(b, "22") && (late(a) || late(b))
}

var fromView = regexp.MustCompile(`\b(from |/)v\d\b`)

// anyFilterFirst tells whether a filter over a view that is no barrier failed on one
// side alone: Postgres leaves open whether the view's own filter goes first.
func anyFilterFirst(sql string, p, q outcome) bool {
	return (p.code == "") != (q.code == "") && strings.HasPrefix(p.code+q.code, "22") && fromView.MatchString(sql)
}

// neverPlanned tells whether Postgres left the privileges of a lateral query unasked,
// since policies that let nothing through proved its outer side empty.
func neverPlanned(sql string, p, q outcome) bool {
	return p.code == "" && len(p.rows) == 0 && q.code == "42501" && strings.Contains(sql, " join lateral ")
}

// unread tells whether rows that would have failed were not computed here, since nothing
// needs them: those behind a limit, or of an arm whose other one has none.
func unread(sql string, p, q outcome) bool {
	return strings.HasPrefix(p.code, "22") && q.code == "" &&
		(strings.Contains(sql, " limit ") || len(q.rows) == 0 && strings.Contains(sql, " intersect "))
}

func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

func differ(at, sql string, p, q outcome) *difference {
	if p.same(q) { // nearly always, and without a search for moments
		return nil
	}
	if p, q = p.sorted(sql), q.sorted(sql); p.same(q) {
		return nil
	}
	if p, q = p.timeless(), q.timeless(); p.sorted(sql).same(q.sorted(sql)) {
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
