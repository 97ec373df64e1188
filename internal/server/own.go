package server

import (
	"net/http"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/wire"
)

var errLost = fault.New(fault.NotFound, "no_such_path", "nothing is served at this path").
	WithHint("The services are under /rest/v1, /auth/v1, /realtime/v1 and /storage/v1.")

var errDraining = fault.New(fault.Unavailable, "draining", "this server is about to stop").
	WithHint("Ask another one: whoever sends clients here has not looked at /readyz yet.")

func lost(http.ResponseWriter, *http.Request) error { return errLost }

func (s *Server) ready(w http.ResponseWriter, r *http.Request) error {
	if s.nodes.draining.Load() {
		return errDraining
	}
	rows, err := s.db.Query(r.Context(), db.Owner, `select 1`)
	if err != nil {
		return fault.New(fault.Unavailable, "not_ready", "the database does not answer").WithCause(err)
	}
	if err := rows.Close(); err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, map[string]string{"status": "ready"})
}

func (s *Server) root(w http.ResponseWriter, _ *http.Request) error {
	return wire.WriteJSON(w, http.StatusOK, map[string]string{
		"name": "plinth", "rest": "/rest/v1", "auth": "/auth/v1", "realtime": "/realtime/v1",
	})
}
