package examples

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/tests/pgserver"
)

var update = flag.Bool("update", false, "write the answers of Postgres into the transcripts")

// TestExamples: each project applies on both engines as it is, and answers the same.
func TestExamples(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 3 {
		t.Fatalf("%d transcripts, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, "../../examples/"+name, file)
		})
	}
}

// TestRoutinesOfTheHouse: triggers on auth.users and storage.objects, and the functions
// of auth, storage, realtime and extensions inside functions and triggers.
func TestRoutinesOfTheHouse(t *testing.T) {
	t.Parallel()
	onBoth(t, "testdata/house", "testdata/house/transcript.txt")
}

// TestPageOfSQL: the SQL of docs/sql.md is a project, and what it says is answered is.
func TestPageOfSQL(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/sql.md")
	if err != nil {
		t.Fatal(err)
	}
	project := t.TempDir()
	for name, text := range map[string]string{
		"supabase/migrations/20260601000000_page.sql": strings.Join(blocks(string(page), "sql"), "\n"),
		"supabase/config.toml":                        "project_id = \"page\"\n",
		"page.txt":                                    strings.Join(blocks(string(page), "text"), "\n"),
	} {
		file := filepath.Join(project, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(read(t, filepath.Join(project, "page.txt")).steps); n < 10 {
		t.Fatalf("the page asks %d times", n)
	}
	onBoth(t, project, filepath.Join(project, "page.txt"))
}

// blocks are a page's blocks of one language.
func blocks(page, language string) []string {
	var out []string
	for _, part := range strings.Split(page, "```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		out = append(out, block)
	}
	return out
}

// onBoth sends a transcript to a project on Postgres and on SQLite.
func onBoth(t *testing.T, project, file string) {
	t.Helper()
	want := read(t, file)
	pg, err := pgserver.Start(t.Context(), "wal_level=logical")
	if err != nil {
		t.Fatal(err)
	}
	defer pg.Stop()
	onPostgres := play(t, serve(t, project, pg.URL), want)
	if *update {
		if err := os.WriteFile(file, []byte(onPostgres.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		want = onPostgres
	}
	compare(t, "postgres", want, onPostgres)
	compare(t, "sqlite", want, play(t, serve(t, project, ""), want))
}

func compare(t *testing.T, engine string, want, got *transcript) {
	t.Helper()
	for i, s := range want.steps {
		if g := got.steps[i]; g.answer != s.answer {
			t.Errorf("%s: %s\n%s\n want %s\n  got %s", engine, s.note, s.request, s.answer, g.answer)
		}
	}
}
