package server

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/limit"
	"github.com/plinth-dev/plinth/internal/project"
	"github.com/plinth-dev/plinth/internal/token"
)

// knock sends a request through the whole server, from an address behind the proxy on this
// machine.
func knock(s *Server, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(`{}`))
	r.RemoteAddr = here
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func from(ip string) []string { return []string{"X-Forwarded-For", ip} }

func minute(n int) limit.Bound { return limit.Bound{N: n, Window: time.Minute} }

func TestRateLimitsByAddress(t *testing.T) {
	t.Parallel()
	s := openServer(t, func(c *Config) {
		l := &c.Project.Config.Plinth.Limits
		l.Data.IP, l.Auth.IP, l.All.IP, l.Storage.IP, l.Realtime.IP = minute(3), minute(2), minute(6), minute(1), minute(1)
		l.Exempt = []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}
	})
	const data, sign, files, live = "/rest/v1/", "/auth/v1/settings", "/storage/v1/bucket", "/realtime/v1/api/ping"
	for i, c := range []struct{ path, ip, want string }{
		{data, "192.0.2.1", ""}, {data, "192.0.2.1", ""}, {data, "192.0.2.1", ""}, {data, "192.0.2.1", `"code":"over_request_rate_limit"`},
		{data, "192.0.2.2", ""}, {data, "203.0.113.9, 192.0.2.1", `"code":"over_request_rate_limit"`}, // what a client says of itself
		{sign, "192.0.2.1", ""}, {sign, "192.0.2.1", "\"error_code\":\"over_request_rate_limit\""}, // six in all
		{sign, "192.0.2.3", ""}, {sign, "192.0.2.3", ""}, {sign, "192.0.2.3", `"error_code":"over_request_rate_limit"`},
		{files, "192.0.2.4", ""}, {files, "192.0.2.4", `"statusCode":"429"`},
		{live, "192.0.2.5", ""}, {live, "192.0.2.5", `"message":"Request rate limit reached"`},
		{data, "2001:db8::1", ""}, {data, "2001:db8::2", ""}, {data, "2001:db8::3", ""}, {data, "2001:db8::4", `"code":"over_request_rate_limit"`},
		{data, "2001:db8:0:1::1", ""},
		{files, "198.51.100.1", ""}, {files, "198.51.100.1", ""}, {files, "198.51.100.1", ""},
	} {
		w := knock(s, "GET", c.path, from(c.ip)...)
		refused := c.want != ""
		if (w.Code == 429) != refused || !strings.Contains(w.Body.String(), c.want) || (w.Header().Get("Retry-After") != "") != refused {
			t.Errorf("%d: %s of %s: %d %s %v", i, c.path, c.ip, w.Code, w.Body, w.Header())
		}
		if told := w.Header().Get("RateLimit"); (told == "") != strings.HasPrefix(c.ip, "198.51") {
			t.Errorf("%d: RateLimit: %s", i, told)
		}
	}
	w := knock(s, "GET", data, from("192.0.2.9")...)
	if got := w.Header().Get("RateLimit"); got != `"all-ip";r=5;t=10, "data-ip";r=2;t=20` {
		t.Errorf("RateLimit: %s", got)
	}
	if got := w.Header().Get("RateLimit-Policy"); got != `"all-ip";q=6;w=60, "data-ip";q=3;w=60` {
		t.Errorf("RateLimit-Policy: %s", got)
	}
	for range 20 {
		if w := knock(s, "GET", "/healthz", from("192.0.2.1")...); w.Code != 200 {
			t.Fatal("a health check was counted")
		}
	}
}

