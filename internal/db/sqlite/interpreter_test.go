package sqlite

import (
	"context"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
)

// BenchmarkInterpreter compares statements inside a PL/pgSQL loop with the same ones
// sent one by one in a transaction: a statement of each is one op.
func BenchmarkInterpreter(b *testing.B) {
	const rows = 100
	for _, bm := range []struct{ name, sql, body string }{
		{"update", `update spin set n = n + 1 where id = $1`, `update spin set n = n + 1 where id = i`},
		{"insert", `insert into log (n, s) values ($1, 'x')`, `insert into log (n, s) values (i, 'x')`},
		{"select", `select n from spin where id = $1`, `select n into x from spin where id = i`},
		{"exists", `select exists (select 1 from spin where id = $1 and n > 5)`, `if exists (select 1 from spin where id = i and n > 5) then x := 1; end if`},
	} {
		b.Run(bm.name+"/plain", func(b *testing.B) {
			d := spinDB(b, bm.body)
			many(b, func(tx *db.Tx, i int) error {
				rows, err := tx.Query(context.Background(), bm.sql, i%rows+1)
				if err != nil {
					return err
				}
				for rows.Next() {
				}
				return rows.Close()
			}, d, 1)
		})
		b.Run(bm.name+"/plpgsql", func(b *testing.B) {
			many(b, func(tx *db.Tx, _ int) error {
				_, err := tx.Exec(context.Background(), `select spins()`)
				return err
			}, spinDB(b, bm.body), rows)
		})
	}
}

func spinDB(b *testing.B, body string) *db.DB {
	_, d := openDir(b, b.TempDir())
	script(b, d, `create table spin (id int primary key, n int);
create table log (id bigint generated always as identity primary key, n int, s text);
insert into spin select g, g from generate_series(1, 100) g;
create function spins() returns void language plpgsql as $$ declare x int; begin for i in 1..100 loop `+body+`; end loop; end $$;`)
	return d
}

// many runs b.N statements, per of them by each call, in transactions of 1,000.
func many(b *testing.B, call func(tx *db.Tx, i int) error, d *db.DB, per int) {
	b.ReportAllocs()
	b.ResetTimer()
	for done := 0; done < b.N; {
		_, err := d.Write(context.Background(), db.Owner, func(tx *db.Tx) error {
			for range 1000 / per {
				if done >= b.N {
					break
				}
				if err := call(tx, done); err != nil {
					return err
				}
				done += per
			}
			return nil
		})
		if err != nil {
			b.Fatal(describe(err))
		}
	}
}
