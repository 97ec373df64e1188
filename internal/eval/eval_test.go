package eval_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/ddl"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

const claims = `{"sub":"550e8400-e29b-41d4-a716-446655440000","role":"authenticated","app_metadata":{"teams":["a","b"]}}`

func schema(t testing.TB) *catalog.Catalog {
	t.Helper()
	text, err := os.ReadFile("../bind/testdata/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	sts, err := pgsql.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	cat := catalog.New()
	s := &catalog.Session{Role: "postgres", SearchPath: []string{"public", "extensions"}, Check: bind.Checker{}}
	for _, st := range sts {
		if cat, _, err = ddl.Apply(cat, s, st, string(text)); err != nil {
			t.Fatal(err)
		}
	}
	return cat
}

func testEnv() *builtin.Env {
	return &builtin.Env{Role: "authenticated", Claims: claims, Now: 1_600_000_000_000_000}
}

// answer is what an expression gives, in the form of testdata/expressions.txt.
func answer(cat *catalog.Catalog, sql string) string {
	x, err := pgsql.ParseExpr(sql)
	if err != nil {
		return failure(err)
	}
	cfg := &bind.Config{Catalog: cat, SearchPath: []string{"public", "extensions"}}
	e, err := bind.Expression(cfg, x, nil)
	if err != nil {
		return failure(err)
	}
	v, err := eval.Expr(&eval.Ctx{Env: testEnv()}, e)
	if err != nil {
		return failure(err)
	}
	t := *e.Type()
	t.Mod = 0
	name := t.String()
	if t.Kind == value.Array {
		elem := *t.Elem
		elem.Mod = 0
		name = elem.String() + "[]"
	}
	if v.IsNull() {
		return name + " | NULL"
	}
	return name + " | =" + value.TextOf(e.Type(), v, nil)
}

func failure(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return "! " + err.Error()
	}
	return "! " + f.Code + " " + f.Message
}

// TestRecorded compares expressions with what PostgreSQL 15 answered.
func TestRecorded(t *testing.T) {
	t.Parallel()
	cat := schema(t)
	text, err := os.ReadFile("testdata/expressions.txt")
	if err != nil {
		t.Fatal(err)
	}
	sql := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		want, isAnswer := strings.CutPrefix(line, "\t")
		if !isAnswer {
			sql = line
			continue
		}
		if got := answer(cat, sql); got != want {
			t.Errorf("%s\n got %s\nwant %s", sql, got, want)
		}
	}
}
