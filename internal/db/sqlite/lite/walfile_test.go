package lite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"github.com/plinth-dev/plinth/internal/fault"
)

// spied counts what reaches the system's layer, and fails it from a write on.
var spied struct{ writes, failFrom atomic.Int64 }

// budget: the signature is SQLite's
func spyWrite(tls *libc.TLS, file, p uintptr, n int32, to int64) int32 {
	if k, from := spied.writes.Add(1), spied.failFrom.Load(); from > 0 && k >= from {
		return lib.SQLITE_FULL
	}
	return method[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](systemWrite)(tls, file, p, n, to)
}

var systemWrite uintptr

// rows inserts some, and what else.
func rows(from, to int, also string) string {
	return fmt.Sprintf("with recursive s(n) as (select %d union all select n + 1 from s where n < %d) insert into t select n, randomblob(900) from s%s", from, to, also)
}

// Not in parallel: the spy is one for all.
func TestACommitIsWrittenAtOnce(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "a.db")
	w, err := OpenWriter(WriterConfig{Conn: Config{Path: path, BusyMillis: 1000, Pragmas: []string{"journal_mode=wal", "synchronous=normal", "cache_size=20"}}})
	must(t, err)
	defer w.Close()
	reader, err := Open(Config{Path: path})
	must(t, err)
	defer reader.Close()
	exec := func(sql string) error { return w.Do(ctx, func(c *Conn) error { return c.Exec(sql) }) }
	must(t, exec("create table t (id integer primary key, b blob)"))
	must(t, exec(rows(1, 100, "")))
	own := *w.conn.walFile.own
	spied.writes.Store(0)
	systemWrite, own.FxWrite = own.FxWrite, address(spyWrite)
	w.conn.walFile.own = &own
	same := func(want int) {
		t.Helper()
		got, err := reader.number("select count(*) from t")
		must(t, err)
		if got != want {
			t.Errorf("others see %d rows, want %d", got, want)
		}
		if check, err := reader.number("select count(*) from pragma_integrity_check where integrity_check <> 'ok'"); err != nil || check != 0 {
			t.Errorf("the file is not whole: %v", err)
		}
	}
	must(t, exec("update t set b = randomblob(900) where id in (1, 30, 60, 90)"))
	if n := spied.writes.Load(); n != 1 {
		t.Errorf("a commit of four pages takes %d writes, want 1", n)
	}
	same(100)
	// More than the cache holds is written before its commit, and read again from there.
	must(t, exec(rows(101, 1000, "")))
	same(1000)
	if err := exec(rows(1001, 2000, " union all select 1, null")); err == nil {
		t.Error("a row came twice")
	}
	same(1000)
	// Whatever fails, the transaction is gone, and the next one is not.
	for n := range int64(12) {
		spied.failFrom.Store(spied.writes.Load() + 1 + n)
		err := exec("update t set b = randomblob(900) where id % 5 = 0")
		spied.failFrom.Store(0)
		if err != nil && fault.CodeOf(err) != "53100" {
			t.Errorf("write %d fails: %v", n, err)
		}
		if err == nil && n < 5 {
			t.Errorf("nobody heard of write %d, which failed", n)
		}
		same(1000)
		must(t, exec(fmt.Sprintf("update t set b = zeroblob(%d)", n)))
		same(1000)
	}
}

// A transaction that writes a page twice before its end has heads of its log corrected
// behind its last page: a process that dies right after the commit has lost none of it.
func TestCorrectedHeadsAreWritten(t *testing.T) {
	t.Parallel()
	for _, level := range []string{"normal", "full"} {
		dir := t.TempDir()
		w, err := OpenWriter(WriterConfig{Conn: Config{Path: filepath.Join(dir, "a.db"), Pragmas: []string{"journal_mode=wal", "synchronous=" + level, "cache_size=10"}}})
		must(t, err)
		defer w.Close()
		for i := range 5 {
			must(t, w.Do(t.Context(), func(c *Conn) error {
				if i == 0 {
					return c.Exec("create table t (id integer primary key, b blob);" + rows(1, 500, ""))
				}
				return c.Exec(fmt.Sprintf("update t set b = zeroblob(900); update t set b = randomblob(900) where id %% 2 = 0; update t set b = zeroblob(%d) where id %% 50 = 0", 800+i))
			}))
			dead := t.TempDir()
			for _, name := range []string{"a.db", "a.db-wal"} {
				bytes, err := os.ReadFile(filepath.Join(dir, name))
				must(t, errors.Join(err, os.WriteFile(filepath.Join(dead, name), bytes, 0o600)))
			}
			c, err := Open(Config{Path: filepath.Join(dead, "a.db"), Mode: ReadWrite, Pragmas: []string{"journal_mode=wal"}})
			must(t, err)
			want := 0
			if i > 0 {
				want = 10
			}
			if n, err := c.number(fmt.Sprintf("select count(*) from t where length(b) = %d", 800+i)); err != nil || n != want {
				t.Errorf("%s: after commit %d of a process that died: %d rows, %v, want %d", level, i, n, err, want)
			}
			must(t, c.Close())
		}
	}
}
