package e2e

import (
	"context"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

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

// TestSchemaIsReadAnew: somebody changes the schema with his own tools and says so, by
// SIGUSR1 or on the channel that PostgREST listens to.
func TestSchemaIsReadAnew(t *testing.T) {
	t.Parallel()
	pg, err := pgserver.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer pg.Stop()
	p := start(t, nil, "dev", "--project", "testdata/ledger", "--data", t.TempDir(), "--db", pg.URL, "--listen", "127.0.0.1:0")
	conn, err := pgconn.Connect(t.Context(), pg.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	status := func(table string) int {
		req, err := http.NewRequestWithContext(ctx, "GET", p.url+"/rest/v1/"+table, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("apikey", localPublishable)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	for table, tell := range map[string]func() error{
		"signalled": func() error { return p.cmd.Process.Signal(syscall.SIGUSR1) },
		"notified": func() error {
			_, err := conn.Exec(t.Context(), "notify pgrst, 'reload schema'").ReadAll()
			return err
		},
	} {
		if _, err := conn.Exec(t.Context(), "create table "+table+" (id int)").ReadAll(); err != nil {
			t.Fatal(err)
		}
		if got := status(table); got != 404 {
			t.Errorf("%s: status %d before anybody said so", table, got)
		}
		if err := tell(); err != nil {
			t.Fatal(err)
		}
		for status(table) != 200 { // status fails the test when a minute is over
		}
	}
	p.stop(t)
}
