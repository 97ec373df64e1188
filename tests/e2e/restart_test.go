package e2e

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/tests/pgserver"
)

// TestClientsComeBack: a client that listens survives a restart of the server, by
// SIGTERM and by kill -9, and needs no new sign-in. By its session the new server knows
// what it missed.
func TestClientsComeBack(t *testing.T) {
	t.Parallel()
	needNode(t)
	order := func(t *testing.T, p *process) { p.stop(t) }
	kill := func(_ *testing.T, p *process) { p.kill() }
	for _, c := range []struct {
		name, engine string
		end          func(*testing.T, *process)
	}{{"SIGTERM", "sqlite", order}, {"kill -9", "sqlite", kill}, {"kill -9", "postgres", kill}} {
		t.Run(c.name+" on "+c.engine, func(t *testing.T) {
			t.Parallel()
			var more []string
			if c.engine == "postgres" {
				pg, err := pgserver.Start(t.Context(), "wal_level=logical")
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = pg.Stop() })
				more = []string{"--db", pg.URL}
			}
			data := t.TempDir()
			serve := func(listen string) *process {
				return start(t, nil, append([]string{"dev", "--project", "testdata/ledger", "--data", data, "--listen", listen}, more...)...)
			}
			p := serve("127.0.0.1:0")
			cmd := exec.Command("node", "come-back.mjs")
			cmd.Dir = scripts
			cmd.Env = append(os.Environ(), "PLINTH_URL="+p.url, "PLINTH_KEY="+localPublishable, "PLINTH_SECRET="+localSecret, "NODE_NO_WARNINGS=1")
			var complaint strings.Builder
			cmd.Stderr = &complaint
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Process.Kill()
			scan := bufio.NewScanner(stdout)
			if !scan.Scan() || scan.Text() != "listening" {
				t.Fatalf("the client says %q\n%s", scan.Text(), complaint.String())
			}
			c.end(t, p)
			again := serve(strings.TrimPrefix(p.url, "http://"))
			var got steps
			if !scan.Scan() || json.Unmarshal(scan.Bytes(), &got) != nil || len(got.Steps) != 5 {
				t.Fatalf("the client says %q\n%s", scan.Text(), complaint.String())
			}
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
			again.stop(t)
		})
	}
}
