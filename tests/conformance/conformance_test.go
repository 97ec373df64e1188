package conformance

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	update = flag.Bool("update", false, "write the baseline, the list of refusals and docs/compatibility.md")
	only   = flag.String("only", "", "run the cases whose id or path matches, and print why they fail")
)

// engine is a database that the cases run against; goal is the share of all cases
// that must pass.
type engine struct {
	name string
	goal float64
	open func(ctx context.Context, data, dir string, log *slog.Logger) (*Fixture, error)
}

func engines() []engine {
	return []engine{
		{name: "Postgres", goal: 0.97, open: func(ctx context.Context, data, _ string, log *slog.Logger) (*Fixture, error) {
			return OpenPostgres(ctx, data, log)
		}},
		{name: "SQLite", goal: 0.85, open: OpenSQLite},
	}
}

// Every case that once passed passes, the refused objects get fewer, and the share
// of passing cases reaches the engine's goal.
func TestSpecification(t *testing.T) {
	dir, err := Shared(".")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := ReadCases(dir)
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	page.WriteString(preface)
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			page.WriteString("\n" + run(t, e, dir, cases))
		})
	}
	if *update && *only == "" {
		write(t, filepath.Join("..", "..", "docs", "compatibility.md"), page.String())
	}
}

const preface = `# Compatibility with PostgREST

Written by ` + "`go test ./tests/conformance -update`" + `; don't edit. The cases are PostgREST's public specification as data. A case is refused where it needs an object of the fixture that the engine does not take; each such object stands below with its reason.
`

func run(t *testing.T, e engine, dir string, cases []*Case) string {
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	f, err := e.open(context.Background(), dir, t.TempDir(), log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	refused := f.Refused
	stack, err := NewStack(f)
	if err != nil {
		t.Fatal(err)
	}
	var choice *regexp.Regexp
	if *only != "" {
		choice = regexp.MustCompile(*only)
	}
	results, err := Run(stack, cases, refused, choice)
	if err != nil {
		t.Fatal(err)
	}
	if choice != nil {
		explain(t, results)
		return ""
	}
	base := filepath.Join("testdata", strings.ToLower(e.name))
	keepPasses(t, base+".pass", results)
	keepRefusals(t, base+".refused", refused)
	passed := 0
	for _, r := range results {
		if r.Verdict == Pass {
			passed++
		}
	}
	t.Logf("%s: %d of %d cases pass", e.name, passed, len(results))
	if share := float64(passed) / float64(len(results)); share < e.goal {
		t.Errorf("%.1f %% of the cases pass, want %.0f %%", 100*share, 100*e.goal)
	}
	return Table(e.name, results, refused)
}

func explain(t *testing.T, results []Result) {
	for _, r := range results {
		if r.Verdict != Pass {
			t.Logf("%s %s\n  %s %s %v %.300s\n  refused %v: %s", r.ID(), r.It, r.Method, r.Path, r.Headers, r.Body, r.Verdict == Refused, r.Why)
		}
	}
}

// keepPasses fails for each case of the baseline that does not pass any more.
func keepPasses(t *testing.T, file string, results []Result) {
	known, _ := lines(t, file)
	var now []string
	for _, r := range results {
		switch {
		case r.Verdict == Pass:
			now = append(now, r.ID())
		case known[r.ID()] > 0:
			t.Errorf("lost: %s %s: %s %s: %s", r.ID(), r.It, r.Method, r.Path, r.Why)
		}
	}
	if *update {
		write(t, file, strings.Join(now, "\n")+"\n")
	} else if n := len(now) - len(known); n > 0 {
		t.Logf("%d more cases pass than the baseline has: run with -update", n)
	}
}

// keepRefusals fails for each refusal that the list does not have.
func keepRefusals(t *testing.T, file string, refused []Refusal) {
	known, listed := lines(t, file)
	before := 0
	for _, n := range known {
		before += n
	}
	if listed && len(refused) > before {
		t.Errorf("%d objects are refused; the list has %d and may only shrink", len(refused), before)
	}
	var now []string
	for _, r := range refused {
		now = append(now, r.String())
		if known[r.String()]--; known[r.String()] < 0 && !*update {
			t.Errorf("refused, and not in the list: %s", r)
		}
	}
	if *update && !t.Failed() {
		write(t, file, strings.Join(now, "\n")+"\n")
	}
}

// lines counts the lines of a file, which may be missing where it is to be written.
func lines(t *testing.T, file string) (known map[string]int, there bool) {
	out := map[string]int{}
	text, err := os.ReadFile(file)
	if err != nil && !(*update && os.IsNotExist(err)) {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" {
			out[line]++
		}
	}
	return out, err == nil
}

func write(t *testing.T, file, text string) {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(fmt.Errorf("update: %w", err))
	}
}
