package auth

import (
	"context"
	"net/http"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/password"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/limit"
	"github.com/plinth-dev/plinth/internal/wire"
)

// sqlRenewHash leaves a password that was changed in between.
const sqlRenewHash = `update auth.users set encrypted_password = $2, updated_at = now() where id = $1 and encrypted_password = $3`

const sqlRehash = `update auth.users set encrypted_password = $2, updated_at = now() where id = $1`

type tokenBody struct {
	Email        string `json:"email"`
	Phone        string `json:"phone"`
	Password     string `json:"password"`
	RefreshToken string `json:"refresh_token"`
	Provider     string `json:"provider"`
	IDToken      string `json:"id_token"`
	Nonce        string `json:"nonce"`
	AuthCode     string `json:"auth_code"`
	CodeVerifier string `json:"code_verifier"`
	LinkIdentity bool   `json:"link_identity"`
	security
}

func (s *Service) token(w http.ResponseWriter, r *http.Request) error {
	var b tokenBody
	if err := wire.DecodeJSON(w, r, maxBody, &b); err != nil {
		return err
	}
	grant := r.URL.Query().Get("grant_type")
	kind, bound := "sign-in", limit.Bound{N: s.cfg.Limits.SignIns, Window: limitWindow}
	if grant == "refresh_token" {
		kind, bound.N = "refresh", s.cfg.Limits.Refreshes
	}
	if err := s.bound(w, r, kind, bound); err != nil {
		return err
	}
	var se *session
	var err error
	switch grant {
	case "password":
		if err := s.human(r, b.security); err != nil {
			return err
		}
		se, err = s.signIn(w, r, b)
	case "refresh_token":
		se, err = s.refresh(r, b.RefreshToken)
	case "id_token":
		se, err = s.idToken(r, b)
	case "pkce":
		se, err = s.exchange(r, b)
	default:
		return errGrant
	}
	if err != nil {
		return err
	}
	answer, err := s.answer(r, se)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return wire.WriteJSON(w, http.StatusOK, answer)
}

// signIn checks a password. Whoever the address belongs to, it takes one hash.
func (s *Service) signIn(w http.ResponseWriter, r *http.Request, b tokenBody) (*session, error) {
	if len(b.Password) > password.MaxLength {
		return nil, errCredentials
	}
	ctx := r.Context()
	var who codeBody
	var err error
	if who.Email, who.Phone, err = s.way(b.Email, b.Phone); err != nil {
		return nil, err
	}
	if err := s.guesses(w, r, who.Email+who.Phone); err != nil {
		return nil, err
	}
	var u *account.User
	err = s.cfg.DB.Read(ctx, db.Owner, func(tx *db.Tx) (err error) {
		u, err = who.find(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	renewed, err := s.checkPassword(ctx, u, b.Password)
	if err != nil {
		return nil, s.guessed(r, who.Email+who.Phone, err)
	}
	if err := s.usable(u); err != nil {
		return nil, err
	}
	var se *session
	_, err = s.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		if renewed != "" {
			if _, err := tx.Exec(ctx, sqlRenewHash, u.ID, renewed, u.Hash); err != nil {
				return err
			}
		}
		var err error
		se, err = s.startSession(ctx, tx, r, u, "password")
		return err
	})
	if err == nil && se == nil {
		return nil, errCredentials // deleted in between
	}
	return se, err
}

// checkPassword returns a new hash where the old one is of a weaker form.
func (s *Service) checkPassword(ctx context.Context, u *account.User, password string) (renewed string, err error) {
	hash := ""
	if u != nil {
		hash = u.Hash
	}
	ok, stale, err := s.cfg.Hash.Verify(ctx, hash, password)
	if err != nil {
		return "", err
	}
	if err := s.askPassword(ctx, u, ok); err != nil {
		return "", err
	}
	if !ok {
		return "", errCredentials
	}
	if stale {
		return s.cfg.Hash.Hash(ctx, password)
	}
	return "", nil
}
