package e2e

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestClientsComeBack: a client that listens survives a restart of the server, by
// SIGTERM and by kill -9, and needs no new sign-in.
func TestClientsComeBack(t *testing.T) {
	t.Parallel()
	needNode(t)
	for name, end := range map[string]func(*testing.T, *process){
		"SIGTERM": func(t *testing.T, p *process) { p.stop(t) },
		"kill -9": func(_ *testing.T, p *process) { p.kill() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			p := dev(t, "testdata/ledger", data)
			cmd := exec.Command("node", "come-back.mjs")
			cmd.Dir = scripts
			cmd.Env = append(os.Environ(), "PLINTH_URL="+p.url, "PLINTH_KEY="+localPublishable, "NODE_NO_WARNINGS=1")
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
			end(t, p)
			again := start(t, nil, "dev", "--project", "testdata/ledger", "--data", data, "--listen", strings.TrimPrefix(p.url, "http://"))
			var got steps
			if !scan.Scan() || json.Unmarshal(scan.Bytes(), &got) != nil || len(got.Steps) != 3 {
				t.Fatalf("the client says %q\n%s", scan.Text(), complaint.String())
			}
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
			again.stop(t)
		})
	}
}
