package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
)

// A file of an older version, whose keys act by themselves and whose deferrable keys are
// unique at once, is brought to the present form when it is opened.
func TestOlderFilesAreUpgraded(t *testing.T) {
	t.Parallel()
	ctx, dir := context.Background(), t.TempDir()
	reopen := func() *world {
		drv, err := sqlite.Open(ctx, sqlite.Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		return &world{t, db.New(drv)}
	}
	w := reopen()
	w.script(`create table a (id int primary key);
		create table log (n int generated always as identity, what text);
		create table b (id int primary key, a int references a on delete cascade, pos int unique deferrable);
		create function note() returns trigger language plpgsql as $$ begin insert into log (what) values (tg_op); return old; end $$;
		create trigger t before delete on b for each row execute function note();
		insert into a values (1); insert into b values (1, 1, 1), (2, 1, 2)`)
	if err := w.d.Close(); err != nil {
		t.Fatal(err)
	}
	age(t, dir)
	w = reopen()
	w.script(`update b set pos = 3 - pos; delete from a`)
	if got := w.run(db.Owner, `select count(*) from log`); got != "(2)" {
		t.Errorf("the trigger of the cascade ran %s times, want 2", got)
	}
	if err := w.d.Close(); err != nil {
		t.Fatal(err)
	}
}

// age makes of a file what an older version would have made.
func age(t *testing.T, dir string) {
	c, err := lite.Open(lite.Config{Path: filepath.Join(dir, sqlite.File), Mode: lite.ReadWrite})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, sql := range []string{
		`pragma writable_schema = on`,
		`update sqlite_schema set sql = replace(sql, ' deferrable', ' on delete cascade deferrable') where name = 'public.b'`,
		`update sqlite_schema set sql = replace(sql, 'CREATE INDEX', 'CREATE UNIQUE INDEX') where name = 'public.b_pos_key'`,
		`pragma writable_schema = reset`,
	} {
		if err := c.Exec(sql); err != nil {
			t.Fatal(err)
		}
	}
}
