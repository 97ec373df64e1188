package differential_test

import (
	"context"
	"errors"
	"sort"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/fault"
)

// lite is one case's database on the engine under test.
type lite struct {
	d *db.DB
}

func openLite(ctx context.Context, dir string) (*lite, error) {
	drv, err := sqlite.Open(ctx, sqlite.Config{Dir: dir, Readers: 1})
	if err != nil {
		return nil, err
	}
	return &lite{db.New(drv)}, nil
}

func (l *lite) close() error { return l.d.Close() }

func (l *lite) script(ctx context.Context, sql string) outcome {
	_, err := l.d.Script(ctx, db.Script{File: "case.sql", SQL: sql})
	return failed(outcome{}, err)
}

func (l *lite) run(ctx context.Context, a actor, sql string) outcome {
	var o outcome
	_, err := l.d.Write(ctx, db.Session{Role: a.role, Claims: a.claims}, func(tx *db.Tx) error {
		o = outcome{}
		rows, err := tx.Query(ctx, sql)
		if err != nil {
			return err
		}
		o.read(rows, reads(sql))
		return errors.Join(rows.Err(), rows.Close())
	})
	return failed(o, err)
}

func (o *outcome) read(rows *db.Rows, withJSON bool) {
	for _, c := range rows.Columns() {
		o.columns = append(o.columns, c.Name)
	}
	withJSON = withJSON && unique(o.columns) && len(o.columns) > 0
	for rows.Next() {
		vals := make([][]byte, len(o.columns))
		var js []string
		for i := range vals {
			text, ok := rows.AppendText(nil, i)
			if ok && text == nil {
				text = []byte{}
			}
			if ok {
				vals[i] = text
			}
			js = append(js, string(rows.AppendJSON(nil, i)))
		}
		o.rows = append(o.rows, textRow(vals))
		if withJSON {
			o.json = append(o.json, strings.Join(js, " | "))
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
