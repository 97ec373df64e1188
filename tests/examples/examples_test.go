package examples

import (
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
			want := read(t, file)
			pg, err := pgserver.Start(t.Context(), "wal_level=logical")
			if err != nil {
				t.Fatal(err)
			}
			defer pg.Stop()
			onPostgres := play(t, serve(t, name, pg.URL), want)
			if *update {
				if err := os.WriteFile(file, []byte(onPostgres.String()), 0o600); err != nil {
					t.Fatal(err)
				}
				want = onPostgres
			}
			compare(t, "postgres", want, onPostgres)
			compare(t, "sqlite", want, play(t, serve(t, name, ""), want))
		})
	}
}

func compare(t *testing.T, engine string, want, got *transcript) {
	t.Helper()
	for i, s := range want.steps {
		if g := got.steps[i]; g.answer != s.answer {
			t.Errorf("%s: %s\n%s\n want %s\n  got %s", engine, s.note, s.request, s.answer, g.answer)
		}
	}
}
