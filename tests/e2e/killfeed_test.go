package e2e

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/tests/pgserver"
)

// TestKillNineUnderRealtime kills the server, twice, while the official client writes
// and listens. The client comes back by itself, and the feed brings it every row that
// was acknowledged, once and whole transactions at a time.
func TestKillNineUnderRealtime(t *testing.T) {
	t.Parallel()
	needNode(t)
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		killFeed(t)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		pg, err := pgserver.Start(t.Context(), "wal_level=logical")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = pg.Stop() })
		killFeed(t, "--db", pg.URL)
	})
}

func killFeed(t *testing.T, more ...string) {
	t.Helper()
	const kills = 2
	serve := func(listen string, data string) *process {
		return start(t, nil, append([]string{"dev", "--project", "testdata/ledger", "--data", data, "--listen", listen}, more...)...)
	}
	data := t.TempDir()
	p := serve("127.0.0.1:0", data)
	cmd := exec.Command("node", "kill-feed.mjs", strconv.Itoa(kills))
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
	for range kills {
		if !scan.Scan() || scan.Text() != "loaded" {
			t.Fatalf("the client says %q\n%s", scan.Text(), complaint.String())
		}
		p.kill()
		p = serve(strings.TrimPrefix(p.url, "http://"), data)
	}
	var got struct {
		steps
		Batches int
	}
	if !scan.Scan() || json.Unmarshal(scan.Bytes(), &got) != nil || len(got.Steps) != kills+2 {
		t.Fatalf("the client says %q\n%s", scan.Text(), complaint.String())
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	t.Logf("%d batches acknowledged", got.Batches)
	p.stop(t)
}
