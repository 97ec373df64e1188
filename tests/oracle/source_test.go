package oracle

import (
	"go/parser"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/tests/conformance/psql"
	"github.com/plinth-dev/plinth/tests/differential/cases"
)

const root = "../.."

// seeds is the number of generated cases whose statements are compared.
const seeds = 1000

// each yields the statements of this repository's SQL files, the conformance fixture,
// the generated cases and the fuzz corpora, and those inside SQL functions.
func each(t *testing.T, yield func(from, sql string)) {
	deep := func(from, sql string) {
		yield(from, sql)
		if st, err := pgsql.ParseOne(sql); err == nil {
			if f, ok := st.(*pgsql.CreateFunction); ok && f.Language == "sql" {
				for _, inner := range cut(f.Body) {
					yield(from, inner)
				}
			}
		}
	}
	files(t, func(path, text string) {
		for _, sql := range cut(text) {
			deep(path, sql)
		}
	})
	fixture(t, deep)
	for seed := range seeds {
		s := cases.Generate(seed)
		for _, sql := range s.Schema {
			for _, one := range cut(sql) {
				deep(s.Name, one)
			}
		}
		for _, st := range s.Steps {
			deep(s.Name, st.SQL)
		}
	}
}

// cut splits a text into statements, where Postgres can.
func cut(text string) []string {
	list, err := pg.SplitWithScanner(text, true)
	if err != nil {
		return nil
	}
	return list
}

// files yields the SQL files of the repository and the fuzz corpora of statements.
func files(t *testing.T, yield func(path, text string)) {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules" || d.Name() == "bin"):
			return filepath.SkipDir
		case filepath.Ext(path) != ".sql" && !strings.Contains(path, "/pgsql/testdata/fuzz/"):
			return nil
		case d.IsDir():
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if filepath.Ext(path) != ".sql" {
			text = []byte(seedOf(t, string(text)))
		}
		yield(strings.TrimPrefix(path, root+"/"), string(text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// seedOf is the string in a file of a fuzz corpus.
func seedOf(t *testing.T, text string) string {
	_, call, _ := strings.Cut(text, "\n")
	lit := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(call), "string("), ")")
	if _, err := parser.ParseExpr(lit); err != nil {
		t.Fatal(err)
	}
	s, err := strconv.Unquote(lit)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fixture yields the statements of the conformance data's database.
func fixture(t *testing.T, yield func(from, sql string)) {
	shared := os.Getenv("PLINTH_SHARED")
	if shared == "" {
		shared = filepath.Join(root, "..", "shared")
	}
	list, err := filepath.Glob(filepath.Join(shared, "conformance", "postgrest", "fixtures", "*.sql"))
	if err != nil || len(list) == 0 {
		t.Fatalf("no conformance data in %s: %v", shared, err)
	}
	for _, path := range list {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, st := range psql.Split(string(text)) {
			yield("fixture "+filepath.Base(path), st.SQL())
		}
	}
}
