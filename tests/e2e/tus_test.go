package e2e

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// rounds is how often a proof kills: 5, or what make proof asks for.
func rounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("PLINTH_PROOF_ROUNDS")
	if text == "" {
		return 5
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestKillFiles: the server is killed by kill -9 in the middle of an upload
// again and again, and the client once; the reference client goes on by itself, the
// file is whole in the end, and rows and bytes agree.
func TestKillFiles(t *testing.T) {
	t.Parallel()
	list := bases(t)
	if os.Getenv("PLINTH_PROOF_ROUNDS") == "" {
		list = list[:2] // the proof takes the others too
	}
	for _, b := range list {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			needNode(t)
			k := &killing{t: t, b: b, data: t.TempDir(), dir: t.TempDir(), rounds: rounds(t)}
			k.file()
			k.run()
		})
	}
}

// killing is an upload under fire.
type killing struct {
	t         *testing.T
	b         base
	data, dir string
	rounds    int
	size      int
	sum       [sha256.Size]byte
	p         *process
}

const killStep = 5 << 20 // between two kills

func (k *killing) file() {
	k.size = (k.rounds + 2) * killStep
	body := make([]byte, k.size)
	rand.NewChaCha8([32]byte{2}).Read(body)
	k.sum = sha256.Sum256(body)
	write(k.t, filepath.Join(k.dir, "file"), string(body))
}

func (k *killing) run() {
	t := k.t
	k.p = k.b.serve(t, k.data)
	var made struct{ Name string }
	if code := postSecret(t, k.p.url+"/storage/v1/bucket", `{"name":"public","public":true}`, &made); code != http.StatusOK {
		t.Fatalf("the bucket: %d", code)
	}
	c := k.client(0)
	for i := range k.rounds {
		c.expect(t, "at ")
		k.p.kill()
		again := k.b
		again.listen = strings.TrimPrefix(k.p.url, "http://")
		k.p = again.serve(t, k.data)
		fmt.Fprintln(c.in, "go", i)
		c.expect(t, "resumed ")
	}
	c.expect(t, "at ")
	c.cmd.Process.Kill()
	c.cmd.Wait()
	c = k.client(k.rounds + 1)
	if offset, _ := strconv.Atoi(c.expect(t, "resumed ")); offset == 0 {
		t.Error("the second client began anew")
	}
	c.expect(t, "done")
	if err := c.cmd.Wait(); err != nil {
		t.Error(err)
	}
	k.whole()
	k.p.stop(t)
	// What a kill left without a row goes; a row without bytes there must not be.
	args := append([]string{"storage", "check", "--grace", "0s", "--repair", "--project", filesProject, "--data", k.data}, k.b.args...)
	code, out, log := command(t, k.b.env, args...)
	if code != 0 || !has(out, "1 files, ") || has(out, "without their bytes") {
		t.Errorf("storage check = %d %s%s", code, out, log)
	}
	k.b.agree(t, k.data)
}

// whole fails unless the object has the file's bytes.
func (k *killing) whole() {
	k.t.Helper()
	res, err := http.Get(k.p.url + "/storage/v1/object/public/public/big")
	if err != nil {
		k.t.Fatal(err)
	}
	defer res.Body.Close()
	sum := sha256.New()
	if n, err := io.Copy(sum, res.Body); err != nil || [sha256.Size]byte(sum.Sum(nil)) != k.sum {
		k.t.Errorf("the object has %d bytes of %d, or other ones: %v", n, k.size, err)
	}
}

// tusClient is tus-kill.mjs, which says where it is.
type tusClient struct {
	cmd *exec.Cmd
	in  io.Writer
	out *bufio.Scanner
	err *strings.Builder
}

// client starts one that stops behind each step from the first on.
func (k *killing) client(first int) *tusClient {
	k.t.Helper()
	var stops []string
	for i := first; i <= k.rounds; i++ {
		stops = append(stops, strconv.Itoa((i+1)*killStep+i*1000))
	}
	c := &tusClient{cmd: exec.Command("node", "tus-kill.mjs"), err: &strings.Builder{}}
	c.cmd.Dir = scripts
	c.cmd.Env = append(os.Environ(), "PLINTH_URL="+k.p.url, "PLINTH_SECRET="+localSecret, "NODE_NO_WARNINGS=1",
		"FILE="+filepath.Join(k.dir, "file"), "STATE="+filepath.Join(k.dir, "urls.json"), "STOPS="+strings.Join(stops, ","))
	c.cmd.Stderr = c.err
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		k.t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err == nil {
		err = c.cmd.Start()
	}
	if err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(func() { c.cmd.Process.Kill() })
	c.out = bufio.NewScanner(out)
	return c
}

// expect reads to a line that begins so and returns its rest.
func (c *tusClient) expect(t *testing.T, begin string) string {
	t.Helper()
	for c.out.Scan() {
		if rest, ok := strings.CutPrefix(c.out.Text(), begin); ok {
			return rest
		}
	}
	t.Fatalf("the client ended before it said %q\n%s", begin, c.err)
	return ""
}
