package rest

import (
	"encoding/base64"
	"testing"

	"github.com/plinth-dev/plinth/internal/fault"
)

// FuzzCursor: a cursor is refused, or it is what its token says, no more.
func FuzzCursor(f *testing.F) {
	for _, s := range []string{"first", "first.", "after.", "before.AQ", "after." + base64.RawURLEncoding.EncodeToString([]byte("\x01printed!\x00\x02a\x01"))} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCursor(text)
		if err != nil {
			if fault.CodeOf(err) != "PLR041" {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if len(c.Nulls) != len(c.vals) || len(c.vals) > maxPlace {
			t.Errorf("%q: %d values, %d nulls", text, len(c.vals), len(c.Nulls))
		}
		for i, null := range c.Nulls {
			if null && c.vals[i] != "" {
				t.Errorf("%q: a null has a value", text)
			}
		}
	})
}
