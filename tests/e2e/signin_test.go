package e2e

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
)

// providers starts two real OpenID providers; the test's end stops them.
func providers(t *testing.T) (env []string) {
	t.Helper()
	needNode(t)
	const secret = "OIDC_SECRET=a secret, 32 characters and more"
	cmd := exec.Command("node", "oidc.mjs")
	cmd.Dir = scripts
	cmd.Env = append(os.Environ(), secret, "NODE_NO_WARNINGS=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var at struct{ Panva, Mock string }
	if err := json.Unmarshal(line, &at); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	return []string{secret, "OIDC_PANVA=" + at.Panva, "OIDC_MOCK=" + at.Mock}
}

// TestProviders signs in through two OpenID providers that others made.
func TestProviders(t *testing.T) {
	t.Parallel()
	env := providers(t)
	p := start(t, env, "dev", "--project", "testdata/sign-in", "--data", t.TempDir(), "--listen", "127.0.0.1:0")
	var got steps
	client(t, p, "oauth.mjs", env, &got)
	if len(got.Steps) < 13 {
		t.Errorf("steps = %q, want them all", got.Steps)
	}
	p.stop(t)
}

// TestPhonesAndFactors drives phones and second factors with the official client.
func TestPhonesAndFactors(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "dev", "--project", "testdata/phone", "--data", t.TempDir(), "--listen", "127.0.0.1:0")
	var got steps
	client(t, p, "phone.mjs", nil, &got)
	if len(got.Steps) < 9 {
		t.Errorf("steps = %q, want them all", got.Steps)
	}
	p.stop(t)
}

// TestAccountsByLetter drives letters, sessions and the administrator's part with the
// official client, and looks that the scripts call all that it has.
func TestAccountsByLetter(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "dev", "--project", "testdata/letters", "--data", t.TempDir(), "--listen", "127.0.0.1:0")
	var got steps
	client(t, p, "letters.mjs", nil, &got)
	if len(got.Steps) < 10 {
		t.Errorf("steps = %q, want them all", got.Steps)
	}
	p.stop(t)
}
