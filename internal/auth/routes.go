package auth

import "github.com/plinth-dev/plinth/internal/wire"

// routes is the room's whole surface.
func (s *Service) routes() []wire.Route {
	return []wire.Route{
		{Pattern: "POST /signup", Handler: s.signup, Keyed: true, Doc: "make an account, or an anonymous one"},
		{Pattern: "POST /token", Handler: s.token, Keyed: true, Doc: "grant_type=password or refresh_token"},
		{Pattern: "POST /logout", Handler: s.logout, Doc: "end sessions; scope=global, local or others"},
		{Pattern: "GET /user", Handler: s.getUser, Doc: "the signed-in user"},
		{Pattern: "PUT /user", Handler: s.putUser, Doc: "change e-mail, password or data"},
		{Pattern: "GET /settings", Handler: s.settings, Keyed: true, Doc: "what is switched on"},
		{Pattern: "GET /health", Handler: s.health, Keyed: true, Doc: "the room answers"},
		{Pattern: "GET /.well-known/jwks.json", Handler: s.jwks, Open: true, Doc: "public keys of access tokens"},
		{Pattern: "/", Handler: notFound, Open: true, Doc: "everything else"},
	}
}
