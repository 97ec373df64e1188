package server

import (
	"crypto/tls"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/cert"
	"github.com/plinth-dev/plinth/internal/project"
)

// TestBrowsersAreTold is about the headers by which browsers guard those who use them.
func TestBrowsersAreTold(t *testing.T) {
	t.Parallel()
	pages := t.TempDir()
	if err := os.WriteFile(filepath.Join(pages, "index.html"), []byte("<p>ours"), 0o600); err != nil {
		t.Fatal(err)
	}
	crt, key, err := cert.Own(t.TempDir(), []string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	s := openServer(t, func(c *Config) {
		p := &c.Project.Config.Plinth
		p.Public = "../" + filepath.Base(pages)
		c.Project.Dir = filepath.Join(filepath.Dir(pages), "none")
		p.CORS.Origins = []string{"https://app.example.com"}
		c.Project.Config.API.TLS = project.TLS{Enabled: true, CertPath: crt, KeyPath: key}
		p.HTTP.StrictTransport = project.Duration(time.Hour)
	})
	for _, c := range []struct{ path, name, want string }{
		{"/", "Content-Security-Policy", "frame-ancestors 'self'"}, {"/", "Referrer-Policy", "strict-origin-when-cross-origin"}, {"/", "X-Content-Type-Options", "nosniff"},
		{"/rest/v1/", "X-Content-Type-Options", "nosniff"}, {"/rest/v1/", "Content-Security-Policy", ""}, {"/rest/v1/", "Strict-Transport-Security", "max-age=3600"},
		{"/auth/v1/settings", "Referrer-Policy", "no-referrer"}, {"/auth/v1/settings", "Access-Control-Allow-Origin", "https://app.example.com"},
		{"/nothing/here", "X-Content-Type-Options", "nosniff"}, {"/healthz", "Strict-Transport-Security", "max-age=3600"},
	} {
		r := httptest.NewRequest("GET", c.path, nil)
		r.RemoteAddr, r.TLS = here, &tls.ConnectionState{}
		r.Header.Set("Origin", "https://app.example.com")
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		if got := w.Header().Get(c.name); got != c.want {
			t.Errorf("%s (%d): %s is %q, want %q", c.path, w.Code, c.name, got, c.want)
		}
		if w.Header().Get("X-Request-Id") == "" {
			t.Errorf("%s has no id", c.path)
		}
	}
}
