package server

import (
	"net/http"
	"time"

	"github.com/plinth-dev/plinth/internal/wire"
)

// manners are what every answer tells browsers.
func (s *Server) manners() wire.Manners {
	c := s.cfg.Project.Config.Plinth
	m := wire.Manners{Origins: c.CORS.Origins, Headers: c.CORS.Headers, MaxAge: time.Duration(c.CORS.MaxAge)}
	if s.secure != nil && s.secure.own == "" {
		m.HTTPS = time.Duration(c.HTTP.StrictTransport)
	}
	return m
}

// noReferrer keeps browsers from telling the next page the URL of this one: those of
// sign-in have codes.
func noReferrer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Referrer-Policy"] = keepReferrer
		next.ServeHTTP(w, r)
	})
}

var keepReferrer = []string{"no-referrer"} // shared, so never changed
