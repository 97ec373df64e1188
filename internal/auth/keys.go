package auth

import (
	"net/http"

	"github.com/plinth-dev/plinth/internal/auth/signing"
	"github.com/plinth-dev/plinth/internal/wire"
)

// listKeys shows the signing keys, without what is secret of them.
func (s *Service) listKeys(w http.ResponseWriter, r *http.Request) error {
	keys, err := s.cfg.Keys.List(r.Context())
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, map[string]any{"keys": keys})
}

// prepareKey makes another standby key.
func (s *Service) prepareKey(w http.ResponseWriter, r *http.Request) error {
	var b struct {
		Alg string `json:"algorithm"`
	}
	if err := wire.DecodeJSON(w, r, maxBody, &b); err != nil {
		return err
	}
	return s.answerKey(w, r, func() (signing.Info, error) { return s.cfg.Keys.Prepare(r.Context(), b.Alg) })
}

// rotateKeys makes the standby key the one that signs.
func (s *Service) rotateKeys(w http.ResponseWriter, r *http.Request) error {
	return s.answerKey(w, r, func() (signing.Info, error) { return s.cfg.Keys.Rotate(r.Context()) })
}

// revokeKey ends a key and all that it signed.
func (s *Service) revokeKey(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	return s.answerKey(w, r, func() (signing.Info, error) {
		return signing.Info{ID: id, Status: signing.Revoked}, s.cfg.Keys.Revoke(r.Context(), id)
	})
}

func (s *Service) answerKey(w http.ResponseWriter, r *http.Request, fn func() (signing.Info, error)) error {
	key, err := fn()
	if err != nil {
		return err
	}
	s.cfg.Log.Info("auth: signing keys changed", "key", key.ID, "status", key.Status, "id", wire.RequestID(r))
	return wire.WriteJSON(w, http.StatusOK, key)
}
