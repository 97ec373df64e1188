package sqlite

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
)

// TestSchemaChangesUnderLoad lets readers, writers and a follower of the log work
// while migrations come and go.
func TestSchemaChangesUnderLoad(t *testing.T) {
	t.Parallel()
	_, d := openDir(t, t.TempDir())
	script(t, d, `create table a (id bigint generated always as identity primary key, n int not null, m int default 1);
		alter table a enable row level security; create policy everyone on a for all using (n >= 0) with check (n >= 0)`)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	var wrote, read atomic.Int64
	s := db.Session{Role: "authenticated"}
	for i := range 3 {
		wg.Go(func() {
			for ctx.Err() == nil {
				_, err := d.Write(context.Background(), s, func(tx *db.Tx) error {
					_, err := tx.Exec(context.Background(), `insert into a (n) values ($1)`, i)
					return err
				})
				if err != nil {
					t.Errorf("write: %s", describe(err))
					return
				}
				wrote.Add(1)
			}
		})
		wg.Go(func() {
			for ctx.Err() == nil {
				if n, err := readAll(d, s); err != nil {
					t.Errorf("read: %s", describe(err))
					return
				} else {
					read.Add(n)
				}
			}
		})
	}
	wg.Go(func() { followAll(ctx, t, d) })
	for i := range 12 {
		script(t, d, fmt.Sprintf(`alter table a add column x%d text default 'x'; create index ai%d on a (x%d);
			create table b%d (a bigint references a (id) on delete cascade); insert into b%d select id from a limit 1`, i, i, i, i, i))
		if i%3 == 2 {
			script(t, d, fmt.Sprintf(`alter table a drop column x%d; alter table a alter column m type text; alter table a alter column m type int using m::int`, i-1))
		}
	}
	cancel()
	wg.Wait()
	if got, want := all(t, d, `select count(*) from a`), fmt.Sprint(wrote.Load()); got != want {
		t.Errorf("%s rows, %s writes", got, want)
	}
	t.Logf("%d writes, %d rows read", wrote.Load(), read.Load())
}

func readAll(d *db.DB, s db.Session) (int64, error) {
	rows, err := d.Query(context.Background(), s, `select * from a where n = 1 order by id desc limit 50`)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var n int64
	for rows.Next() {
		for i := range rows.Columns() {
			rows.AppendJSON(nil, i)
		}
		n++
	}
	return n, rows.Err()
}

// followAll follows the log as a consumer must: after a gap it goes on from the
// position that came with it.
func followAll(ctx context.Context, t *testing.T, d *db.DB) {
	var at db.Position
	for ctx.Err() == nil {
		for c, err := range d.Changes(ctx, at) {
			if err == db.ErrGap {
				at = c.Position
				break
			}
			if err != nil {
				t.Errorf("follow: %s", describe(err))
				return
			}
			if c.Epoch == at.Epoch && c.Seq != at.Seq+1 {
				t.Errorf("%+v follows %+v", c.Position, at)
			}
			if len(c.New) != len(c.Table.Columns) {
				t.Errorf("image of %d columns for %d", len(c.New), len(c.Table.Columns))
			}
			at = c.Position
		}
	}
}
