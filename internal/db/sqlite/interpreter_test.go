package sqlite

import (
	"context"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
)

// interpreted are statements as they are sent and as they stand in a function. The last
// is more than one: a query, and an assignment for each of its five rows.
var interpreted = []struct{ name, sql, body string }{
	{"assign", `select $1::int + 7 * 2`, `x := i + 7 * 2`},
	{"if", `select $1::int > 5`, `if i > 5 then null; end if`},
	{"select", `select n from spin where id = $1`, `select n into x from spin where id = i`},
	{"exists", `select exists (select 1 from spin where id = $1 and n > 5)`, `if exists (select 1 from spin where id = i and n > 5) then x := 1; end if`},
	{"insert", `insert into log (n, s) values ($1, 'x')`, `insert into log (n, s) values (i, 'x')`},
	{"update", `update spin set n = n + 1 where id = $1`, `update spin set n = n + 1 where id = i`},
	{"delete", `delete from log where id = $1`, `delete from log where id = i`},
	{"perform", `select twice($1)`, `perform twice(i)`},
	{"execute", `select n from spin where id = $1`, `execute 'select n from spin where id = $1' into x using i`},
	{"rows", `select id, n from spin order by id limit 5`, `for r in select id, n from spin order by id limit 5 loop x := r.n; end loop`},
}

// rowsOfSpin is how many statements one call of spins runs.
const rowsOfSpin = 100

// BenchmarkInterpreter compares statements inside a PL/pgSQL loop with the same ones
// sent one by one in a transaction: a statement of each is one op.
func BenchmarkInterpreter(b *testing.B) {
	for _, bm := range interpreted {
		b.Run(bm.name+"/plain", func(b *testing.B) { many(b, plainly(bm.sql), spinDB(b, bm.body), 1) })
		b.Run(bm.name+"/plpgsql", func(b *testing.B) { many(b, spins, spinDB(b, bm.body), rowsOfSpin) })
	}
}

// TestInterpreterCost: a statement in a function costs no more than twice the allocations
// of the same statement sent by itself. BenchmarkInterpreter measures time.
func TestInterpreterCost(t *testing.T) {
	for _, tt := range interpreted[:len(interpreted)-1] {
		d := spinDB(t, tt.body)
		count := func(call func(tx *db.Tx, i int) error, per int) float64 {
			return testing.AllocsPerRun(1, func() {
				if _, err := d.Write(t.Context(), db.Owner, func(tx *db.Tx) error {
					for i := 0; i < 200; i += per {
						if err := call(tx, i); err != nil {
							return err
						}
					}
					return nil
				}); err != nil {
					t.Fatal(describe(err))
				}
			})
		}
		if plain, inside := count(plainly(tt.sql), 1), count(spins, rowsOfSpin); inside > 2*plain || plain == 0 {
			t.Errorf("%s: %.0f allocations for 200 statements in a function, %.0f sent by themselves", tt.name, inside, plain)
		}
	}
}

// plainly sends a statement and reads its rows.
func plainly(sql string) func(tx *db.Tx, i int) error {
	var text []byte
	return func(tx *db.Tx, i int) error {
		args := []any{i%rowsOfSpin + 1}
		if !strings.Contains(sql, "$1") {
			args = nil
		}
		rows, err := tx.Query(context.Background(), sql, args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			for c := range rows.Columns() {
				text, _ = rows.AppendText(text[:0], c)
			}
		}
		return rows.Close()
	}
}

func spins(tx *db.Tx, _ int) error {
	_, err := tx.Exec(context.Background(), `select spins()`)
	return err
}

func spinDB(b testing.TB, body string) *db.DB {
	_, d := openDir(b, b.TempDir())
	script(b, d, `create function twice(x int) returns int language plpgsql as $$ begin return x * 2; end $$;
create table spin (id int primary key, n int);
create table log (id bigint generated always as identity primary key, n int, s text);
insert into spin select g, g from generate_series(1, 100) g;
create function spins() returns void language plpgsql as $$ declare x int; r record; begin for i in 1..100 loop `+body+`; end loop; end $$;`)
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
