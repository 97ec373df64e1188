package server

import (
	"testing"

	"github.com/plinth-dev/plinth/internal/auth"
	"github.com/plinth-dev/plinth/internal/realtime"
	"github.com/plinth-dev/plinth/internal/rest"
	"github.com/plinth-dev/plinth/internal/storage"
	"github.com/plinth-dev/plinth/internal/wire"
)

// TestEveryRouteSaysWhatItIs: the tables of routes are the description of the API.
func TestEveryRouteSaysWhatItIs(t *testing.T) {
	t.Parallel()
	tables := map[string][]wire.Route{
		"auth": (&auth.Service{}).Routes(), "realtime": (&realtime.Service{}).Routes(),
		"storage": (&storage.Service{}).Routes(), "rest": (&rest.Service{}).Routes(), "server": (&manual{}).routes(),
	}
	for name, routes := range tables {
		if len(routes) == 0 {
			t.Errorf("%s has no routes", name)
		}
		for _, r := range routes {
			if r.Doc == "" || r.Handler == nil {
				t.Errorf("%s: %q says nothing of itself", name, r.Pattern)
			}
		}
	}
}
