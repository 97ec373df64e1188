package trigger

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/builtin/absent"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/pgsql/refuse"
)

// refuseAbsent refuses a body that calls a function of Postgres that the engine does
// not have, or has such a statement: it would fail only when it runs.
func refuseAbsent(c *catalog.Catalog, f *catalog.Function) error {
	src, err := pgsql.Scan(f.Body)
	if err != nil {
		return err
	}
	for i := range src.Len() {
		t, next := src.Token(i), src.Token(i+1)
		if i > 0 && begins(src.Token(i-1)) && slices.Contains(statements, t.Val+" "+next.Val) {
			return fault.SQL("0A000", "%s is not supported", t.Val).WithHint(refuse.Statement(t.Val)).At(int(t.Pos) + 1)
		}
		if t.Kind != pgsql.Word || next.Kind != pgsql.Symbol || next.Val != "(" {
			continue
		}
		id, at := pgsql.Ident{Name: t.Val}, i
		if i >= 2 && src.Token(i-1).Val == "." {
			id.Schema, at = src.Token(i-2).Val, i-2
		}
		name := strings.TrimPrefix(strings.TrimPrefix(id.String(), "extensions."), "pg_catalog.")
		wayOut, ok := absent.Function(name)
		if ok && len(c.Functions(f.SearchPath, id)) == 0 && called(src, at, i+1) {
			return fault.SQL("0A000", "function %s is not supported", id).WithHint(wayOut).At(int(t.Pos) + 1)
		}
	}
	return nil
}

// statements are those that the parser keeps as text, by two words: nothing runs them.
var statements = []string{"merge into", "lock table", "copy from", "explain select", "explain analyze", "vacuum analyze", "create aggregate", "create operator"}

// begins reports whether a statement begins behind t.
func begins(t pgsql.Token) bool {
	return t.Val == ";" || t.Kind == pgsql.Word && slices.Contains([]string{"begin", "then", "else", "loop"}, t.Val)
}

// before are the words that an expression follows.
var before = []string{"select", "return", "if", "elsif", "when", "then", "else", "and", "or", "not", "in", "perform", "by",
	"where", "having", "on", "case", "default", "from", "join", "set", "limit", "offset", "query", "all", "distinct", "lateral", "while",
	"strict", "like", "ilike", "between", "execute", "using"}

// called tells whether the name at token i, whose list is at token open, stands where a
// function is called: not where a type, a table with its columns or a common table
// expression does.
func called(src *pgsql.Source, i, open int) bool {
	if i == 0 {
		return false
	}
	switch prev := src.Token(i - 1); {
	case prev.Kind == pgsql.Word:
		return slices.Contains(before, prev.Val)
	case prev.Kind == pgsql.Symbol && (prev.Val == "::" || prev.Val == "." || prev.Val == ")"):
		return false
	}
	depth := 0
	for n := open; n < src.Len(); n++ {
		switch src.Token(n).Val {
		case "(":
			depth++
		case ")":
			depth--
		}
		if depth == 0 {
			return src.Token(n+1).Val != "as" || src.Token(n+2).Val != "(" && src.Token(n+2).Val != "materialized" && src.Token(n+2).Val != "not"
		}
	}
	return true
}
