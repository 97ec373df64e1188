package server

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/backup"
	"github.com/plinth-dev/plinth/internal/bus"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/metric"
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
	some := metric.NewPage()
	busFigures(some, bus.Stats{})
	shippingFigures(some, backup.Stats{})
	some.Gauge("plinth_feed_leader", "As on a node of a cluster.", 1)
	var text bytes.Buffer
	if _, err := some.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	promtool(t, text.String(), "check", "metrics")
	scrape := ask(s.Handler(), "/metrics", string(localKeys().Secret)).Body.String()
	promtool(t, scrape, "check", "metrics")
	there := map[string]bool{"plinth_feed_unread_bytes": true} // Postgres' own; internal/db/postgres tells it
	for line := range strings.Lines(scrape + text.String()) {
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

// TestBackupsAreInTheFigures: a server that ships says how far its backups are, and of a
// store that fails that it does.
func TestBackupsAreInTheFigures(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openServer(t, func(c *Config) {
		b := &c.Project.Config.Plinth.Backup
		b.Backend, b.Dir, b.Mode = "disk", dir, "sync"
	})
	if _, err := s.db.Write(t.Context(), db.Owner, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), "insert into storage.buckets (id, name) values ('shipped', 'shipped')")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	st := s.shipping.ship.Stats()
	if st.Segments == 0 || st.Bytes == 0 || st.LastSegment.IsZero() || st.LastSnapshot.IsZero() || st.Lag != 0 || st.Gaps != 0 {
		t.Errorf("after an acknowledged write: %+v", st)
	}
	scrape := ask(s.Handler(), "/metrics", string(localKeys().Secret)).Body.String()
	for _, line := range []string{"plinth_backup_lag_seconds 0\n", "plinth_backup_gaps_total 0\n", "plinth_backup_failures_total 0\n"} {
		if !strings.Contains(scrape, "\n"+line) {
			t.Errorf("the scrape does not say %s", line)
		}
	}
}
