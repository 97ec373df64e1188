package plinth

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestSecretsFromFiles: what names a password or is a key may stand in a file, and not in
// two places.
func TestSecretsFromFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("postgres://a\npostgres://b,postgres://c\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := func(set map[string]string) func(string) string { return func(name string) string { return set[name] } }
	file := filepath.Join(dir, "file")
	project := "examples/chat"
	got, err := resolve(Config{Project: project, DB: "postgres://p", Getenv: env(map[string]string{"PLINTH_REPLICAS_FILE": file})})
	if want := []string{"postgres://a", "postgres://b", "postgres://c"}; err != nil || !slices.Equal(got.Replicas, want) {
		t.Errorf("replicas %q, %v", got.Replicas, err)
	}
	_, err = resolve(Config{Project: project, DB: "postgres://p", Replicas: []string{"postgres://x"},
		Getenv: env(map[string]string{"PLINTH_REPLICAS_FILE": file, "PLINTH_REPLICAS": "postgres://x"})})
	if err == nil {
		t.Error("replicas in two places were taken")
	}
	if got, err := resolve(Config{Project: project, DB: "postgres://p", Replicas: []string{"postgres://x"},
		Getenv: env(map[string]string{"PLINTH_REPLICAS_FILE": file})}); err != nil || !slices.Equal(got.Replicas, []string{"postgres://x"}) {
		t.Errorf("the flag does not win: %q, %v", got.Replicas, err)
	}
	if key, err := SecretFrom(env(map[string]string{"PLINTH_SECRET_KEY_FILE": file}), "PLINTH_SECRET_KEY"); err != nil || key[:12] != "postgres://a" {
		t.Errorf("%q, %v", key, err)
	}
	if _, err := SecretFrom(env(map[string]string{"PLINTH_SECRET_KEY_FILE": dir}), "PLINTH_SECRET_KEY"); err == nil {
		t.Error("a folder is a key")
	}
}
