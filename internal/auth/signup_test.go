package auth

import (
	"testing"

	"github.com/plinth-dev/plinth/internal/fault"
)

// A request whose time is over, or whose database is away, is no trigger's doing.
func TestSavingThatMayWorkLater(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]string{
		"57014": "57014", "08006": "08006", "53100": "53100", "23514": "unexpected_failure", "P0001": "unexpected_failure", "PT402": "unexpected_failure",
	} {
		if got := fault.CodeOf(saving(fault.SQL(state, "why"))); got != want {
			t.Errorf("saving that fails by %s is answered with %s, want %s", state, got, want)
		}
	}
}
