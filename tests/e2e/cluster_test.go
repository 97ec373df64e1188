package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/tests/pgserver"
)

// member is what a node of a cluster is given beside its flags.
func member(t *testing.T) []string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0") // a port that is free now
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return []string{
		"PLINTH_JWT_SECRET=a secret of the cluster under test, long enough", "PLINTH_PUBLISHABLE_KEY=sb_publishable_cluster_under_test_1",
		"PLINTH_SECRET_KEY=sb_secret_cluster_under_test_0001", "PLINTH_CLUSTER_LISTEN=" + ln.Addr().String(),
	}
}

// TestTwoNodes: the official clients at two nodes, one of which is killed.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	needNode(t)
	pg, err := pgserver.Start(t.Context(), "wal_level=logical")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pg.Stop() })
	data := t.TempDir()
	node := func() *process {
		return start(t, member(t), "serve", "--cluster", "--project", "testdata/ledger", "--data", data, "--db", pg.URL, "--listen", "127.0.0.1:0")
	}
	one := node() // it leads
	two := node()
	cmd := exec.Command("node", "two-nodes.mjs")
	cmd.Dir = scripts
	cmd.Env = append(os.Environ(), "PLINTH_URL="+one.url, "PLINTH_OTHER="+two.url, "PLINTH_KEY=sb_publishable_cluster_under_test_1",
		"PLINTH_SECRET=sb_secret_cluster_under_test_0001", "NODE_NO_WARNINGS=1")
	var complaint strings.Builder
	cmd.Stderr = &complaint
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	scan := bufio.NewScanner(out)
	if !scan.Scan() || scan.Text() != "go" {
		t.Fatalf("the clients say %q\n%s", scan.Text(), complaint.String())
	}
	one.kill()
	fmt.Fprintln(in, "killed")
	var got struct {
		steps
		Took int
	}
	if !scan.Scan() || json.Unmarshal(scan.Bytes(), &got) != nil || len(got.Steps) != 8 {
		t.Fatalf("the clients say %q\n%s", scan.Text(), complaint.String())
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	t.Logf("a change was told %d ms after the leader was killed", got.Took)
	if got.Took > 20_000 {
		t.Error("that is too long")
	}
	two.stop(t)
}
