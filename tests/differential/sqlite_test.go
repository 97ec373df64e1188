package differential_test

import (
	"context"
	"errors"
	"net/http"
	"sort"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
	"github.com/plinth-dev/plinth/tests/differential/cases"
)

// lite is one case's database on the engine under test.
type lite struct {
	d   *db.DB
	web http.Handler // the data API over d, once a request has been made
}

func newLite(d *db.DB) *lite { return &lite{d: d} }

func openLite(ctx context.Context, dir string) (*lite, error) {
	drv, err := sqlite.Open(ctx, sqlite.Config{Dir: dir, Readers: 1, Unflushed: true})
	if err != nil {
		return nil, err
	}
	return newLite(db.New(drv)), nil
}

func (l *lite) close() error { return l.d.Close() }

func (l *lite) script(ctx context.Context, sql string) outcome {
	_, err := l.d.Script(ctx, db.Script{File: "case.sql", SQL: sql})
	return failed(outcome{}, err)
}

// do carries out one act.
func (l *lite) do(ctx context.Context, a act) []outcome {
	switch {
	case a.look:
		list, err := l.read(ctx, a.tables)
		if err != nil {
			return []outcome{failed(outcome{}, err)}
		}
		return list
	case a.step.Who == "":
		return []outcome{l.script(ctx, a.step.SQL)}
	}
	return []outcome{l.run(ctx, a)}
}

func (l *lite) run(ctx context.Context, a act) outcome {
	who, sql := actorOf(a.step.Who), a.step.SQL
	if req, ok := cases.ParseRequest(sql); ok {
		return l.send(who, req)
	}
	var o outcome
	_, err := l.d.Write(ctx, db.Session{Role: who.role, Claims: who.claims}, func(tx *db.Tx) error {
		o = outcome{}
		rows, err := tx.Query(ctx, sql)
		if err != nil {
			return err
		}
		o.read(rows, a.reads, textRow)
		return errors.Join(rows.Err(), rows.Close())
	})
	return failed(o, err)
}

func (o *outcome) read(rows *db.Rows, withJSON bool, line func([][]byte) string) {
	for _, c := range rows.Columns() {
		o.columns = append(o.columns, c.Name)
	}
	for rows.Next() {
		vals := make([][]byte, len(o.columns))
		js := []byte{'{'}
		for i := range vals {
			text, ok := rows.AppendText(nil, i)
			if ok && text == nil {
				text = []byte{}
			}
			if ok {
				vals[i] = text
			}
			if i > 0 {
				js = append(js, ',')
			}
			js = append(value.AppendJSONBytes(js, []byte(o.columns[i])), ':')
			js = rows.AppendJSON(js, i)
		}
		o.rows = append(o.rows, line(vals))
		if withJSON {
			o.json = append(o.json, string(append(js, '}')))
		}
	}
	o.affected = rows.Affected()
}

func failed(o outcome, err error) outcome {
	if err == nil {
		return o
	}
	f := fault.From(err)
	if cause := errors.Unwrap(f); f.Code == "XX000" && cause != nil {
		f.Message += ": " + cause.Error()
	}
	return outcome{code: f.Code, message: f.Message, detail: f.Detail, constraint: f.Constraint}
}

// read reads whole tables in one snapshot.
func (l *lite) read(ctx context.Context, tables []string) ([]outcome, error) {
	var out []outcome
	err := l.d.Read(ctx, db.Owner, func(tx *db.Tx) error {
		for _, t := range tables {
			rows, err := tx.Query(ctx, contentsOf(t))
			if err != nil {
				return err
			}
			var o outcome
			o.read(rows, true, wholeRow)
			o.columns, o.affected = nil, 0 // the other side asks for whole rows
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				return err
			}
			out = append(out, o)
		}
		return nil
	})
	return out, err
}

// back empties tables, for the next case over the same schema.
func (l *lite) back(ctx context.Context, tables []string) error {
	_, err := l.d.Write(ctx, db.Owner, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `truncate "`+strings.Join(tables, `", "`)+`" cascade`)
		return err
	})
	return err
}

// contentsOf reads a whole table.
func contentsOf(table string) string { return `select * from "` + table + `"` }

// tables lists the tables of public, whose contents both sides must agree on.
func (l *lite) tables() []string {
	var out []string
	for name, t := range l.d.Catalog().Schemas["public"].Tables {
		if t.ViewDef == nil {
			out = append(out, name)
		}
	}
	sort.Strings(out)
	return out
}
