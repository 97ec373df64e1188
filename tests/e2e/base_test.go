package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/plinth-dev/plinth/tests/pgserver"
)

// TestPostgresBase copies a real Postgres with backup base: the copy starts as it was, and
// with the archive as it was at a time after. One that was changed is found.
func TestPostgresBase(t *testing.T) {
	t.Parallel()
	archive := open(t, "archive")
	pg, err := pgserver.Start(t.Context(), "archive_mode=on", "archive_command=cp %p "+archive+"/%f")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pg.Stop() })
	ask := func(url, sql string) (out string) {
		t.Helper()
		c, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close(t.Context())
		if err := c.QueryRow(t.Context(), sql).Scan(&out); err != nil && err != pgx.ErrNoRows {
			t.Fatal(err)
		}
		return out
	}
	run := func(want int, args ...string) (out, log string) {
		t.Helper()
		code, out, log := command(t, nil, append(args, "--project", "testdata/shipped", "--data", t.TempDir())...)
		if code != want {
			t.Fatalf("plinth %s: exit code %d: %s%s", strings.Join(args, " "), code, out, log)
		}
		return out, log
	}
	ask(pg.URL, "create table marks (id int)")
	ask(pg.URL, "insert into marks select generate_series(1, 1000)")
	one, two := open(t, "one"), open(t, "two")
	for _, dir := range []string{one, two} {
		out, log := run(0, "backup", "base", "--db", pg.URL, "--into", dir+"/data")
		if !strings.Contains(out, "by pg_verifybackup") || !strings.Contains(log, "copying, KB") {
			t.Errorf("a copy: %s%s", out, log)
		}
	}
	run(1, "backup", "base", "--db", pg.URL, "--into", one+"/data") // it is not empty
	ask(pg.URL, "insert into marks values (1001)")
	middle := ask(pg.URL, "select now()::text")
	ask(pg.URL, "delete from marks")
	last := ask(pg.URL, "select pg_walfile_name(pg_switch_wal())")
	for end := time.Now().Add(patience); ask(pg.URL, "select coalesce(last_archived_wal, '') from pg_stat_archiver") < last; <-time.After(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the archive waits: " + ask(pg.URL, "select last_failed_wal from pg_stat_archiver"))
		}
	}

	as, err := pg.Adopt(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { as.Stop() })
	if n := ask(as.URL, "select count(*)::text from marks"); n != "1000" {
		t.Errorf("the copy has %s rows, want 1000", n)
	}
	if err := os.WriteFile(two+"/data/recovery.signal", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	at, err := pg.Adopt(t.Context(), two, "restore_command=cp "+archive+"/%f %p", "recovery_target_time="+middle, "recovery_target_action=promote")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { at.Stop() })
	if n := ask(at.URL, "select count(*)::text from marks"); n != "1001" {
		t.Errorf("at the time in between there are %s rows, want 1001", n)
	}

	three := open(t, "three")
	run(0, "backup", "base", "--db", pg.URL, "--into", three+"/data")
	run(0, "backup", "verify", "--into", three+"/data")
	if err := os.WriteFile(three+"/data/pg_hba.conf", []byte("local all all trust\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, log := run(1, "backup", "verify", "--into", three+"/data"); !strings.Contains(log, "pg_hba.conf") {
		t.Errorf("a changed file: %s", log)
	}
}

// open is a new folder that another user, as whom Postgres runs, may write to and reach.
func open(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "plinth-"+name+"-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return filepath.Clean(dir)
}
