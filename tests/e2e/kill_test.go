package e2e

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// TestKillNine kills the server under writes of the official client and expects,
// after a restart on the same data, every acknowledged batch, and none half.
// PLINTH_PROOF_ROUNDS says how often; 3 without it.
func TestKillNine(t *testing.T) {
	t.Parallel()
	needNode(t)
	rounds := 3
	if n, err := strconv.Atoi(os.Getenv("PLINTH_PROOF_ROUNDS")); err == nil {
		rounds = n
	}
	data := t.TempDir()
	acknowledged := map[int]bool{}
	for round := range rounds {
		p := dev(t, "testdata/ledger", data)
		for _, batch := range killUnderLoad(t, p, round) {
			acknowledged[batch] = true
		}
	}
	p := dev(t, "testdata/ledger", data)
	checkBatches(t, p, acknowledged)
	p.stop(t)
}

// killUnderLoad returns the batches that the client saw acknowledged.
func killUnderLoad(t *testing.T, p *process, round int) []int {
	t.Helper()
	cmd := exec.Command("node", "write-load.mjs", strconv.Itoa(round+1))
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
	var batches []int
	for scan := bufio.NewScanner(stdout); scan.Scan(); {
		batch, err := strconv.Atoi(scan.Text())
		if err != nil {
			t.Fatal(err)
		}
		batches = append(batches, batch)
		if len(batches) == 150+50*(round%5) {
			p.kill()
		}
	}
	cmd.Wait() // its last requests failed, as they must
	if len(batches) < 150 {
		t.Fatalf("round %d: only %d batches were acknowledged\n%s", round, len(batches), complaint.String())
	}
	return batches
}

func checkBatches(t *testing.T, p *process, acknowledged map[int]bool) {
	t.Helper()
	have := map[int]int{}
	for offset := 0; ; offset += 1000 {
		var page []struct{ Batch, Halves int }
		if code := get(t, fmt.Sprintf("%s/rest/v1/batches?order=batch&limit=1000&offset=%d", p.url, offset), localSecret, &page); code != http.StatusOK {
			t.Fatalf("status %d", code)
		}
		for _, b := range page {
			have[b.Batch] = b.Halves
		}
		if len(page) < 1000 {
			break
		}
	}
	for batch, halves := range have {
		if halves != 2 {
			t.Errorf("batch %d has %d rows, want 2", batch, halves)
		}
	}
	lost := 0
	for batch := range acknowledged {
		if have[batch] == 0 {
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("%d of %d acknowledged batches are lost", lost, len(acknowledged))
	}
	t.Logf("%d batches acknowledged, %d there", len(acknowledged), len(have))
}
