package textsearch

import (
	"strings"
	"testing"
)

// TestNearAddresses reads long texts that begin an address at every token and never
// end one; a parser that looks to the end each time would not come back.
func TestNearAddresses(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"a+", "a_", "a.", "a@", "a:/", "a-", "<a", "&a", "1.", "1e", "-1e", "a/.", "é_"} {
		if _, err := Vector("english", strings.Repeat(unit, 1<<14)); err != nil {
			t.Logf("%s: %v", unit, err) // too long for a vector is an answer too
		}
	}
}
