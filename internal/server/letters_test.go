package server

import (
	"net/http/httptest"
	"testing"
)

// The inbox shows codes: only to this machine, only by a name of this machine, and
// never under serve.
func TestTheInboxIsForThisMachine(t *testing.T) {
	t.Parallel()
	dev := openServer(t, func(c *Config) { c.Listen = "0.0.0.0:0" })
	served := openServer(t, func(c *Config) { c.Dev, c.Keys = false, NewKeys() })
	cases := []struct {
		name, from, host string
		s                *Server
		want             int
	}{
		{"here", here, "127.0.0.1:54321", dev, 200},
		{"here by name", here, "localhost:54321", dev, 200},
		{"from elsewhere", away, "127.0.0.1:54321", dev, 403},
		{"a foreign name that leads here", here, "evil.example.com", dev, 403},
		{"served", here, "127.0.0.1:54321", served, 404},
	}
	for _, c := range cases {
		r := httptest.NewRequest("GET", "/mail/", nil)
		r.RemoteAddr, r.Host = c.from, c.host
		w := httptest.NewRecorder()
		c.s.Handler().ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s: %d, want %d", c.name, w.Code, c.want)
		}
	}
}
