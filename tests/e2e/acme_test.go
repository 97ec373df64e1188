package e2e

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/tests/acmeserver"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

// authority starts an authority that looks for its challenges at two addresses. It may be
// told more.
func authority(t *testing.T, http, tls string, more ...acmeserver.Config) *acmeserver.Server {
	t.Helper()
	port := func(addr string) int {
		_, text, err := net.SplitHostPort(addr)
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	cfg := acmeserver.Config{}
	if len(more) > 0 {
		cfg = more[0]
	}
	cfg.HTTP, cfg.TLS = port(http), port(tls)
	ca, err := acmeserver.Start(t.Context(), t.TempDir(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ca.Stop()
		if t.Failed() {
			t.Log(ca.Log())
		}
	})
	return ca
}

// domain is the environment of a server that is reached by a name.
func domain(t *testing.T, ca *acmeserver.Server, name string, more ...string) []string {
	t.Helper()
	return append(member(t), append(more, "PLINTH_TLS_DOMAINS="+name, "PLINTH_TLS_DIRECTORY="+ca.Directory, "PLINTH_TLS_CA_FILE="+ca.CAFile)...)
}

// shows asks p by the name that its certificate is for, until it shows one that the
// authority gave. It returns the certificate's number and the answer's body.
func shows(t *testing.T, ca *acmeserver.Server, p *process, name, path string) (serial, body string) {
	t.Helper()
	_, at, _ := strings.Cut(p.url, "://")
	tr := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: ca.Roots}, ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", at)
		},
	}
	defer tr.CloseIdleConnections()
	web, until := &http.Client{Transport: tr, Timeout: patience}, time.After(2*patience)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+name+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Apikey", "sb_secret_cluster_under_test_0001")
		res, err := web.Do(req)
		if err == nil {
			text, err := io.ReadAll(res.Body)
			res.Body.Close()
			if err != nil || res.StatusCode != 200 || res.ProtoMajor != 2 {
				t.Errorf("%s%s: %s %s %s %v", name, path, res.Proto, res.Status, text, err)
			}
			return res.TLS.PeerCertificates[0].SerialNumber.String(), string(text)
		}
		select {
		case <-tick.C:
		case <-until:
			t.Fatalf("%s has no certificate: %v", name, err)
		}
	}
}

// TestCertificateByHandshake gets a certificate by TLS-ALPN-01 on SQLite, and has it still
// after a new start.
func TestCertificateByHandshake(t *testing.T) {
	t.Parallel()
	at := acmeserver.FreeAddr()
	ca := authority(t, acmeserver.FreeAddr(), at)
	env := domain(t, ca, "app.test", "PLINTH_TLS_HTTP_LISTEN=off")
	args := []string{"serve", "--project", "testdata/ledger", "--data", t.TempDir(), "--listen", at}
	p := start(t, env, args...)
	first, _ := shows(t, ca, p, "app.test", "/readyz")
	orders := ca.Orders()
	p.stop(t)
	p = start(t, env, args...)
	again, _ := shows(t, ca, p, "app.test", "/readyz")
	p.stop(t)
	if first != again || orders == 0 || ca.Orders() != orders {
		t.Errorf("certificates %s and %s, %d orders and then %d; want one certificate and no further order", first, again, orders, ca.Orders())
	}
}

// TestCertificateOfManyNodes: a node gets a certificate by HTTP-01 although the authority
// reaches another node alone, a third node shows that certificate without an order of its
// own, and nodes send requests on to each other over TLS.
func TestCertificateOfManyNodes(t *testing.T) {
	t.Parallel()
	pg, err := pgserver.Start(t.Context(), "wal_level=logical")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pg.Stop() })
	plain := acmeserver.FreeAddr()
	ca := authority(t, plain, acmeserver.FreeAddr())
	data := t.TempDir()
	node := func(env []string, more ...string) *process {
		t.Helper()
		return start(t, env, append([]string{"serve", "--cluster", "--project", "testdata/ledger", "--data", data, "--db", pg.URL, "--listen", "127.0.0.1:0"}, more...)...)
	}
	reached := node(domain(t, ca, "other.test", "PLINTH_TLS_CHALLENGE=http-01", "PLINTH_TLS_HTTP_LISTEN="+plain))
	one := node(domain(t, ca, "app.test", "PLINTH_TLS_CHALLENGE=http-01", "PLINTH_TLS_HTTP_LISTEN=127.0.0.1:0"))
	first, _ := shows(t, ca, one, "app.test", "/readyz")
	shows(t, ca, reached, "other.test", "/readyz")
	orders := ca.Orders()
	two := node(domain(t, ca, "app.test", "PLINTH_TLS_CHALLENGE=http-01", "PLINTH_TLS_HTTP_LISTEN=127.0.0.1:0"), "--only", "auth")
	second, rows := shows(t, ca, two, "app.test", "/rest/v1/entries")
	if first != second || ca.Orders() != orders {
		t.Errorf("certificates %s and %s, %d orders and then %d; want one certificate and no further order", first, second, orders, ca.Orders())
	}
	if rows != "[]" {
		t.Errorf("a request for a service that another node has: %s", rows)
	}
	notSecure(t, plain, reached)
	for _, p := range []*process{two, one, reached} {
		p.stop(t)
	}
}

// notSecure asks by plain HTTP.
func notSecure(t *testing.T, addr string, p *process) {
	t.Helper()
	web := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: patience}
	for _, key := range []string{"", "sb_secret_cluster_under_test_0001"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+"/rest/v1/entries?select=id", nil)
		if err != nil {
			t.Fatal(err)
		}
		if key != "" {
			req.Header.Set("Apikey", key)
		}
		res, err := web.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(res.Body)
		res.Body.Close()
		to, id := res.Header.Get("Location"), res.Header.Get("X-Request-Id")
		switch {
		case err != nil || id == "":
			t.Errorf("by plain HTTP: %v, id %q", err, id)
		case key == "" && (res.StatusCode != http.StatusPermanentRedirect || to != p.url+"/rest/v1/entries?select=id"):
			t.Errorf("by plain HTTP: %s %s", res.Status, to)
		case key != "" && (res.StatusCode != http.StatusForbidden || !strings.Contains(string(text), "https_required")):
			t.Errorf("a key by plain HTTP: %s %s", res.Status, text)
		}
	}
}
