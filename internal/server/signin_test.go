package server

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/plinth-dev/plinth/internal/project"
)

// What the project's file says of refresh tokens and of providers reaches the room.
func TestKeysOfSignInReachIt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": false,
		"[auth]\nenable_refresh_token_rotation = false\n[auth.external.github]\nemail_optional = true\n": true,
	} {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, "supabase"), 0o755); err != nil {
			t.Fatal(err)
		}
		if text == "" {
			text = "[auth.external.github]\n"
		}
		text += "enabled = true\nclient_id = \"id\"\nsecret = \"secret\"\n"
		if err := os.WriteFile(filepath.Join(dir, "supabase", "config.toml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := project.Open(dir, func(string) string { return "" })
		if err != nil {
			t.Fatal(err)
		}
		s := openServer(t, func(c *Config) { c.Project = p })
		cfg, err := s.authConfig()
		if err != nil {
			t.Fatal(err)
		}
		if cfg.Rotation == want || len(cfg.Providers) != 1 || cfg.Providers[0].NoAddress != want {
			t.Errorf("%s: rotation %v, providers %+v", text, cfg.Rotation, cfg.Providers)
		}
	}
}
