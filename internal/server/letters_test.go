package server

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/project"
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

// The project's own letters come from its files.
func TestTemplatesAreTheProjects(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"supabase/config.toml": "[auth.email]\nenable_confirmations = true\n[auth.email.template.confirmation]\nsubject = \"Hello {{ .Email }}\"\ncontent_path = \"./supabase/templates/hello.html\"\n" +
			"[auth.email.template.recovery]\nsubject = \"Again\"\ncontent_path = \"./templates/hello.html\"\n",
		"supabase/templates/hello.html": "<p>The code is {{ .Token }}.</p>",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := project.Open(dir, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	s := openServer(t, func(c *Config) { c.Project = p })
	send := func(method, path, body string) string {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.RemoteAddr, r.Host = here, "127.0.0.1"
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w.Body.String()
	}
	send("POST", "/auth/v1/signup", `{"email":"ann@example.com","password":"correct horse"}`)
	if got := send("GET", "/mail/messages", ""); !strings.Contains(got, `"subject":"Hello ann@example.com"`) || !strings.Contains(got, "The code is ") {
		t.Errorf("letters = %s", got)
	}
}
