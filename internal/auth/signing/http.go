package signing

import (
	"net/http"

	"github.com/plinth-dev/plinth/internal/wire"
)

const maxBody = 4 << 10

// ServeList shows the signing keys, without what is secret of them.
func (k *Keeper) ServeList(w http.ResponseWriter, r *http.Request) error {
	keys, err := k.List(r.Context())
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, map[string]any{"keys": keys})
}

// ServePrepare makes another standby key.
func (k *Keeper) ServePrepare(w http.ResponseWriter, r *http.Request) error {
	var b struct {
		Alg string `json:"algorithm"`
	}
	if err := wire.DecodeJSON(w, r, maxBody, &b); err != nil {
		return err
	}
	return k.answerKey(w, r, func() (Info, error) { return k.Prepare(r.Context(), b.Alg) })
}

// ServeRotate makes the standby key the one that signs.
func (k *Keeper) ServeRotate(w http.ResponseWriter, r *http.Request) error {
	return k.answerKey(w, r, func() (Info, error) { return k.Rotate(r.Context()) })
}

// ServeRevoke ends a key and all that it signed.
func (k *Keeper) ServeRevoke(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	return k.answerKey(w, r, func() (Info, error) {
		return Info{ID: id, Status: Revoked}, k.Revoke(r.Context(), id)
	})
}

func (k *Keeper) answerKey(w http.ResponseWriter, r *http.Request, fn func() (Info, error)) error {
	key, err := fn()
	if err != nil {
		return err
	}
	k.cfg.Log.Info("auth: signing keys changed", "key", key.ID, "status", key.Status, "id", wire.RequestID(r))
	return wire.WriteJSON(w, http.StatusOK, key)
}
