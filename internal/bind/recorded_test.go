package bind_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// recorded is one statement of testdata/statements.txt with what PostgreSQL 15 said:
// its columns and parameter types, or its error.
type recorded struct {
	sql  string
	want string
}

func readRecorded(t testing.TB, file string) []recorded {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []recorded
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "  ") {
			out[len(out)-1].want += line
			continue
		}
		out = append(out, recorded{sql: strings.TrimSpace(line)})
	}
	return out
}

// describe is what bind says of a statement, in the recorded form.
func describe(cfg *bind.Config, sql string) string {
	st, err := pgsql.ParseOne(sql)
	if err != nil {
		return describeError(err)
	}
	b, err := bind.Statement(cfg, st)
	if err != nil {
		return describeError(err)
	}
	var cols []value.Field
	if b.Query != nil {
		cols = b.Query.Cols
	} else {
		cols = b.Write.Out
	}
	var names, params []string
	for _, c := range cols {
		names = append(names, c.Name+" "+plainType(c.Type))
	}
	for _, p := range b.Params {
		params = append(params, plainType(p))
	}
	out := "  > " + strings.Join(names, ", ") + "\n"
	if len(params) > 0 {
		out += "  $ " + strings.Join(params, ", ") + "\n"
	}
	return out
}

func plainType(t *value.Type) string {
	c := *t
	c.Mod = 0
	if c.Kind == value.Array {
		return plainType(c.Elem) + "[]"
	}
	return c.String()
}

func describeError(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return "  ! " + err.Error() + "\n"
	}
	out := fmt.Sprintf("  ! %s %s\n", f.Code, f.Message)
	if f.Detail != "" {
		out += "    detail: " + f.Detail + "\n"
	}
	if f.Hint != "" {
		out += "    hint: " + f.Hint + "\n"
	}
	if f.Pos > 0 {
		out += fmt.Sprintf("    at: %d\n", f.Pos)
	}
	return out
}

func TestRecorded(t *testing.T) {
	t.Parallel()
	cfg := config(schema(t))
	for _, r := range readRecorded(t, "testdata/statements.txt") {
		got, want := describe(cfg, r.sql), r.want
		if namesHaveNoPosition(r.sql) {
			got, want = withoutPosition(got), withoutPosition(want)
		}
		if got != want {
			t.Errorf("%s\n got\n%s want\n%s", r.sql, got, want)
		}
	}
}

// namesHaveNoPosition: the tree does not tell where the names of target tables, target
// columns and CTEs stand.
func namesHaveNoPosition(sql string) bool {
	word, _, _ := strings.Cut(sql, " ")
	return word == "insert" || word == "update" || word == "delete" || word == "with"
}

func withoutPosition(s string) string {
	head, _, _ := strings.Cut(s, "    at: ")
	return head
}
