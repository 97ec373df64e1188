package oracle

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/tests/differential/cases"
)

// Every statement that the parser accepts prints back to the tree that Postgres makes
// of it, but for the known differences.
func TestStatementsPrintBackToTheSameTree(t *testing.T) {
	seen := map[string]bool{}
	accepted, refused := 0, 0
	used := map[string]bool{}
	each(t, func(from, sql string) {
		if seen[sql] {
			return
		}
		seen[sql] = true
		st, err := pgsql.ParseOne(sql)
		if err != nil {
			refused++
			return
		}
		accepted++
		why := compare(sql, pgsql.Print(st))
		if why == "" {
			return
		}
		if reason := known(sql); reason != "" {
			used[reason] = true
			return
		}
		t.Errorf("%s: %s\n%s", from, sql, why)
	})
	for _, k := range differences {
		if !used[k.reason] {
			t.Errorf("no statement shows this difference any more: %s", k.reason)
		}
	}
	t.Logf("%d statements accepted, %d refused, %d known differences", accepted, refused, len(differences))
}

// TestGrammarIsPostgres: the statements that stand for the productions of Postgres'
// grammar are Postgres', or are refused by this parser, too.
func TestGrammarIsPostgres(t *testing.T) {
	_, list := cases.Grammar()
	wrong := 0
	for _, sql := range list {
		_, theirs := tree(sql)
		if theirs == nil {
			continue
		}
		wrong++
		if _, ours := pgsql.ParseOne(sql); ours == nil && !strings.HasSuffix(theirs.Error(), "not yet implemented") {
			t.Errorf("%s: accepted here, but Postgres says: %v", sql, theirs)
		}
	}
	if wrong*10 > len(list) {
		t.Errorf("%d of %d statements are no Postgres", wrong, len(list))
	}
}

// compare says how the trees of two texts differ, "" for not at all.
func compare(sql, printed string) string {
	want, err := tree(sql)
	if err != nil {
		return "accepted here, but Postgres says: " + err.Error()
	}
	got, err := tree(printed)
	if err != nil {
		return fmt.Sprintf("prints %s\nof which Postgres says: %v", printed, err)
	}
	if path, a, b := differ("", want, got); path != "" {
		return fmt.Sprintf("prints %s\nat %s\n  want %s\n  got  %s", printed, path, short(a), short(b))
	}
	return ""
}

// tree is a statement as Postgres reads it, without places in the text.
func tree(sql string) (any, error) {
	text, err := pg.ParseToJSON(sql)
	if err != nil {
		return nil, err
	}
	var v any
	err = json.Unmarshal([]byte(text), &v)
	return normal(v), err
}

// differ returns the first place where two trees differ.
func differ(path string, a, b any) (string, any, any) {
	if reflect.DeepEqual(a, b) {
		return "", nil, nil
	}
	switch a := a.(type) {
	case map[string]any:
		if b, ok := b.(map[string]any); ok {
			for _, k := range both(a, b) {
				if p, x, y := differ(path+"."+k, a[k], b[k]); p != "" {
					return p, x, y
				}
			}
		}
	case []any:
		if b, ok := b.([]any); ok && len(a) == len(b) {
			for i := range a {
				if p, x, y := differ(fmt.Sprintf("%s[%d]", path, i), a[i], b[i]); p != "" {
					return p, x, y
				}
			}
		}
	}
	return path + " ", a, b
}

func both(a, b map[string]any) []string {
	out := slices.Sorted(maps.Keys(a))
	for k := range b {
		if _, ok := a[k]; !ok {
			out = append(out, k)
		}
	}
	return out
}

func short(v any) string {
	text, _ := json.Marshal(v) // it was JSON before
	if len(text) > 600 {
		text = append(text[:600], "…"...)
	}
	return string(text)
}
