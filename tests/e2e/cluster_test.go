package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
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
	uploadAtTwo(t, one.url, two.url)
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

// uploadAtTwo begins an upload at one node and ends it at another, on a shared disk.
func uploadAtTwo(t *testing.T, one, two string) {
	t.Helper()
	const secret = "sb_secret_cluster_under_test_0001"
	do := func(method, url, body string, header ...string) (*http.Response, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		req.Header.Set("Apikey", secret)
		req.Header.Set("Tus-Resumable", "1.0.0")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode >= 300 {
			t.Fatalf("%s %s: %s %s, %v", method, url, res.Status, text, err)
		}
		return res, string(text)
	}
	do("POST", one+"/storage/v1/bucket", `{"id":"box","name":"box","public":true}`, "Content-Type", "application/json")
	halves := []string{strings.Repeat("first half ", 10_000), strings.Repeat("second half ", 10_000)}
	res, _ := do("POST", one+"/storage/v1/upload/resumable", "", "Upload-Length", strconv.Itoa(len(halves[0])+len(halves[1])),
		"Upload-Metadata", "bucketName Ym94,objectName YmlnLnR4dA==,contentType dGV4dC9wbGFpbg==")
	path := res.Header.Get("Location")
	path = path[strings.Index(path, "/storage/"):]
	do("PATCH", one+path, halves[0], "Upload-Offset", "0", "Content-Type", "application/offset+octet-stream")
	res, _ = do("HEAD", two+path, "")
	if got := res.Header.Get("Upload-Offset"); got != strconv.Itoa(len(halves[0])) {
		t.Fatalf("the other node has %s bytes", got)
	}
	do("PATCH", two+path, halves[1], "Upload-Offset", strconv.Itoa(len(halves[0])), "Content-Type", "application/offset+octet-stream")
	if _, got := do("GET", one+"/storage/v1/object/public/box/big.txt", ""); got != halves[0]+halves[1] {
		t.Errorf("the file has %d bytes", len(got))
	}
}
