package auth_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/auth"
	"github.com/plinth-dev/plinth/internal/auth/captcha"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/limit"
	"github.com/plinth-dev/plinth/internal/mail"
	"github.com/plinth-dev/plinth/internal/wire"
)

// from sends a request from an address and returns the answer.
func (s *house) from(ip, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.RemoteAddr = net.JoinHostPort(ip, "1000")
	r.Header.Set("X-Supabase-Api-Version", "2024-01-01")
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, wire.WithIdentity(r, &wire.Identity{Session: db.Session{Role: "anon"}}))
	return w
}

func TestLimits(t *testing.T) {
	t.Parallel()
	s := open(t, func(c *auth.Config) {
		c.Limits = auth.Limits{SignIns: 3, Refreshes: 2, Verifications: 2, Anonymous: 1}
		c.Origin = limit.Origin{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}}
	})
	over := func(w *httptest.ResponseRecorder) bool {
		t.Helper()
		if w.Code != 429 {
			return false
		}
		if !strings.Contains(w.Body.String(), `"over_request_rate_limit"`) || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s %v", w.Body, w.Header())
		}
		return true
	}
	const signIn, refresh, verify = "/token?grant_type=password", "/token?grant_type=refresh_token", "/verify"
	wrong := `{"email":"ann@example.com","password":"wrong horse"}`
	for _, c := range []struct {
		path, body string
		n          int
	}{
		{signIn, `{"email":"a@example.com","password":"x"}`, 3}, {refresh, `{"refresh_token":"x"}`, 2},
		{verify, `{"type":"email","email":"a@b.co","token":"1"}`, 2}, {"/signup", `{}`, 1},
	} {
		for i := range c.n {
			if over(s.from("192.0.2.1", c.path, c.body)) {
				t.Errorf("%s: over after %d", c.path, i)
			}
		}
		if !over(s.from("192.0.2.1", c.path, c.body)) {
			t.Errorf("%s: no bound", c.path)
		}
		if over(s.from("192.0.2.2", c.path, strings.Replace(c.body, "a@", "z@", 1))) {
			t.Errorf("%s: another client is bound", c.path)
		}
	}
	if !over(s.from("192.0.2.1", "/otp", `{"email":"a@b.co"}`)) {
		t.Error("letters are not bound")
	}
	s.now = s.now.Add(5 * time.Minute)
	if over(s.from("192.0.2.1", signIn, wrong)) {
		t.Error("later the client is still bound")
	}
	// Many clients guess one account's password: the account is bound, not the clients.
	s.want(200, "POST", "/signup", "", ann)
	s.now = s.now.Add(5 * time.Minute)
	for _, ip := range []string{"198.51.100.1", "198.51.100.2", "198.51.100.3"} {
		if over(s.from(ip, signIn, wrong)) {
			t.Error("a first guess is bound")
		}
	}
	if !over(s.from("198.51.100.4", signIn, wrong)) {
		t.Error("guesses of one account are not bound")
	}
	if over(s.from("198.51.100.5", signIn, `{"email":"bob@example.com","password":"x"}`)) {
		t.Error("another account is bound")
	}
}

// Letters are counted exactly, however many ask at once.
func TestLettersAreBounded(t *testing.T) {
	t.Parallel()
	s := withMail(t, func(c *auth.Config) {
		m := mail.Default()
		m.DB, m.Log, m.PerHour = c.DB, slog.New(slog.DiscardHandler), 4
		post, err := mail.New(m)
		if err != nil {
			t.Fatal(err)
		}
		c.Mail = post
	})
	var sent, refused atomic.Int32
	var wg sync.WaitGroup
	for _, name := range strings.Split("abcdefghij", "") {
		wg.Go(func() {
			switch code, out := s.call("POST", "/otp", "", `{"email":"`+name+`@example.com"}`); {
			case code == 200:
				sent.Add(1)
			case out["code"] == "over_email_send_rate_limit":
				refused.Add(1)
			default:
				t.Errorf("%d %v", code, out)
			}
		})
	}
	wg.Wait()
	if sent.Load() != 4 || refused.Load() != 6 {
		t.Errorf("%d sent, %d refused, want 4 and 6", sent.Load(), refused.Load())
	}
}

