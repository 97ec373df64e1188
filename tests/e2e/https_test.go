package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	certs "github.com/plinth-dev/plinth/internal/cert"
)

// trusting is an HTTP client that takes the certificates of a file, and speaks HTTP/2.
func trusting(t *testing.T, file string) *http.Client {
	t.Helper()
	pem, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatalf("%s holds no certificate", file)
	}
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: patience}
}

// TestOfficialClientOverHTTPS drives the official clients through TLS: requests, sockets,
// uploads. The certificate is the one that dev makes.
func TestOfficialClientOverHTTPS(t *testing.T) {
	t.Parallel()
	for _, part := range []struct {
		project, script string
		steps           int
	}{{root + "/examples/chat", "chat-realtime.mjs", 8}, {filesProject, "tus.mjs", 12}} {
		t.Run(part.script, func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			p := start(t, []string{"PLINTH_API_TLS_ENABLED=true"}, "dev", "--project", part.project, "--data", data, "--listen", "127.0.0.1:0")
			if !strings.HasPrefix(p.url, "https://") {
				t.Fatalf("it serves %s", p.url)
			}
			var got steps
			client(t, p, part.script, []string{"NODE_EXTRA_CA_CERTS=" + filepath.Join(data, "tls.crt")}, &got)
			if len(got.Steps) < part.steps {
				t.Errorf("%d steps %q, want at least %d", len(got.Steps), got.Steps, part.steps)
			}
			p.stop(t)
		})
	}
}

// TestServeWithOwnCertificate takes a certificate from files, speaks HTTP/2, shows another
// certificate once the files have changed, and refuses what is no certificate.
func TestServeWithOwnCertificate(t *testing.T) {
	t.Parallel()
	made := func() (cert, key string) {
		t.Helper()
		c, k, err := certs.Own(t.TempDir(), []string{"127.0.0.1"})
		if err != nil {
			t.Fatal(err)
		}
		return c, k
	}
	oldCert, oldKey := made()
	newCert, newKey := made()
	dir := t.TempDir()
	put := func(from, name string) string {
		t.Helper()
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cert, key := put(oldCert, "c.pem"), put(oldKey, "k.pem")
	_, keys, _ := command(t, nil, "keys")
	env := strings.Split(strings.TrimSpace(strings.ReplaceAll(keys, "export ", "")), "\n")
	args := []string{"serve", "--project", "testdata/ledger", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--tls-cert", cert}
	if code, _, said := command(t, env, args...); code == 0 || !strings.Contains(said, "--tls-key") {
		t.Errorf("without a key's file: %d %s", code, said)
	}
	if code, _, said := command(t, env, append(args, "--tls-key", cert)...); code == 0 || !strings.Contains(said, "certificate") {
		t.Errorf("with a key's file that holds none: %d %s", code, said)
	}
	p := start(t, env, append(args, "--tls-key", key)...)
	res, err := trusting(t, oldCert).Get(p.url + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	var status struct{ Status string }
	if err := json.NewDecoder(res.Body).Decode(&status); err != nil || status.Status != "ready" || res.ProtoMajor != 2 {
		t.Errorf("%s %s %v", res.Proto, status.Status, err)
	}
	res.Body.Close()
	put(newCert, "c.pem")
	put(newKey, "k.pem")
	web, until := trusting(t, newCert), time.After(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for res, err = web.Get(p.url + "/readyz"); err != nil; res, err = web.Get(p.url + "/readyz") {
		select {
		case <-tick.C:
		case <-until:
			t.Fatalf("the files are not read anew: %v", err)
		}
	}
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
	p.stop(t)
}
