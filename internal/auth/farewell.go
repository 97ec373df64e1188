package auth

import (
	"net/http"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/audit"
	"github.com/plinth-dev/plinth/internal/auth/privacy"
	"github.com/plinth-dev/plinth/internal/auth/word"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire"
)

// export hands the signed-in user everything that the project has of him.
func (s *Service) export(w http.ResponseWriter, r *http.Request) error {
	var u *account.User
	err := s.cfg.DB.Read(r.Context(), db.Owner, func(tx *db.Tx) (err error) {
		u, err = s.current(r, tx)
		return err
	})
	if err != nil {
		return err
	}
	text, err := s.cfg.Privacy.Export(r.Context(), u.ID, u.JSON())
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="export.json"`)
	w.Header().Set("Cache-Control", "no-store")
	w.Write(text)
	return nil
}

// leaveForGood deletes the signed-in user's account with all that belongs to it. As for a
// new password, it needs the second factor where there is one, and a code where the
// sign-in was long ago and the project wants that.
func (s *Service) leaveForGood(w http.ResponseWriter, r *http.Request) error {
	var b struct {
		Nonce string `json:"nonce"`
	}
	if err := wire.DecodeJSON(w, r, maxBody, &b); err != nil {
		return err
	}
	var receipt *privacy.Receipt
	_, err := s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
		u, err := s.current(r, tx)
		if err != nil {
			return err
		}
		if err := s.proven(r, tx, u); err != nil {
			return err
		}
		if err := s.fresh(r, tx, u, b.Nonce); err != nil {
			return err
		}
		receipt, err = s.erase(r, tx, u)
		return err
	})
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, receipt)
}

func (s *Service) erase(r *http.Request, tx *db.Tx, u *account.User) (*privacy.Receipt, error) {
	ctx := r.Context()
	p := privacy.Person{ID: u.ID}
	for _, to := range []string{u.Email, u.Phone, u.NewEmail, u.NewPhone} {
		if to != "" {
			p.To = append(p.To, to)
		}
	}
	receipt, err := s.cfg.Privacy.Erase(ctx, tx, p, word.UUID(s.cfg.Now()))
	if err != nil {
		return nil, err
	}
	if err := audit.Erase(ctx, tx, u.ID); err != nil {
		return nil, err
	}
	for _, to := range p.To {
		if _, err := tx.Exec(ctx, sqlDropCodes, to); err != nil {
			return nil, err
		}
	}
	_, err = tx.Exec(ctx, sqlDeleteUser, u.ID)
	return receipt, err
}

const sqlDropCodes = `delete from auth.one_time_codes where email = $1`
