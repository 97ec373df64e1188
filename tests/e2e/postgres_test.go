package e2e

import (
	"testing"

	"github.com/plinth-dev/plinth/tests/pgserver"
)

// TestTheSameProjectsOnPostgres runs what the SQLite engine runs, unchanged, on a
// real Postgres: the same project files, the same client scripts.
func TestTheSameProjectsOnPostgres(t *testing.T) {
	t.Parallel()
	for _, part := range []struct {
		project, script string
	}{
		{"testdata/user-management", "user-management.mjs"},
		{root + "/examples/chat", "chat-data.mjs"},
		{root + "/examples/chat", "chat-auth.mjs"},
		{root + "/examples/chat", "chat-realtime.mjs"},
	} {
		t.Run(part.script, func(t *testing.T) {
			t.Parallel()
			pg, err := pgserver.Start(t.Context(), "wal_level=logical")
			if err != nil {
				t.Fatal(err)
			}
			defer pg.Stop()
			p := start(t, nil, "dev", "--project", part.project, "--data", t.TempDir(), "--db", pg.URL, "--listen", "127.0.0.1:0")
			var got steps
			client(t, p, part.script, nil, &got)
			if len(got.Steps) < 8 {
				t.Errorf("steps = %q, want them all", got.Steps)
			}
			p.stop(t)
		})
	}
}
