package realtime

import (
	"net/http"

	"github.com/plinth-dev/plinth/internal/wire"
)

// Routes is the room's whole URL surface, below /realtime/v1.
func (s *Service) Routes() []wire.Route {
	return []wire.Route{
		{Pattern: "GET /websocket", Handler: s.websocket, Doc: "a socket of Phoenix channels"},
		{Pattern: "POST /api/broadcast", Handler: s.broadcastMany, Doc: "broadcast messages to channels"},
		{Pattern: "POST /api/broadcast/{topic}/events/{event}", Handler: s.broadcastOne, Doc: "broadcast one message, JSON or bytes"},
		{Pattern: "GET /api/stats", Handler: s.stats, Doc: "what the room holds and does; for the secret key"},
		{Pattern: "GET /api/tenants/{id}/health", Handler: s.health, Doc: "how the room fares, in the form of Supabase's server"},
		{Pattern: "GET /api/ping", Handler: ping, Open: true, Doc: "the room answers"},
		{Pattern: "/", Handler: lost, Open: true, Doc: "everything else"},
	}
}

// Handler serves the routes.
func (s *Service) Handler() http.Handler { return wire.Mount(s.Routes(), door{}) }
