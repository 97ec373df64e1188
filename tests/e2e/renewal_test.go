package e2e

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/tests/acmeserver"
)

// TestCertificateIsRenewed: a certificate of half a minute is renewed in its time, while one
// connection stays and others come and go, none of whose requests fails.
func TestCertificateIsRenewed(t *testing.T) {
	t.Parallel()
	at := acmeserver.FreeAddr()
	ca := authority(t, acmeserver.FreeAddr(), at, acmeserver.Config{Validity: 30 * time.Second})
	p := start(t, domain(t, ca, "app.test", "PLINTH_TLS_HTTP_LISTEN=off", "PLINTH_TLS_LOOK_EVERY=1s"),
		"serve", "--project", "testdata/ledger", "--data", t.TempDir(), "--listen", at)
	first, _ := shows(t, ca, p, "app.test", "/readyz")
	orders := ca.Orders()

	ctx, renewed := context.WithTimeout(t.Context(), 2*patience)
	defer renewed()
	ask := func(web *http.Client) (serial string, ok bool) {
		res, err := web.Get("https://app.test/readyz")
		if err != nil {
			t.Errorf("a request: %v", err)
			return "", false
		}
		defer res.Body.Close()
		if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
			t.Errorf("a request: %s %v", res.Status, err)
		}
		return res.TLS.PeerCertificates[0].SerialNumber.String(), true
	}
	every := func(pause time.Duration, do func() bool) {
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for ctx.Err() == nil && do() {
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	}
	var both sync.WaitGroup
	stays, dials := named(t, ca, at)
	both.Go(func() {
		every(100*time.Millisecond, func() bool { _, ok := ask(stays); return ok })
	})
	next := ""
	both.Go(func() {
		defer renewed()
		every(300*time.Millisecond, func() (again bool) {
			web, _ := named(t, ca, at)
			defer web.CloseIdleConnections()
			next, again = ask(web)
			return again && next == first
		})
	})
	both.Wait()
	if next == "" || next == first || ca.Orders() <= orders {
		t.Errorf("certificates %s and %s, %d orders and then %d; want a second one", first, next, orders, ca.Orders())
	}
	if serial, _ := ask(stays); serial != first || *dials != 1 {
		t.Errorf("the connection from before has ended: %d dials", *dials)
	}
	p.stop(t)
}

// named is a client that reaches app.test at an address, over HTTP/2, and counts how often it
// has connected.
func named(t *testing.T, ca *acmeserver.Server, at string) (web *http.Client, dials *int) {
	dials = new(int)
	tr := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: ca.Roots}, ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			*dials++
			var d net.Dialer
			return d.DialContext(ctx, "tcp", at)
		},
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: patience}, dials
}

// TestAccountOfACustomer: an authority that gives certificates to its customers alone gives
// one to whoever shows a customer's key, and none to others.
func TestAccountOfACustomer(t *testing.T) {
	t.Parallel()
	const key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
	at := acmeserver.FreeAddr()
	ca := authority(t, acmeserver.FreeAddr(), at, acmeserver.Config{Customers: map[string]string{"customer-1": key}})
	args := []string{"serve", "--project", "testdata/ledger", "--data", t.TempDir(), "--listen", at}
	p := start(t, domain(t, ca, "app.test", "PLINTH_TLS_HTTP_LISTEN=off"), args...)
	if _, ok := p.log.wait(func(line string) bool { return strings.Contains(line, "externalAccountRequired") }); !ok {
		t.Error("nothing says that the authority wants a customer's key")
	}
	p.stop(t)
	if n := ca.Orders(); n != 0 {
		t.Errorf("%d orders without an account", n)
	}
	p = start(t, domain(t, ca, "app.test", "PLINTH_TLS_HTTP_LISTEN=off", "PLINTH_TLS_EAB_KEY_ID=customer-1", "PLINTH_TLS_EAB_KEY="+key), args...)
	shows(t, ca, p, "app.test", "/readyz")
	if text := p.log.last(1 << 20); strings.Contains(text, key) {
		t.Error("the key is in the log")
	}
	p.stop(t)
}

// TestCertificateAfterATakeover: a standby with nothing but domains says over TLS that it
// lives, and once it leads shows the certificate that there was, without an order.
func TestCertificateAfterATakeover(t *testing.T) {
	t.Parallel()
	at := acmeserver.FreeAddr()
	ca := authority(t, acmeserver.FreeAddr(), at)
	env := vaultEnv(t.TempDir(), domain(t, ca, "app.test", "PLINTH_TLS_HTTP_LISTEN=off", "PLINTH_BACKUP_MODE=sync")...)
	args := func(listen string) []string {
		return []string{"serve", "--standby", "--project", "testdata/shipped", "--data", t.TempDir(), "--listen", listen}
	}
	leader := start(t, env, args(at)...)
	first, _ := shows(t, ca, leader, "app.test", "/readyz")
	orders := ca.Orders()
	standby := launch(t, env, args("127.0.0.1:0")...)
	url := following(t, standby)
	tr := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // as a health check does
	defer tr.CloseIdleConnections()
	res, err := (&http.Client{Transport: tr, Timeout: patience}).Get(url + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	if res.Body.Close(); res.StatusCode != http.StatusOK {
		t.Errorf("a standby's /healthz: %s", res.Status)
	}
	leader.kill()
	leads(t, standby)
	if second, _ := shows(t, ca, standby, "app.test", "/readyz"); first != second || ca.Orders() != orders {
		t.Errorf("certificates %s and %s, %d orders and then %d; want one certificate and no further order", first, second, orders, ca.Orders())
	}
	standby.stop(t)
}
