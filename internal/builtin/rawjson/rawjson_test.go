package rawjson_test

import (
	"testing"

	"github.com/plinth-dev/plinth/internal/builtin/rawjson"
	"github.com/plinth-dev/plinth/internal/value"
)

// FuzzParts: the pieces of a valid document are valid themselves, and as many as the
// parsed document has.
func FuzzParts(f *testing.F) {
	f.Add(`{"a":  [1,  2], "b\"": {"c": null}, "a": "x"}`)
	f.Add(` [ "]" , {} , [] , -1e5 ] `)
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := value.Parse(value.TJSON, s, value.Env{}); err != nil {
			return
		}
		n := 0
		rawjson.Parts(s, func(_, raw string) bool {
			n++
			if _, err := value.Parse(value.TJSON, raw, value.Env{}); err != nil {
				t.Errorf("%q has the part %q: %v", s, raw, err)
			}
			return true
		})
		j, err := value.ParseJ(s)
		if err == nil && j.Kind == value.JArray && len(j.A) != n {
			t.Errorf("%q: %d parts, want %d", s, n, len(j.A))
		}
	})
}
