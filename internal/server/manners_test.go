package server

import (
	"crypto/tls"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
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

// TestWhatIsCompressed beside the data API: descriptions, lists and pages of text; never what
// is small already, or is read while it is written.
func TestWhatIsCompressed(t *testing.T) {
	t.Parallel()
	pages := t.TempDir()
	long := strings.Repeat("a word and another one. ", 200)
	for _, name := range []string{"index.html", "app.js", "photo.png", "sub/index.html", "short.css"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(pages, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		text := long
		if name == "short.css" {
			text = "p{}"
		}
		if err := os.WriteFile(filepath.Join(pages, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := openServer(t, func(c *Config) {
		c.Project.Dir, c.Project.Config.Plinth.Public = filepath.Join(pages, "sub"), ".."
	})
	for i := range 20 {
		for _, send := range [][2]string{
			{"/auth/v1/admin/users", fmt.Sprintf(`{"email":"person%d@example.com","password":"correct horse"}`, i)},
			{"/storage/v1/bucket", fmt.Sprintf(`{"name":"bucket-%d"}`, i)},
		} {
			r := httptest.NewRequest("POST", send[0], strings.NewReader(send[1]))
			r.RemoteAddr = here
			r.Header.Set("Apikey", string(localKeys().Secret))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			if s.handler.ServeHTTP(w, r); w.Code != 200 {
				t.Fatal(w.Code, w.Body)
			}
		}
	}
	for path, want := range map[string]string{
		"/": "br", "/sub/": "br", "/app.js": "br", "/photo.png": "", "/short.css": "", "/openapi.json": "br", "/healthz": "", "/metrics": "",
		"/auth/v1/admin/users": "br", "/storage/v1/bucket": "br", "/auth/v1/settings": "",
	} {
		w := knock(s, "GET", path, "Accept-Encoding", "gzip, deflate, br", "Apikey", string(localKeys().Secret))
		if got := w.Header().Get("Content-Encoding"); w.Code != 200 || got != want {
			t.Errorf("%s: %d in %q, want %q", path, w.Code, got, want)
		}
		if n := w.Header().Get("Content-Length"); want != "" && n != fmt.Sprint(w.Body.Len()) {
			t.Errorf("%s: Content-Length %s of %d", path, n, w.Body.Len())
		}
	}
	page := knock(s, "GET", "/app.js")
	if page.Body.String() != long || knock(s, "GET", "/app.js", "If-None-Match", page.Header().Get("ETag")).Code != 304 {
		t.Errorf("%d %v", page.Code, page.Header())
	}
	if part := knock(s, "GET", "/app.js", "Range", "bytes=2-5", "Accept-Encoding", "br"); part.Code != 206 || part.Body.String() != long[2:6] {
		t.Errorf("a part: %d %q", part.Code, part.Body)
	}
	for _, path := range []string{"/../../etc/passwd", "/sub/../../x.html", "/nothing.html"} {
		if w := knock(s, "GET", path); w.Code == 200 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
