package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestConfigCommands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "config.toml")
	text := "[api]\nport = 4711\n[auth.captcha]\nenabled = true\nprovider = \"turnstile\"\nsecret = \"hunter2\"\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	plinth := func(args ...string) (int, string) {
		var out bytes.Buffer
		code := run(context.Background(), environment{
			args: append(args, "--project", dir), stdout: &out, stderr: &out,
			getenv: func(name string) string {
				return map[string]string{"PLINTH_AUTH_EMAIL_SMTP_PASS": "hunter2", "PLINTH_API_MAX_ROWS": "5"}[name]
			},
		})
		if strings.Contains(out.String(), "hunter2") {
			t.Errorf("%v shows a secret: %s", args, out.String())
		}
		return code, out.String()
	}
	if code, out := plinth("config", "check"); code != 0 || !strings.Contains(out, "valid") {
		t.Errorf("check = %d %s", code, out)
	}
	if code, out := plinth("config", "print"); code != 0 || !strings.Contains(out, "[api]\nport = 4711  # config.toml\nmax_rows = 5  # PLINTH_API_MAX_ROWS\n") || !strings.Contains(out, "secret = \"•••\"  # config.toml") || strings.Contains(out, "site_url") {
		t.Errorf("print = %d %s", code, out)
	}
	if code, out := plinth("config", "print", "--effective"); code != 0 || !strings.Contains(out, "site_url = \"http://127.0.0.1:3000\"  # default") {
		t.Errorf("print --effective = %d %s", code, out)
	}
	if code, out := plinth("config", "diff"); code != 0 || !strings.Contains(out, "- api.port = 54321\n+ api.port = 4711  # config.toml") || strings.Contains(out, "site_url") {
		t.Errorf("diff = %d %s", code, out)
	}
	if err := os.WriteFile(file, []byte("[api]\nprot = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out := plinth("config", "check"); code != 1 || !strings.Contains(out, "did you mean api.port?") {
		t.Errorf("check = %d %s", code, out)
	}
	if code, _ := plinth("config", "burn"); code != 2 {
		t.Errorf("an unknown word = %d", code)
	}
}
