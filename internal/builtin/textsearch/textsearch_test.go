package textsearch

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// testdata/postgres.txt has what PostgreSQL 15 answers: a letter for the function, its
// arguments and the result.
func TestAsPostgres(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/postgres.txt")
	if err != nil {
		t.Fatal(err)
	}
	makers := map[string]func(cfg, text string) (string, error){
		"V": Vector, "Q": Query, "P": Plain, "H": Phrase, "W": Web,
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSpace(line), "~")
		if f[0] == "M" {
			checkMatch(t, f)
			continue
		}
		if got, err := makers[f[0]](f[1], f[2]); got != f[3] || err != nil {
			t.Errorf("%s(%s, %q) = %s, %v; want %s", f[0], f[1], f[2], got, err, f[3])
		}
	}
}

func checkMatch(t *testing.T, f []string) {
	v, err := Vector("english", f[1])
	if err != nil {
		t.Fatal(err)
	}
	queries := NewQueries()
	got, err := queries.Match(v, f[2])
	if strconv.FormatBool(got)[:1] != f[3] || err != nil {
		t.Errorf("Match(%s, %s) = %v, %v; want %s", v, f[2], got, err, f[3])
	}
	if r, err := queries.Rank(Usual, v, f[2], 0); fmt.Sprint(float32(r)) != f[4] || err != nil {
		t.Errorf("Rank(%s, %s) = %v, %v; want %s", v, f[2], float32(r), err, f[4])
	}
}

func FuzzWeb(f *testing.F) {
	f.Add(`"fat cats" or -rats`)
	f.Fuzz(func(t *testing.T, text string) {
		q, err := Web("english", text)
		if err != nil {
			t.Fatal(err)
		}
		v, err := Vector("english", text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := NewQueries().Match(v, q); err != nil {
			t.Errorf("%q: query %s on %s: %v", text, q, v, err)
		}
	})
}
