package auth

import (
	"context"
	"net/http"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/audit"
	"github.com/plinth-dev/plinth/internal/auth/rbac"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire"
)

// listRoles answers a user's roles.
func (s *Service) listRoles(w http.ResponseWriter, r *http.Request) error {
	var b rbac.Roles
	return s.answerRoles(w, r, &b, func(ctx context.Context, tx *db.Tx, u *account.User) (err error) {
		b, err = rbac.Of(ctx, tx, u.ID)
		return err
	})
}

// setRoles gives a user the roles of the body, and takes away all others.
func (s *Service) setRoles(w http.ResponseWriter, r *http.Request) error {
	var b rbac.Roles
	if err := wire.DecodeJSON(w, r, maxBody, &b); err != nil {
		return err
	}
	if err := b.Check(); err != nil {
		return err
	}
	return s.answerRoles(w, r, &b, func(ctx context.Context, tx *db.Tx, u *account.User) error {
		if err := b.Set(ctx, tx, u.ID); err != nil {
			return err
		}
		return s.audit(r, tx, audit.Modified, u)
	})
}

func (s *Service) answerRoles(w http.ResponseWriter, r *http.Request, b *rbac.Roles, fn func(context.Context, *db.Tx, *account.User) error) error {
	_, err := s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
		u, err := named(r, tx)
		if err != nil {
			return err
		}
		return fn(r.Context(), tx, u)
	})
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, b)
}
