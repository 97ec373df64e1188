package dbtest

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

var queries = []contract{
	{"Query returns rows whose columns have names and types", func(f *fixture) {
		rows, err := f.Query(f.ctx, db.Owner, `select 1 as one, 'x'::text as two, true as three`)
		f.ok(err)
		cols := rows.Columns()
		if len(cols) != 3 || cols[0].Name != "one" || cols[1].Type.String() != "text" || cols[2].Type.String() != "boolean" {
			f.Errorf("columns = %+v", cols)
		}
		if !rows.Next() {
			f.Fatal("no row")
		}
		if v := rows.Row(); v[0].I != 1 || v[1].S != "x" || !v[2].True() {
			f.Errorf("row = %+v", v)
		}
		if text, ok := rows.AppendText(nil, 2); !ok || string(text) != "t" {
			f.Errorf("text of true = %q", text)
		}
		if rows.Next() {
			f.Error("a second row")
		}
		f.ok(rows.Close())
	}},
	{"Arguments take the type that their place asks for", func(f *fixture) {
		when := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		got := f.rows(db.Owner, `select $1::int, $2::uuid, $3::jsonb, $4::timestamptz, $5::text[], $6::bytea, $7::bool, $8::numeric, $9::text`,
			"7", ann, json.RawMessage(`{"b":1,"a":2}`), when, []string{"x", "y,z"}, []byte{1, 255}, true, 1.5, nil)
		f.equal(got, `7,"`+ann+`",{"a": 2, "b": 1},"2026-01-02T03:04:05+00:00",["x","y,z"],"\\x01ff",true,1.5,null`)
		_, err := f.Query(f.ctx, db.Owner, `select $1::int`, "seven")
		f.code(err, "22P02")
	}},
	{"Query sees what its session's policies show", func(f *fixture) {
		f.must(`insert into notes (id, owner, body) values (1, '` + ann + `', 'hers'), (2, '` + bob + `', 'his')`)
		f.equal(f.rows(user(ann), `select id, body from notes order by id`), `1,"hers"`)
		f.equal(f.rows(user(bob), `select id, body from notes order by id`), `2,"his"`)
		f.equal(f.rows(db.Session{Role: "service_role"}, `select id from notes order by id`), `1;2`)
		f.equal(f.rows(db.Session{Role: "anon"}, `select id from notes`), ``)
	}},
	{"Many questions are answered each for its session, and the failure of one is its own", func(f *fixture) {
		f.must(`insert into notes (id, owner, body) values (1, '` + ann + `', 'hers'), (2, '` + bob + `', 'his')`)
		sees := func(s db.Session, sql string, args ...any) db.Question {
			return db.Question{Session: &s, SQL: sql, Args: args}
		}
		const note = `select 1 from notes where id = $1`
		got := f.Ask(f.ctx, []db.Question{
			sees(user(ann), note, 1), sees(user(ann), note, 2), sees(user(bob), note, 1), sees(user(bob), `select 1 / (id - 2) from notes where id = $1`, 2),
			sees(user(bob), note, 2), sees(db.Session{Role: "nobody"}, note, 1), sees(db.Owner, note, 1), sees(db.Owner, note, "x"), sees(db.Owner, note, 3),
		})
		want := []struct {
			found bool
			code  string
		}{{found: true}, {}, {}, {code: "22012"}, {found: true}, {code: "22023"}, {found: true}, {code: "22P02"}, {}}
		for i, a := range got {
			if a.Found != want[i].found || fault.CodeOf(a.Err) != want[i].code {
				f.Errorf("question %d: %v %v, want %+v", i, a.Found, a.Err, want[i])
			}
		}
		ctx, cancel := context.WithCancel(f.ctx)
		cancel()
		if a := f.Ask(ctx, []db.Question{sees(db.Owner, note, 1)}); fault.CodeOf(a[0].Err) != "57014" {
			f.Errorf("after the end of the context: %+v", a)
		}
	}},
	{"Query does not write", func(f *fixture) {
		_, err := f.Query(f.ctx, db.Owner, `insert into parents (id) values (1)`)
		f.code(err, "25006")
		f.equal(f.rows(db.Owner, `select count(*) from parents`), `0`)
	}},
	{"An unknown role is refused", func(f *fixture) {
		_, err := f.Query(f.ctx, db.Session{Role: "nobody"}, `select 1`)
		f.code(err, "22023")
	}},
	{"Settings reach current_setting", func(f *fixture) {
		s := db.Session{Role: "anon", Claims: `{"sub":"x"}`, Settings: map[string]string{"request.method": "GET"}}
		f.equal(f.rows(s, `select current_setting('request.method', true), current_setting('request.jwt.claims', true)`),
			`"GET","{\"sub\":\"x\"}"`)
	}},
	{"Read sees one snapshot", func(f *fixture) {
		f.ok(f.Read(f.ctx, db.Owner, func(tx *db.Tx) error {
			f.equal(f.inTx(tx, `select count(*) from parents`), `0`)
			f.must(`insert into parents (id) values (1)`)
			f.equal(f.inTx(tx, `select count(*) from parents`), `0`)
			return nil
		}))
		f.equal(f.rows(db.Owner, `select count(*) from parents`), `1`)
	}},
	{"Read returns its func's error", func(f *fixture) {
		mine := errors.New("mine")
		if err := f.Read(f.ctx, db.Owner, func(*db.Tx) error { return mine }); !errors.Is(err, mine) {
			f.Errorf("err = %v", err)
		}
	}},
	{"A query ends when its context ends", func(f *fixture) {
		ctx, cancel := context.WithTimeout(f.ctx, 50*time.Millisecond)
		defer cancel()
		rows, err := f.Query(ctx, db.Owner, `select count(*) from generate_series(1, 3000) a, generate_series(1, 3000) b, generate_series(1, 3000) c`)
		if err == nil {
			for rows.Next() {
			}
			err = rows.Err()
			f.ok(rows.Close())
		}
		f.code(err, "57014")
	}},
}

// inTx is rows within a transaction.
func (f *fixture) inTx(tx *db.Tx, sql string, args ...any) string {
	f.Helper()
	rows, err := tx.Query(f.ctx, sql, args...)
	f.ok(err)
	return f.drain(rows)
}