func TestCaptcha(t *testing.T) {
	t.Parallel()
	asked := make(chan url.Values, 10)
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		asked <- r.PostForm
		switch r.PostForm.Get("response") {
		case "person":
			io.WriteString(w, `{"success":true}`)
		case "away":
			w.WriteHeader(http.StatusBadGateway)
		default:
			io.WriteString(w, `{"success":false,"error-codes":["invalid-input-response"]}`)
		}
	}))
	defer srv.Close()
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // the one certificate stands for both
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", srv.Listener.Addr().String())
		},
	}}
	defer client.CloseIdleConnections()
	s := withMail(t, func(c *auth.Config) {
		v, err := captcha.New("turnstile", "the secret", client)
		if err != nil {
			t.Fatal(err)
		}
		c.Captcha = v
	})
	body := func(more, tok string) string {
		return `{` + more + `,"gotrue_meta_security":{"captcha_token":"` + tok + `"}}`
	}
	for path, more := range map[string]string{
		"/signup": `"email":"ann@example.com","password":"correct horse"`, "/otp": `"email":"bob@example.com"`, "/recover": `"email":"bob@example.com"`,
		"/token?grant_type=password": `"email":"nobody@example.com","password":"x"`, "/resend": `"type":"signup","email":"carl@example.com"`,
	} {
		s.refused("captcha_failed", 400, "POST", path, "", `{`+more+`}`)
		s.refused("captcha_failed", 400, "POST", path, "", body(more, "robot"))
		s.refused("unexpected_failure", 503, "POST", path, "", body(more, "away"))
		if code, out := s.call("POST", path, "", body(more, "person")); out["code"] == "captcha_failed" || code >= 500 {
			t.Errorf("%s: %d %v", path, code, out)
		}
		for _, want := range []string{"robot", "away", "person"} {
			if f := <-asked; f.Get("response") != want || f.Get("secret") != "the secret" || f.Get("remoteip") != "192.0.2.1" {
				t.Errorf("asked %v", f)
			}
		}
	}
	if code, out := s.call("POST", "/token?grant_type=refresh_token", "", `{"refresh_token":"x"}`); out["code"] != "refresh_token_not_found" {
		t.Errorf("a refresh: %d %v", code, out)
	}
	if _, err := captcha.New("recaptcha", "s", nil); err == nil {
		t.Error("another provider was taken")
	}
}

// An address that nobody has is answered as one that somebody has, whatever is asked.
func TestNobodyLearnsWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	s := withMail(t, nil)
	s.confirmed("ann@example.com")
	for _, c := range []struct{ path, body string }{
		{"/signup", `{"email":"%","password":"correct horse"}`}, {"/recover", `{"email":"%"}`}, {"/otp", `{"email":"%"}`}, {"/resend", `{"type":"signup","email":"%"}`},
		{"/resend", `{"type":"email_change","email":"%"}`}, {"/token?grant_type=password", `{"email":"%","password":"x"}`},
		{"/verify", `{"type":"email","email":"%","token":"000000"}`}, {"/verify", `{"type":"recovery","email":"%","token":"000000"}`},
	} {
		shape := func(email string) string {
			code, out := s.call("POST", c.path, "", strings.Replace(c.body, "%", email, 1))
			return http.StatusText(code) + " " + outline(out)
		}
		if known, unknown := shape("ann@example.com"), shape("nobody-"+digits(c.path)+"@example.com"); known != unknown {
			t.Errorf("%s: %s, and for nobody %s", c.path, known, unknown)
		}
	}
}

// outline is an answer without what differs from one account to another: ids, addresses
// and moments.
func outline(v any) string {
	switch v := v.(type) {
	case object:
		var parts []string
		for name, of := range v {
			parts = append(parts, name+": "+outline(of))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		var parts []string
		for _, of := range v {
			parts = append(parts, outline(of))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		if _, err := time.Parse(time.RFC3339, v); err == nil {
			return "a moment"
		}
		if strings.Contains(v, "@") {
			return "an address"
		}
		return regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f-]{21}`).ReplaceAllString(v, "an id of version $1")
	}
	return fmt.Sprint(v)
}

// digits is a word of a path, for addresses that differ.
func digits(path string) string {
	return strings.NewReplacer("/", "", "?", "", "=", "", "_", "").Replace(path)
}
