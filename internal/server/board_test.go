package server

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// promtool is Prometheus' own checker.
func promtool(t *testing.T, stdin string, args ...string) {
	t.Helper()
	cmd := exec.Command("promtool", args...)
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool %s (apt-get install -y prometheus): %v\n%s", strings.Join(args, " "), err, out)
	}
}

var (
	figure  = regexp.MustCompile(`\b(?:plinth|go|process)_[a-z_]+`)
	endings = regexp.MustCompile(`_(bucket|sum|count)$`)
)

// Every figure that the board and the alerts name is in a scrape of the server, and
// promtool takes all three.
func TestBoardAndAlertsNameWhatThereIs(t *testing.T) {
	t.Parallel()
	s := openServer(t, nil)
	ask(s.Handler(), "/rest/v1/x", "")
	scrape := ask(s.Handler(), "/metrics", string(localKeys().Secret)).Body.String()
	promtool(t, scrape, "check", "metrics")
	there := map[string]bool{"plinth_feed_unread_bytes": true} // Postgres' own; internal/db/postgres tells it
	for line := range strings.Lines(scrape) {
		if f := strings.Fields(line); len(f) > 2 && f[1] == "TYPE" {
			there[f[2]] = true
		}
	}
	dir := filepath.Join("..", "..", "deploy", "prometheus")
	promtool(t, "", "check", "rules", filepath.Join(dir, "plinth.rules.yml"))
	promtool(t, "", "test", "rules", filepath.Join(dir, "plinth.rules.test.yml"))
	promtool(t, "", "check", "config", "--syntax-only", filepath.Join(dir, "prometheus.yml"))
	named := 0
	for _, path := range []string{filepath.Join(dir, "plinth.rules.yml"), filepath.Join("..", "..", "deploy", "grafana", "plinth.json")} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, ".json") && !json.Valid(text) {
			t.Errorf("%s is no JSON", path)
		}
		for _, name := range figure.FindAllString(string(text), -1) {
			named++
			if !there[name] && !there[endings.ReplaceAllString(name, "")] {
				t.Errorf("%s names %s, which no scrape has", path, name)
			}
		}
	}
	if named < 50 {
		t.Errorf("only %d figures were found", named)
	}
}
