package auth

import (
	"context"
	"net/http"
	"regexp"
	"slices"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire"
)

const (
	sqlRoles     = `select role from auth.user_roles where user_id = $1 order by role`
	sqlDropRoles = `delete from auth.user_roles where user_id = $1`
	sqlAddRole   = `insert into auth.user_roles (user_id, role) values ($1, $2)`
	maxRoles     = 50
)

var roleName = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,63}$`)

type rolesBody struct {
	Roles []string `json:"roles"`
}

func rolesOf(ctx context.Context, tx *db.Tx, id string) (rolesBody, error) {
	b := rolesBody{Roles: []string{}}
	rows, err := tx.Query(ctx, sqlRoles, id)
	if err != nil {
		return b, err
	}
	for rows.Next() {
		b.Roles = append(b.Roles, rows.Value(0).S)
	}
	return b, closeRows(rows)
}

// listRoles answers a user's roles.
func (s *Service) listRoles(w http.ResponseWriter, r *http.Request) error {
	var b rolesBody
	err := s.cfg.DB.Read(r.Context(), db.Owner, func(tx *db.Tx) error {
		u, err := named(r, tx)
		if err == nil {
			b, err = rolesOf(r.Context(), tx, u.id)
		}
		return err
	})
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, b)
}

// setRoles gives a user the roles of the body, and takes away all others.
func (s *Service) setRoles(w http.ResponseWriter, r *http.Request) error {
	var b rolesBody
	if err := wire.DecodeJSON(w, r, maxBody, &b); err != nil {
		return err
	}
	slices.Sort(b.Roles)
	b.Roles = slices.Compact(b.Roles)
	if len(b.Roles) > maxRoles || slices.ContainsFunc(b.Roles, func(n string) bool { return !roleName.MatchString(n) }) {
		return invalid("roles must be at most 50 names of letters, digits, dots, colons, dashes and underscores")
	}
	ctx := r.Context()
	_, err := s.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		u, err := named(r, tx)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlDropRoles, u.id); err != nil {
			return err
		}
		for _, name := range b.Roles {
			if _, err := tx.Exec(ctx, sqlAddRole, u.id, name); err != nil {
				return err
			}
		}
		return s.audit(r, tx, didModify, u)
	})
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, b)
}
