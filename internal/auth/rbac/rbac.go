// Package rbac reads and sets the roles of users, which policies ask for by
// auth.has_role and auth.can. Only the room of sign-in calls it.
package rbac

import (
	"context"
	"errors"
	"regexp"
	"slices"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

const (
	sqlRoles     = `select role from auth.user_roles where user_id = $1 order by role`
	sqlDropRoles = `delete from auth.user_roles where user_id = $1`
	sqlAddRole   = `insert into auth.user_roles (user_id, role) values ($1, $2)`
	maxRoles     = 50
)

var errNames = fault.New(fault.Invalid, "validation_failed", "roles must be at most 50 names of letters, digits, dots, colons, dashes and underscores")

var roleName = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,63}$`)

// Roles of a user.
type Roles struct {
	Names []string `json:"roles"`
}

// Of returns a user's roles.
func Of(ctx context.Context, tx *db.Tx, id string) (Roles, error) {
	b := Roles{Names: []string{}}
	rows, err := tx.Query(ctx, sqlRoles, id)
	if err != nil {
		return b, err
	}
	for rows.Next() {
		b.Names = append(b.Names, rows.Value(0).S)
	}
	return b, errors.Join(rows.Err(), rows.Close())
}

// Check says why the roles cannot be given.
func (b *Roles) Check() error {
	slices.Sort(b.Names)
	b.Names = slices.Compact(b.Names)
	if len(b.Names) > maxRoles || slices.ContainsFunc(b.Names, func(n string) bool { return !roleName.MatchString(n) }) {
		return errNames
	}
	return nil
}

// Set gives a user these roles, and takes away all others.
func (b *Roles) Set(ctx context.Context, tx *db.Tx, user string) error {
	if _, err := tx.Exec(ctx, sqlDropRoles, user); err != nil {
		return err
	}
	for _, name := range b.Names {
		if _, err := tx.Exec(ctx, sqlAddRole, user, name); err != nil {
			return err
		}
	}
	return nil
}
