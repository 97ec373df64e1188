package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/tests/pgserver"
)

// TestMoveUnderLoad moves a project to Postgres while the official client writes. What
// was acknowledged is there afterwards, nothing else is, and a session from before goes
// on. A move that is killed in its middle is simply run again.
func TestMoveUnderLoad(t *testing.T) {
	t.Parallel()
	needNode(t)
	pg, err := pgserver.Start(t.Context(), "wal_level=logical")
	if err != nil {
		t.Fatal(err)
	}
	defer pg.Stop()
	data := t.TempDir()
	old := dev(t, "testdata/ledger", data)
	ann := join(t, old, "ann@example.com")
	load := writeLoad(t, old)
	load.until(t, 200)

	args := []string{"move", "--project", "testdata/ledger", "--data", data, "--to", pg.URL}
	killed := launch(t, nil, args...)
	killed.out.wait(func(line string) bool { return strings.HasPrefix(line, "copied public.entries") })
	killed.kill()
	load.until(t, 400)

	mover := launch(t, nil, args...)
	if _, ok := mover.out.wait(func(line string) bool { return strings.Contains(line, "stays so until its server has stopped") }); !ok {
		t.Fatalf("move: %v", mover.wait())
	}
	old.stop(t)
	acknowledged := load.end(t)
	if err := mover.wait(); err != nil {
		t.Fatalf("move: %v", err)
	}

	p := start(t, nil, "dev", "--project", "testdata/ledger", "--data", data, "--db", pg.URL, "--listen", "127.0.0.1:0")
	checkBatches(t, p, acknowledged)
	moved := batchesOf(t, p)
	if code := get(t, p.url+"/rest/v1/entries?select=batch", ann.access, nil); code != http.StatusOK {
		t.Errorf("a token from before the move: status %d, want 200", code)
	}
	if body := post(t, p.url+"/auth/v1/token?grant_type=refresh_token", map[string]string{"refresh_token": ann.refresh}); !strings.Contains(body, `"access_token"`) {
		t.Errorf("a refresh token from before the move: %s", body)
	}
	if body := post(t, p.url+"/auth/v1/token?grant_type=password", map[string]string{"email": "ann@example.com", "password": "correct horse"}); !strings.Contains(body, `"access_token"`) {
		t.Errorf("a password from before the move: %s", body)
	}
	p.stop(t)

	source := dev(t, "testdata/ledger", data)
	if was := batchesOf(t, source); was != moved {
		t.Errorf("the source has other batches than the target:\n%s\n%s", was, moved)
	}
	source.stop(t)
	code, _, log := command(t, nil, args...)
	if code != 1 || !has(log, "the target is not empty") {
		t.Errorf("a move into a used database: exit code %d and %q, want a refusal", code, log)
	}
}

type session struct{ access, refresh string }

func join(t *testing.T, p *process, email string) session {
	t.Helper()
	var s struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	body := post(t, p.url+"/auth/v1/signup", map[string]string{"email": email, "password": "correct horse"})
	if err := json.Unmarshal([]byte(body), &s); err != nil || s.Access == "" {
		t.Fatalf("sign-up: %s", body)
	}
	return session{s.Access, s.Refresh}
}

func post(t *testing.T, url string, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("apikey", localPublishable)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// batchesOf lists all batches that a server has, in order.
func batchesOf(t *testing.T, p *process) string {
	t.Helper()
	var list []struct{ Batch, Halves int }
	var b strings.Builder
	for offset := 0; ; offset += 1000 {
		list = nil
		url := p.url + "/rest/v1/batches?order=batch&limit=1000&offset=" + strconv.Itoa(offset)
		if code := get(t, url, localSecret, &list); code != http.StatusOK {
			t.Fatalf("status %d", code)
		}
		for _, x := range list {
			b.WriteString(strconv.Itoa(x.Batch) + " ")
		}
		if len(list) < 1000 {
			return b.String()
		}
	}
}

// loading is a client that writes until its server fails.
type loading struct {
	cmd       *exec.Cmd
	batches   *tail
	complaint bytes.Buffer
}

func writeLoad(t *testing.T, p *process) *loading {
	t.Helper()
	l := &loading{cmd: exec.Command("node", "write-load.mjs", "1"), batches: newTail()}
	l.cmd.Dir = scripts
	l.cmd.Env = append(os.Environ(), "PLINTH_URL="+p.url, "PLINTH_KEY="+localPublishable, "NODE_NO_WARNINGS=1")
	l.cmd.Stderr = &l.complaint
	stdout, err := l.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.cmd.Process.Kill() })
	go l.batches.read(stdout)
	return l
}

// until waits for n acknowledged batches.
func (l *loading) until(t *testing.T, n int) {
	t.Helper()
	seen := 0
	if _, ok := l.batches.wait(func(string) bool { seen++; return seen == n }); !ok {
		t.Fatalf("the client ended after %d batches: %s", seen, l.complaint.String())
	}
}

// end waits until the client has given up and returns what it saw acknowledged.
func (l *loading) end(t *testing.T) map[int]bool {
	t.Helper()
	<-l.batches.done
	_ = l.cmd.Wait() // its last requests failed, as they must
	out := map[int]bool{}
	l.batches.mu.Lock()
	defer l.batches.mu.Unlock()
	for _, line := range l.batches.lines {
		n, err := strconv.Atoi(line)
		if err != nil {
			t.Fatal(err)
		}
		out[n] = true
	}
	return out
}
