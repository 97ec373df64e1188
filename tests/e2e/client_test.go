package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The keys of every local project.
const (
	localPublishable = "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH"
	localSecret      = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz"
	localAnon        = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzdXBhYmFzZS1kZW1vIiwicm9sZSI6ImFub24iLCJleHAiOjE5ODM4MTI5OTZ9.CRXP1A7WOeoJeXxjNni43kdQwgnWNReilDMblYTn_I0"
)

const scripts = root + "/tests/js"

// client runs a script of tests/js against p and decodes its result into out.
func client(t *testing.T, p *process, script string, env []string, out any) {
	t.Helper()
	needNode(t)
	ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", script)
	cmd.Dir = scripts
	cmd.Env = append(os.Environ(), "PLINTH_URL="+p.url, "PLINTH_KEY="+localPublishable, "PLINTH_ANON="+localAnon, "PLINTH_SECRET="+localSecret, "NODE_NO_WARNINGS=1")
	cmd.Env = append(cmd.Env, env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", script, err, stderr.Bytes(), stdout.Bytes())
	}
	if err := json.Unmarshal(stdout.Bytes(), out); err != nil {
		t.Fatalf("%s: %v in %s", script, err, stdout.Bytes())
	}
}

// steps is the result of the scripts that check as they go.
type steps struct{ Steps []string }

func needNode(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal("node is missing: install Node 20 or newer")
	}
	if _, err := os.Stat(filepath.Join(scripts, "node_modules", "@supabase", "supabase-js")); err != nil {
		t.Fatal("the official client is missing: run `make deps`")
	}
}

// get reads url with key into out and returns the status.
func get(t *testing.T, url, key string, out any) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("Apikey", key)
	}
	return send(t, req, out)
}

func send(t *testing.T, req *http.Request, out any) int {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if out != nil {
		if err := json.NewDecoder(res.Body).Decode(out); err != nil {
			t.Fatal(err)
		}
	}
	return res.StatusCode
}
