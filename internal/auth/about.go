package auth

import (
	"net/http"

	"github.com/plinth-dev/plinth/internal/auth/oauth"
	"github.com/plinth-dev/plinth/internal/auth/word"
	"github.com/plinth-dev/plinth/internal/wire"
)

// settings tells clients what is switched on.
func (s *Service) settings(w http.ResponseWriter, _ *http.Request) error {
	external := map[string]bool{"anonymous_users": s.cfg.Anonymous, "email": s.cfg.EmailSignup, "phone": s.cfg.PhoneSignup}
	for _, name := range append(oauth.Names(), "bitbucket", "figma", "notion", "workos", "zoom") {
		external[name] = false
	}
	for name := range s.providers {
		external[name] = true
	}
	return wire.WriteJSON(w, http.StatusOK, map[string]any{
		"external": external, "disable_signup": !s.cfg.Signup, "mailer_autoconfirm": s.cfg.Autoconfirm,
		"phone_autoconfirm": s.cfg.SMSAutoconfirm, "sms_provider": "", "saml_enabled": false,
	})
}

func (s *Service) health(w http.ResponseWriter, _ *http.Request) error {
	return wire.WriteJSON(w, http.StatusOK, map[string]string{
		"name": "plinth", "version": "1", "description": "sign-in on the wire of GoTrue",
	})
}

// jwks publishes the keys with which clients and other services check tokens.
func (s *Service) jwks(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "application/json")
	keys := s.cfg.Ring.JWKS()
	tag := `"` + word.Digest(string(keys))[:32] + `"`
	w.Header().Set("Cache-Control", "public, max-age=600")
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	w.Write(keys)
	return nil
}
