package value_test

import (
	"testing"

	. "github.com/plinth-dev/plinth/internal/value"
)

// Wall clocks around the changes of zones: hours that happen twice, and never.
func TestZoneChanges(t *testing.T) {
	t.Parallel()
	for _, o := range readOracle(t, "zone.jsonl") {
		typ, zone := typeOf(t, o.Type), zoneOf(t, o.Zone)
		v, err := Parse(typ, o.In, Env{Zone: zone})
		if err != nil {
			t.Errorf("%s %s: %v", o.In, o.Zone, err)
			continue
		}
		checkForms(t, o.In+" "+o.Zone, typ, v, o, zone)
	}
}
