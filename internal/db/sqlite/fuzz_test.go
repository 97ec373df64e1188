package sqlite

import (
	"context"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// FuzzInterpreter runs bodies of PL/pgSQL: whatever they are, they end, with an error
// of Postgres' kind or none, and the database goes on.
func FuzzInterpreter(f *testing.F) {
	for _, body := range []string{
		`begin insert into t values (1, 'x'); end`,
		`declare i int; r record; begin for r in select * from t loop i := r.id; end loop; for i in 1..3 loop continue; end loop; end`,
		`begin perform 1 / 0; exception when others then raise notice '%', sqlerrm; end`,
		`declare c cursor for select 1; x int; begin open c; fetch c into x; close c; end`,
		`declare a int[] := '{1}'; j jsonb := '{}'; begin a[2] := 5; j['x'] := '1'; execute format('select %L', a) using j; end`,
		`begin create table q (id int); execute 'insert into q values (1)'; begin drop table q; raise exception 'x'; exception when others then null; end; end`,
		`declare x t%rowtype; begin select * into strict x from t; x.name := x.name || x; return; end`,
		`<<a>> begin loop exit a when true; end loop; case 1 when 2 then null; end case; end`,
	} {
		f.Add(body)
	}
	drv, d := openDir(f, f.TempDir())
	if _, err := d.Script(context.Background(), db.Script{File: "f.sql", SQL: "create table t (id int primary key, name text); insert into t values (0, 'a')"}); err != nil {
		f.Fatal(err)
	}
	drv.cfg.WriteLimit = time.Second
	f.Fuzz(func(t *testing.T, body string) {
		_, err := d.Write(context.Background(), db.Owner, func(tx *db.Tx) error {
			_, err := tx.Exec(context.Background(), "do "+dollarQuoted(body))
			if err == nil {
				err = db.ErrRollback
			}
			return err
		})
		if code := fault.CodeOf(err); code == "XX000" {
			t.Errorf("%s: %v", body, describe(err))
		}
		if got := all(t, d, "select count(*) from t"); got != "1" {
			t.Errorf("%s left %s rows", body, got)
		}
	})
}

// dollarQuoted quotes a body by a tag that no body of interest has.
func dollarQuoted(s string) string { return "$body$" + s + "$body$" }
