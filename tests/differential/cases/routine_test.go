package cases

import (
	"strings"
	"testing"
)

// TestRoutinesHaveAllKinds: what the generator is for turns up among its first cases.
func TestRoutinesHaveAllKinds(t *testing.T) {
	t.Parallel()
	missing := map[string]string{
		"a BEFORE trigger that writes to another table": "before-writes",
		"an INSTEAD OF trigger":                         " instead of ",
		"a trigger with transition tables":              " referencing ",
		"a loop over the rows of one":                   "from newt x",
		"EXECUTE over one":                              "from oldt' into",
		"a constraint trigger":                          "create constraint trigger ",
		"an exception in a loop":                        "tried ",
		"a cursor":                                      " cursor (lo int) ",
		"for in execute":                                "in execute format(",
		"get stacked diagnostics":                       "get stacked diagnostics",
	}
	for seed := 0; seed < 600 && len(missing) > 0; seed += PerSchema {
		s := GenerateRoutines(seed)
		text := strings.Join(s.Schema, "\n")
		if before(s.Schema) {
			text += "before-writes"
		}
		for what, sign := range missing {
			if strings.Contains(text, sign) {
				delete(missing, what)
			}
		}
	}
	for what := range missing {
		t.Errorf("%s is never generated", what)
	}
}

// before tells whether the function of a BEFORE trigger for each row writes to a table.
func before(schema []string) bool {
	writes := map[string]bool{}
	for _, st := range schema {
		name, _, _ := strings.Cut(strings.TrimPrefix(st, "create function "), "(")
		if strings.HasPrefix(st, "create function f_g") {
			writes[name] = strings.Contains(st, "then update public.") || strings.Contains(st, "then delete from public.")
		}
		if _, f, ok := strings.Cut(st, "execute function "); ok && strings.Contains(st, " before ") && writes[strings.TrimSuffix(f, "();")] {
			return true
		}
	}
	return false
}
