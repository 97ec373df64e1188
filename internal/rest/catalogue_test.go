package rest

import (
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/fault"
)

// read returns the texts of the Go files below the folders, tests or not.
func read(t *testing.T, tests bool, dirs ...string) string {
	t.Helper()
	var out strings.Builder
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") != tests {
				return err
			}
			text, err := os.ReadFile(path)
			out.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

var codes = regexp.MustCompile(`"(PGRST|PLR)\d{3}"`)

// TestErrorCatalogue: docs/errors.md lists the codes that there are, with their status.
func TestErrorCatalogue(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\| ([0-9A-Z]+) \| ([0-9, ]+) \|`).FindAllStringSubmatch(string(page), -1) {
		if listed[m[1]] != "" {
			t.Errorf("%s is listed twice", m[1])
		}
		listed[m[1]] = m[2]
	}
	want := map[string]string{"42501": "401, 403"}
	for state, n := range sqlStates {
		want[state] = strconv.Itoa(n)
	}
	for class, n := range sqlClasses {
		want[class] = strconv.Itoa(n)
	}
	for _, c := range unique(codes.FindAllString(read(t, false, "."), -1)) {
		c = strings.Trim(c, `"`)
		if n, ok := strings.CutPrefix(c, "PGRST"); ok {
			want[c] = strconv.Itoa(pgrstStatus(n))
		} else {
			want[c] = listed[c] // its Kind and Status say so: TestStatusOfBounds
		}
	}
	for _, c := range slices.Sorted(maps.Keys(want)) {
		if listed[c] != want[c] || listed[c] == "" {
			t.Errorf("%s has the status %q in the docs, want %q", c, listed[c], want[c])
		}
	}
	for c := range listed {
		if want[c] == "" {
			t.Errorf("the docs list %s, which nothing raises", c)
		}
	}
	for code, f := range map[string]*fault.Error{"PLR008": errRows, "PLR009": errRuns, "PLR010": errAnswerSize, "PLR011": errBodySize, "PLR012": errBodySlow, "PLR024": errNoKeys, "PLR041": errCursor, "PLR044": errCursorLong} {
		if got := strconv.Itoa(status(f, true)); f.Code != code || got != listed[code] {
			t.Errorf("%s has the status %s, and %s in the docs", f.Code, got, listed[code])
		}
	}
}

// TestEveryBoundIsTested: each code of ours stands in a test of this room or of the
// hostile requests.
func TestEveryBoundIsTested(t *testing.T) {
	t.Parallel()
	tests := read(t, true, ".", "../../tests/hostile")
	for _, c := range unique(codes.FindAllString(read(t, false, "."), -1)) {
		c = strings.Trim(c, `"`)
		if strings.HasPrefix(c, "PLR") && !strings.Contains(tests, c) {
			t.Errorf("no test meets %s", c)
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"8s": "8s", "500": "500ms", " 1.5 min ": "1m30s", "0": "0s", "": "0s", "x": "0s", "5 parsecs": "0s", "-1s": "0s", "1d": "24h0m0s"} {
		if got := duration(in).String(); got != want {
			t.Errorf("duration(%q) = %s, want %s", in, got, want)
		}
	}
	if status(errTime("anon", 1), true) != http.StatusInternalServerError {
		t.Error("57014 is 500 in PostgREST")
	}
}
