package server

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/project"
	"github.com/plinth-dev/plinth/internal/token"
)

func openServer(t *testing.T, change func(*Config)) *Server {
	t.Helper()
	p, err := project.Open(t.TempDir(), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Project: p, Data: t.TempDir(), Listen: "127.0.0.1:0", Dev: true}
	if change != nil {
		change(&cfg)
	}
	s, err := Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

const (
	here = "127.0.0.1:1000"
	away = "192.0.2.7:1000"
)

func TestWhoIsAtTheDoor(t *testing.T) {
	t.Parallel()
	s := openServer(t, func(c *Config) { c.Listen = "0.0.0.0:0" }) // keys of its own
	own := s.keys
	sign := func(secret token.Secret, role string) string {
		tok, err := token.LegacyKey(secret, "test", role)
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	cases := []struct {
		name, from, key, bearer, role, fault string
	}{
		{"nobody", here, "", "", "anon", ""},
		{"well-known key from here", here, token.LocalPublishable, "", "anon", ""},
		{"well-known secret from here", here, string(token.LocalSecretKey), "", "service_role", ""},
		{"well-known secret from elsewhere", away, string(token.LocalSecretKey), "", "", "invalid_api_key"},
		{"well-known token from elsewhere", away, "", sign(token.LocalSecret, "service_role"), "", "token_signature"},
		{"own secret from elsewhere", away, string(own.Secret), "", "service_role", ""},
		{"own token from elsewhere", away, sign(own.JWTSecret, "authenticated"), "", "authenticated", ""},
		{"user token beside a key", here, token.LocalPublishable, sign(token.LocalSecret, "authenticated"), "authenticated", ""},
		{"key in bearer", here, "", token.LocalPublishable, "anon", ""},
		{"a superuser's role", here, "", sign(token.LocalSecret, "postgres"), "", "invalid_role"},
		{"an unknown role", here, "", sign(token.LocalSecret, "nobody"), "", "invalid_role"},
		{"wrong key", here, "sb_secret_wrong", "", "", "invalid_api_key"},
		{"garbage", here, "", "abc", "", "token_malformed"},
	}
	d := s.door()
	for _, c := range cases {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.from
		if c.key != "" {
			r.Header.Set("Apikey", c.key)
		}
		if c.bearer != "" {
			r.Header.Set("Authorization", "Bearer "+c.bearer)
		}
		id := d.identity(r)
		switch {
		case c.fault != "" && (id.Fault == nil || !strings.HasPrefix(id.Fault.Error(), c.fault)):
			t.Errorf("%s: fault %v, want %s", c.name, id.Fault, c.fault)
		case c.fault == "" && (id.Fault != nil || id.Session.Role != c.role):
			t.Errorf("%s: role %q, fault %v, want %s", c.name, id.Session.Role, id.Fault, c.role)
		}
	}
}

// A token inside a realtime frame is held to the same keys as one in a header.
func TestSocketsAreHeldToTheSameKeys(t *testing.T) {
	t.Parallel()
	s := openServer(t, func(c *Config) { c.Listen = "0.0.0.0:0" })
	tok, err := token.LegacyKey(token.LocalSecret, "test", "service_role")
	if err != nil {
		t.Fatal(err)
	}
	super, err := token.LegacyKey(token.LocalSecret, "test", "postgres")
	if err != nil {
		t.Fatal(err)
	}
	for from, want := range map[string]bool{here: true, away: false} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = from
		if _, err := s.verifyFor(r)(tok); (err == nil) != want {
			t.Errorf("from %s: %v, want accepted %v", from, err, want)
		}
		if _, err := s.verifyFor(r)(super); err == nil {
			t.Errorf("from %s: a superuser's role was accepted", from)
		}
	}
}

func TestOwnPaths(t *testing.T) {
	t.Parallel()
	s := openServer(t, nil)
	for path, want := range map[string]int{
		"/healthz": 200, "/readyz": 200, "/rest-admin/v1/ready": 200, "/": 200, "/nothing": 404, "/rest/v1/nothing": 404,
		"/auth/v1/health": 200, "/storage/v1/bucket": 200, "/realtime/v1/api/ping": 200,
	} {
		r := httptest.NewRequest("GET", path, nil)
		r.RemoteAddr = here
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != want || w.Header().Get("X-Request-Id") == "" {
			t.Errorf("GET %s = %d %s, want %d", path, w.Code, w.Body, want)
		}
	}
}

func TestServeNeedsKeysOfItsOwn(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]Keys{
		"none": {}, "well-known": localKeys(),
		"short": {JWTSecret: "short", APIKeys: token.NewAPIKeys()},
	} {
		if err := k.Validate(); err == nil {
			t.Errorf("%s keys were accepted", name)
		}
	}
	if err := NewKeys().Validate(); err != nil {
		t.Errorf("new keys: %v", err)
	}
	s := openServer(t, func(c *Config) { c.Dev, c.Keys = false, NewKeys() })
	r := httptest.NewRequest(http.MethodGet, "/rest/v1/x", nil)
	r.RemoteAddr = here
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusUnauthorized {
		t.Errorf("serve answered a caller without a key: %d %s", w.Code, w.Body)
	}
}

func TestReopeningKeepsEverything(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func() *Server { return openServer(t, func(c *Config) { c.Data, c.Listen = dir, "0.0.0.0:0" }) }
	one := open()
	tok, err := one.ring.Sign(map[string]any{"sub": "x", "role": "authenticated"})
	if err != nil {
		t.Fatal(err)
	}
	secret := one.keys.Secret
	if !one.Report().New {
		t.Error("the first start does not say that the database is new")
	}
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	two := open()
	if two.Report().New || two.keys.Secret != secret {
		t.Error("the second start made a new database or new keys")
	}
	if _, err := two.ring.Verify(tok, time.Now()); err != nil {
		t.Errorf("a token of before: %v", err)
	}
}
