//go:build clients

package e2e

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const kotlin = root + "/tests/kotlin"

// TestKotlinClient drives the chat example with the official Kotlin client, on both
// engines. It needs a Java and what `make proof P=clients` has built before.
func TestKotlinClient(t *testing.T) {
	if _, err := os.Stat(filepath.Join(kotlin, "target", "lib")); err != nil {
		t.Fatal("the Kotlin client is missing: mvn -q -f tests/kotlin/pom.xml package")
	}
	project := t.TempDir()
	if err := os.CopyFS(project, os.DirFS(root+"/examples/chat")); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadFile(filepath.Join(kotlin, "files.sql"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(project, "supabase", "migrations", "20260102000000_files.sql"), string(files))
	onBoth(t, func(t *testing.T, e engine) {
		p := e.serve(t, project)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "java", "-Xmx256m", "-cp", "target/classes:target/lib/*", "MainKt")
		cmd.Dir = kotlin
		cmd.Env = append(os.Environ(), "PLINTH_URL="+p.url, "PLINTH_KEY="+localPublishable)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s%s", err, stderr.String(), out)
		}
		var got steps
		line := out[strings.LastIndexByte(strings.TrimSpace(string(out)), '\n')+1:]
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		if len(got.Steps) != 13 {
			t.Errorf("%d steps %q, want them all", len(got.Steps), got.Steps)
		}
		t.Logf("%s: %s", e.name, strings.Join(got.Steps, "; "))
		p.stop(t)
	})
}
