package storage_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/storage"
)

const (
	killDir    = "PLINTH_TEST_KILL_DIR"
	killRounds = 5
	killSize   = 64 << 20
)

// A server that is killed while it takes an upload goes on, when it is back, behind
// what it had acknowledged; in the end the object is whole, and nothing else is left.
func TestKilledWhileUploading(t *testing.T) {
	if dir := os.Getenv(killDir); dir != "" {
		h := openIn(t, dir, func(c *storage.Config) { c.FileLimit = killSize })
		fmt.Println("listening", h.url)
		select {} // until killed
	}
	t.Parallel()
	dir := t.TempDir()
	data := make([]byte, killSize)
	rand.NewChaCha8([32]byte{1}).Read(data)
	h := &house{t: t, now: time.Now()}
	h.ring = localRing(t)
	path, offset, round, last := "", 0, 0, (*child)(nil)
	for offset < killSize {
		round++
		srv := spawn(t, dir)
		h.url = srv.url
		if path == "" {
			path = strings.TrimPrefix(begin(h, "service", "pub", "big", killSize), h.url)
		}
		offset = atoi(t, h.tusWant(200, "service", "HEAD", path, "").header.Get("Upload-Offset"))
		var kill func()
		if round <= killRounds {
			kill = srv.kill
		}
		h.send(path, offset, data[offset:], kill)
		last = srv
		if kill == nil {
			break
		}
		srv.kill()
	}
	if round <= killRounds {
		t.Errorf("the upload was over after %d rounds", round)
	}
	a := h.want(200, "", "GET", "/object/public/pub/big", "")
	if a.body != string(data) {
		t.Errorf("the object has %d bytes and is not what was sent", len(a.body))
	}
	last.kill()
	back := openIn(t, dir, nil)
	back.now = back.now.Add(time.Hour) // a piece that was killed before its row stays for a while
	if err := back.svc.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	back.agree(1)
}

// send uploads, and kills the server once some megabytes are on their way.
func (h *house) send(path string, offset int, data []byte, kill func()) {
	h.t.Helper()
	body := &killing{r: strings.NewReader(string(data)), after: int64(2<<20 + rand.IntN(10<<20)), kill: kill}
	req, err := http.NewRequest("PATCH", h.url+path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	req.ContentLength = int64(len(data))
	for _, line := range []string{"Tus-Resumable: 1.0.0", octets, "Upload-Offset: " + strconv.Itoa(offset), "Authorization: Bearer " + h.bearer("service")} {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err == nil {
		res.Body.Close()
	}
	if kill == nil && (err != nil || res.StatusCode != 204) {
		h.t.Errorf("the last piece: %v, %v", res, err)
	}
}

type killing struct {
	r     *strings.Reader
	after int64
	kill  func()
}

func (k *killing) Read(p []byte) (int, error) {
	n, err := k.r.Read(p)
	if k.after -= int64(n); k.after < 0 && k.kill != nil {
		k.kill()
		k.kill = nil
	}
	return n, err
}

type child struct {
	cmd  *exec.Cmd
	url  string
	dead bool
}

func spawn(t *testing.T, dir string) *child {
	t.Helper()
	c := &child{cmd: exec.Command(os.Args[0], "-test.run=^TestKilledWhileUploading$")}
	c.cmd.Env = append(os.Environ(), killDir+"="+dir)
	out, err := c.cmd.StdoutPipe()
	if err == nil {
		err = c.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.kill)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "listening "); ok {
			c.url = url
			return c
		}
	}
	t.Fatal("the child did not start")
	return nil
}

// kill is kill -9, and waits until the process is gone.
func (c *child) kill() {
	if c.dead {
		return
	}
	c.dead = true
	c.cmd.Process.Kill()
	c.cmd.Process.Wait()
}

func atoi(t testing.TB, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
