package e2e

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/plinth-dev/plinth/tests/pgserver"
)

// TestPostgresBackups uses Postgres' own programs on a real one: a dump, its check, a
// restore into an empty database; and what backup check finds in a server's archive.
func TestPostgresBackups(t *testing.T) {
	t.Parallel()
	archive := t.TempDir()
	if err := os.Chmod(archive, 0o777); err != nil {
		t.Fatal(err)
	}
	pg, err := pgserver.Start(t.Context(), "wal_level=logical", "archive_mode=on", "archive_command=cp %p /"+strings.TrimPrefix(archive, "/")+"/%f")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pg.Stop() })
	if err := os.Chmod(strings.TrimSuffix(archive, "/001"), 0o755); err != nil {
		t.Fatal(err)
	}
	vault := vaultEnv(t.TempDir())
	args := func(verb ...string) []string {
		return append(verb, "--project", "testdata/shipped", "--data", t.TempDir())
	}
	run := func(want int, args ...string) string {
		t.Helper()
		code, out, log := command(t, vault, args...)
		if code != want {
			t.Fatalf("plinth %s: exit code %d: %s%s", strings.Join(args, " "), code, out, log)
		}
		return out
	}
	exec := func(url, sql string) string {
		t.Helper()
		c, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close(t.Context())
		var out string
		if err := c.QueryRow(t.Context(), sql).Scan(&out); err != nil && err != pgx.ErrNoRows {
			t.Fatal(err)
		}
		return out
	}
	exec(pg.URL, "create table marks (id int)")
	exec(pg.URL, "insert into marks select generate_series(1, 1000)")
	exec(pg.URL, "create database empty")

	run(0, args("backup", "--db", pg.URL)...)
	mid := time.Now().UTC()
	exec(pg.URL, "delete from marks")
	run(0, args("backup", "--db", pg.URL)...)
	if out := run(0, args("backup", "list")...); strings.Count(out, "dump of Postgres") != 2 {
		t.Errorf("list: %s", out)
	}
	if out := run(0, args("backup", "verify", "--db", pg.URL)...); strings.Count(out, "entries") != 2 {
		t.Errorf("verify: %s", out)
	}
	empty := strings.Replace(pg.URL, "dbname=postgres", "dbname=empty", 1)
	run(0, args("restore", "--db", empty, "--to", mid.Format(time.RFC3339Nano))...)
	if n := exec(empty, "select count(*)::text from marks"); n != "1000" {
		t.Errorf("restored %s rows, want 1000", n)
	}
	run(1, args("restore", "--db", empty)...) // it is not empty any more

	exec(pg.URL, "select pg_switch_wal()::text")
	for end := time.Now().Add(patience); exec(pg.URL, "select archived_count::text from pg_stat_archiver") == "0"; <-time.After(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing was archived: " + exec(pg.URL, "select last_failed_wal from pg_stat_archiver"))
		}
	}
	out := run(1, args("backup", "check", "--db", pg.URL)...)
	if strings.Count(out, "WRONG") != 2 || !strings.Contains(out, "WRONG fsync") || !strings.Contains(out, "WRONG full_page_writes") {
		t.Errorf("the tests' server runs without fsync and full pages alone: %s", out)
	}
}
