package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/plinth-dev/plinth/tests/pgserver"
)

// engine is one that a test runs on: dev's arguments for it.
type engine struct {
	name string
	args []string
}

// onBoth runs a test on SQLite and on a Postgres of its own.
func onBoth(t *testing.T, test func(t *testing.T, e engine)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, engine{name: "sqlite"})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		pg, err := pgserver.Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := pg.Stop(); err != nil {
				t.Error(err)
			}
		})
		test(t, engine{name: "postgres", args: []string{"--db", pg.URL}})
	})
}

// serve serves project on the engine, which may have migrations of its own:
// postgres.sql beside the project's folder.
func (e engine) serve(t *testing.T, project string) *process {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(project)); err != nil {
		t.Fatal(err)
	}
	if own, err := os.ReadFile(filepath.Join(project, e.name+".sql")); err == nil {
		write(t, filepath.Join(dir, "supabase", "migrations", "20260102000000_own.sql"), string(own))
	}
	return start(t, nil, append([]string{"dev", "--project", dir, "--data", t.TempDir(), "--listen", "127.0.0.1:0"}, e.args...)...)
}

// TestEveryCallOfTheClient makes each call that the official clients for JavaScript and
// Python can make of the data API, on both engines.
func TestEveryCallOfTheClient(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, e engine) {
		p := e.serve(t, "testdata/wire")
		var got steps
		client(t, p, "wire.mjs", []string{"PLINTH_ENGINE=" + e.name}, &got)
		if len(got.Steps) < 28 {
			t.Errorf("%d steps %q, want them all", len(got.Steps), got.Steps)
		}
		python(t, p, "wire.py", []string{"PLINTH_ENGINE=" + e.name}, &got)
		if len(got.Steps) != 8 {
			t.Errorf("%d steps of Python's %q, want them all", len(got.Steps), got.Steps)
		}
		p.stop(t)
	})
}
