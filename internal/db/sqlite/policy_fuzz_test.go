package sqlite_test

import (
	"context"
	"regexp"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/fault"
)

// changing names what need not be the same twice, or what sees the row itself.
var changing = regexp.MustCompile(`(?i)random|now|clock|current_|local|timeofday|nextval|setval|set_config|pg_|txid|from\s+"?t\b|public\W+t\b|row_security`)

// A policy's condition means the same in Go, where a new row is checked, and in
// SQLite, where rows are read.
func FuzzPolicy(f *testing.F) {
	for _, x := range []string{
		`a = 1`, `b ilike 'x%' or a is null`, `auth.uid() is null`, `(select auth.uid()) = u`, `u = auth.uid() and not (a > 3)`,
		`(auth.jwt() ->> 'level')::int >= a`, `c @> '{"a": 1}'`, `c ->> 'k' = b`, `coalesce(a, 0) % 2 = 0`, `a in (1, 2, null)`,
		`case when a > 0 then b = 'x' else b is distinct from 'y' end`, `length(b) > a`, `b between 'a' and 'n'`, `10 / a > 2`,
		`auth.role() = 'authenticated' and a::text = b`, `array[a] && array[1, 2]`, `b ~ '^[a-z]+$'`, `a = any (string_to_array(b, ',')::int[])`,
		`exists (select 1 from jsonb_array_elements_text(c -> 'list') e where e = b)`, `upper(b) < lower(b)`, `d > '2024-01-01'`,
		`jsonb_typeof(c) = 'object' and c ? 'a'`, `(c #>> '{x,0}')::numeric = 1.50`, `position('x' in b) > 0`, `n * 1.1 >= 2`,
	} {
		f.Add(x, `{"sub":"00000000-0000-4000-8000-000000000001","role":"authenticated","level":2}`, int64(1), "x", `{"a":1,"k":"x","list":["x"]}`)
		f.Add(x, `{}`, int64(0), "ä,1", `[1]`)
	}
	ctx := context.Background()
	drv, err := sqlite.Open(ctx, sqlite.Config{Dir: f.TempDir(), Readers: 1})
	if err != nil {
		f.Fatal(err)
	}
	d := db.New(drv)
	f.Cleanup(func() { d.Close() })
	script := func(sql string) error {
		_, err := d.Script(ctx, db.Script{File: "fuzz", SQL: sql})
		return err
	}
	if err := script(`create table t (a int, b text, c jsonb, u uuid default '00000000-0000-4000-8000-000000000001', d timestamptz default '2024-02-29 12:00+00', n numeric default 1.50);
		alter table t enable row level security`); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, x, claims string, a int64, b, c string) {
		if changing.MatchString(x) || script(`drop policy if exists p on t; create policy p on t using (`+x+`) with check (`+x+`)`) != nil {
			return
		}
		s := db.Session{Role: "authenticated", Claims: claims}
		insert := func(s db.Session) error {
			_, err := d.Write(ctx, s, func(tx *db.Tx) error {
				if _, err := tx.As(db.Owner).Exec(ctx, `delete from t`); err != nil {
					return err
				}
				_, err := tx.Exec(ctx, `insert into t (a, b, c) values ($1, $2, $3)`, a, b, c)
				return err
			})
			return err
		}
		if insert(db.Owner) != nil {
			return // no such row
		}
		checked := fault.CodeOf(insert(s))
		if err := insert(db.Owner); err != nil {
			t.Fatal(err)
		}
		seen, err := count(ctx, d, s)
		read := fault.CodeOf(err)
		switch {
		case checked == "42501" && read == "" && seen == 0, checked == "" && read == "" && seen == 1:
		case checked != "42501" && checked != "" && read == checked:
		default:
			t.Fatalf("policy %q, claims %q, row (%d, %q, %q): a new row is answered with %q, reading gives %d rows and %q (%v)",
				x, claims, a, b, c, checked, seen, read, err)
		}
	})
}

func count(ctx context.Context, d *db.DB, s db.Session) (n int, err error) {
	rows, err := d.Query(ctx, s, `select 1 from t`)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}
