package e2e

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/tests/pgserver"
)

// shouting lets the database broadcast.
const shouting = `create function public.shout() returns void language plpgsql security definer as
  $$ begin perform realtime.send('{"text":"sql"}', 'shout', 'room', false); end $$;`

// TestRealtimeClients: the official clients that differ most from the newest JavaScript
// one, and a phone whose connection is cut, on both engines.
func TestRealtimeClients(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			project := t.TempDir()
			if err := os.CopyFS(project, os.DirFS(root+"/examples/chat")); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(project, "supabase/migrations/20990101000000_shout.sql"), shouting)
			args := []string{"dev", "--project", project, "--data", t.TempDir(), "--listen", "127.0.0.1:0"}
			if engine == "postgres" {
				pg, err := pgserver.Start(t.Context(), "wal_level=logical")
				if err != nil {
					t.Fatal(err)
				}
				defer pg.Stop()
				args = append(args, "--db", pg.URL)
			}
			p := start(t, nil, args...)
			for script, want := range map[string]int{"realtime-1.mjs": 4, "resume.mjs": 4} {
				var got steps
				client(t, p, script, nil, &got)
				if len(got.Steps) != want {
					t.Errorf("%s: steps %q, want %d", script, got.Steps, want)
				}
			}
			strict(t, p)
			p.stop(t)
		})
	}
}

// strict runs the Python client, whose models refuse a message that lacks a field.
func strict(t *testing.T, p *process) {
	t.Helper()
	var got struct{ Steps, Faults []string }
	python(t, p, "strict.py", nil, &got)
	if len(got.Steps) != 11 || len(got.Faults) > 0 {
		t.Errorf("strict.py: %+v", got)
	}
}

// python runs a script of tests/py against p and decodes its result into out.
func python(t *testing.T, p *process, script string, env []string, out any) {
	t.Helper()
	python, err := filepath.Abs(root + "/tests/py/.venv/bin/python")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(python); err != nil {
		t.Fatal("the Python client is missing: run `make deps`")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, script)
	cmd.Dir = root + "/tests/py"
	cmd.Env = append(os.Environ(), "PLINTH_URL="+p.url, "PLINTH_KEY="+localPublishable, "PLINTH_SECRET="+localSecret)
	cmd.Env = append(cmd.Env, env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(text, out)
	}
	if err != nil {
		t.Fatalf("%s: %v %s %s", script, err, text, stderr.String())
	}
}
