package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/tests/pgserver"
)

// TestTheChatMoves: the chat moves to Postgres under clients that stay signed in and
// come back by themselves.
func TestTheChatMoves(t *testing.T) {
	t.Parallel()
	needNode(t)
	pg, err := pgserver.Start(t.Context(), "wal_level=logical")
	if err != nil {
		t.Fatal(err)
	}
	defer pg.Stop()
	project, data := root+"/examples/chat", t.TempDir()
	old := dev(t, project, data)
	cmd := exec.Command("node", "chat-moves.mjs")
	cmd.Dir = scripts
	cmd.Env = append(os.Environ(), "PLINTH_URL="+old.url, "PLINTH_KEY="+localPublishable, "NODE_NO_WARNINGS=1")
	var complaint strings.Builder
	cmd.Stderr = &complaint
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	scan := bufio.NewScanner(stdout)
	if !scan.Scan() || scan.Text() != "before" {
		t.Fatalf("the client says %q\n%s", scan.Text(), complaint.String())
	}

	mover := launch(t, nil, "move", "--project", project, "--data", data, "--to", pg.URL)
	if _, ok := mover.out.wait(func(line string) bool { return strings.Contains(line, "stays so until its server has stopped") }); !ok {
		t.Fatalf("move: %v", mover.wait())
	}
	old.stop(t)
	if err := mover.wait(); err != nil {
		t.Fatalf("move: %v", err)
	}
	p := start(t, nil, "dev", "--project", project, "--data", data, "--db", pg.URL, "--listen", strings.TrimPrefix(old.url, "http://"))
	if _, err := io.WriteString(stdin, "go\n"); err != nil {
		t.Fatal(err)
	}
	var got steps
	if !scan.Scan() || json.Unmarshal(scan.Bytes(), &got) != nil || len(got.Steps) != 6 {
		t.Fatalf("the client says %q\n%s", scan.Text(), complaint.String())
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	p.stop(t)
}