func TestRateLimitsByCaller(t *testing.T) {
	t.Parallel()
	s := openServer(t, func(c *Config) {
		l := &c.Project.Config.Plinth.Limits
		l.Data.User, l.Data.Key = minute(2), minute(5)
	})
	user := func(sub string) string {
		now := time.Now().Unix()
		tok, err := s.ring.Sign(map[string]any{"role": "authenticated", "aud": "authenticated", "sub": sub, "iat": now, "exp": now + 60})
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	ann, bob := user("0190a000-0000-7000-8000-000000000001"), user("0190a000-0000-7000-8000-000000000002")
	for i, c := range []struct {
		key, bearer string
		refused     bool
	}{
		{token.LocalPublishable, ann, false}, {token.LocalPublishable, ann, false}, {token.LocalPublishable, ann, true}, // her own bound; it costs the key nothing
		{token.LocalPublishable, bob, false}, {token.LocalPublishable, "", false}, {token.LocalPublishable, "", false}, {token.LocalPublishable, "", true},
		{string(token.LocalSecretKey), "", false}, // another key
		{"made-up-1", user("3"), false}, {"made-up-2", user("4"), false}, {"made-up-3", user("5"), false}, {"made-up-4", user("6"), false},
		{"made-up-5", user("7"), false}, {"made-up-6", user("8"), true}, // keys that nobody has verified are one
	} {
		h := []string{"apikey", c.key}
		if c.bearer != "" {
			h = append(h, "Authorization", "Bearer "+c.bearer)
		}
		if w := knock(s, "GET", "/rest/v1/", h...); (w.Code == 429) != c.refused {
			t.Errorf("%d: %d %s %v", i, w.Code, w.Body, w.Header())
		}
	}
}

// TestOverloadIsSaid: who is refused hears it in the room's own shape, with a time to come
// back; health checks pass, and the urgent longer than the others.
func TestOverloadIsSaid(t *testing.T) {
	t.Parallel()
	s := openServer(t, func(c *Config) {
		c.Project.Config.Plinth.Limits.DatabaseWait = project.Duration(100 * time.Millisecond)
	})
	reads, writes, ok := s.db.Lines()
	if !ok {
		t.Fatal("the engine counts nobody")
	}
	status := func(method, path string) int {
		w := knock(s, method, path)
		if w.Code == http.StatusServiceUnavailable {
			if after := w.Header().Get("Retry-After"); after < "1" || after > "3" || !strings.Contains(w.Body.String(), "The server has more to do") {
				t.Errorf("%s %s: %q %s", method, path, after, w.Body)
			}
		}
		return w.Code
	}
	fill := func(percent int) {
		for reads.Inside() < s.handler.front.reads.Limit()*percent/100 {
			reads.Enter()
		}
		for writes.Inside() < s.handler.front.writes.Limit()*percent/100 {
			writes.Enter()
		}
	}
	const get, post, join, refresh = "/rest/v1/", "/auth/v1/signup", "/realtime/v1/websocket?vsn=1.0.0", "/auth/v1/token?grant_type=refresh_token"
	for _, c := range []struct {
		percent                   int
		join, read, write, renews bool
	}{{60, true, true, true, true}, {80, false, true, true, true}, {90, false, false, true, true}, {97, false, false, false, true}, {101, false, false, false, false}} {
		fill(c.percent)
		for _, x := range []struct {
			method, path string
			in           bool
		}{{"GET", join, c.join}, {"GET", get, c.read}, {"GET", "/storage/v1/bucket", c.read}, {"POST", post, c.write}, {"POST", refresh, c.renews}, {"GET", "/healthz", true}, {"GET", "/readyz", true}} {
			if in := status(x.method, x.path) != 503; in != x.in {
				t.Errorf("%d %%: %s %s let in: %v", c.percent, x.method, x.path, in)
			}
		}
	}
	if s.handler.front.join() {
		t.Error("a join was let in")
	}
	s.cfg.Project.Config.Plinth.Limits.DatabaseWait = 0
	if f, err := s.newFront(); err != nil || f.reads != nil || !f.join() {
		t.Error("a wait of 0 sheds nothing")
	}
	for reads.Inside() > 0 {
		reads.Leave()
	}
	for writes.Inside() > 0 {
		writes.Leave()
	}
}
