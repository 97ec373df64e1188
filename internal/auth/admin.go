package auth

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/audit"
	"github.com/plinth-dev/plinth/internal/auth/identity"
	"github.com/plinth-dev/plinth/internal/auth/meta"
	"github.com/plinth-dev/plinth/internal/auth/page"
	"github.com/plinth-dev/plinth/internal/auth/password"
	"github.com/plinth-dev/plinth/internal/auth/word"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire"
)

const (
	sqlCountUsers = `select count(*) from auth.users where deleted_at is null`
	sqlPageUsers  = account.Columns + `deleted_at is null order by created_at desc, id desc limit $1::bigint offset $2::bigint`
	sqlDeleteUser = `delete from auth.users where id = $1`
	// A soft delete keeps the row for what refers to it, and forgets the person.
	sqlForgetUser = `update auth.users set deleted_at = now(), email = $2, phone = null, encrypted_password = null, email_change = '',
 raw_user_meta_data = '{}', updated_at = now() where id = $1`
	sqlDropIdentities = `delete from auth.identities where user_id = $1`
	sqlDropIdentity   = `delete from auth.identities where id = $1 and user_id = $2`
	sqlSetAppData     = `update auth.users set raw_app_meta_data = $2, updated_at = now() where id = $1`
	sqlSetRole        = `update auth.users set role = $2, updated_at = now() where id = $1`
	sqlSetBan         = `update auth.users set banned_until = $2, updated_at = now() where id = $1`
	sqlAdminEmail     = `update auth.users set email = $2, is_anonymous = false, updated_at = now() where id = $1`
	sqlConfirmEmail   = `update auth.users set email_confirmed_at = coalesce(email_confirmed_at, now()), updated_at = now() where id = $1`
)

// admin lets the service's own key pass, and nobody else.
func (s *Service) admin(h wire.Handler) wire.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who := wire.Who(r)
		role := who.Session.Role
		if who.Claims != nil {
			role = who.Claims.Role
		}
		switch role {
		case "service_role", "supabase_admin":
			return h(w, r)
		case "", "anon":
			return errNoAuthorization
		}
		return errNotAdmin
	}
}

// listUsers answers a page.
func (s *Service) listUsers(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	var total int
	users := []map[string]any{}
	err := s.cfg.DB.Read(r.Context(), db.Owner, func(tx *db.Tx) error {
		rows, err := tx.Query(r.Context(), sqlCountUsers)
		if err != nil {
			return err
		}
		if rows.Next() {
			total = int(rows.Value(0).I)
		}
		if err := account.Close(rows); err != nil {
			return err
		}
		found, err := pageOfUsers(r.Context(), tx, p.Size, p.Offset())
		for _, u := range found {
			users = append(users, u.JSON())
		}
		return err
	})
	if err != nil {
		return err
	}
	p.Headers(w, s.base(r)+"/admin/users", total)
	return wire.WriteLong(w, r, map[string]any{"users": users, "aud": "authenticated"})
}

func pageOfUsers(ctx context.Context, tx *db.Tx, limit, offset int) ([]*account.User, error) {
	rows, err := tx.Query(ctx, sqlPageUsers, limit, offset)
	if err != nil {
		return nil, err
	}
	var out []*account.User
	for rows.Next() {
		out = append(out, account.Scan(rows.Row()))
	}
	if err := account.Close(rows); err != nil {
		return nil, err
	}
	for _, u := range out {
		if u.Identities, err = identity.Of(ctx, tx, u.ID); err != nil {
			return nil, err
		}
		if len(u.Factors) > 0 {
			if u.Factors, err = account.Factors(ctx, tx, u.ID); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// adminBody describes a user; nil members stay as they are.
type adminBody struct {
	ID           string                     `json:"id"`
	Email        *string                    `json:"email"`
	Phone        *string                    `json:"phone"`
	PhoneConfirm bool                       `json:"phone_confirm"`
	Password     *string                    `json:"password"`
	PasswordHash string                     `json:"password_hash"`
	EmailConfirm bool                       `json:"email_confirm"`
	UserData     map[string]json.RawMessage `json:"user_metadata"`
	AppData      map[string]json.RawMessage `json:"app_metadata"`
	Role         *string                    `json:"role"`
	Ban          *string                    `json:"ban_duration"`
	hash         string
	email, phone string
	until        any // of the ban
}

func (s *Service) readAdminBody(w http.ResponseWriter, r *http.Request) (b adminBody, err error) {
	if err = wire.DecodeJSON(w, r, maxBody, &b); err != nil {
		return b, err
	}
	if b.ID != "" && !word.IsUUID(b.ID) {
		return b, invalid("ID must conform to the uuid v4 format")
	}
	if b.Email != nil && *b.Email != "" {
		if b.email, err = address(*b.Email); err != nil {
			return b, err
		}
	}
	if b.Phone != nil && *b.Phone != "" {
		if b.phone, err = number(*b.Phone); err != nil {
			return b, err
		}
	}
	if b.hash = b.PasswordHash; b.hash != "" {
		if err := password.Known(b.hash); err != nil {
			return b, invalid("password_hash: " + err.Error())
		}
	}
	if b.Password != nil && *b.Password != "" {
		if b.hash != "" {
			return b, invalid("Only a password or a password hash should be provided")
		}
		if b.hash, err = s.newHash(r.Context(), *b.Password); err != nil {
			return b, err
		}
	}
	if b.Ban != nil && *b.Ban != "none" {
		d, err := time.ParseDuration(*b.Ban)
		if err != nil || d < 0 {
			return b, invalid("invalid format for ban duration: " + clip(*b.Ban, 40))
		}
		b.until = s.cfg.Now().Add(d)
	}
	return b, nil
}

func (s *Service) createUser(w http.ResponseWriter, r *http.Request) error {
	b, err := s.readAdminBody(w, r)
	if err != nil {
		return err
	}
	if b.email == "" && b.phone == "" {
		return invalid("Cannot create a user without either an email or phone")
	}
	return s.answerUser(w, r, func(ctx context.Context, tx *db.Tx) (*account.User, error) {
		if err := s.freeBoth(ctx, tx, b.email, b.phone); err != nil {
			return nil, err
		}
		n := &newcomer{id: b.ID, email: b.email, phone: b.phone, hash: b.hash, appMeta: providersOf(b.email, b.phone), userMeta: `{}`}
		if n.id == "" {
			n.id = word.UUID(s.cfg.Now())
		}
		u, err := s.insertUser(ctx, tx, n, false)
		if err != nil {
			return nil, err
		}
		rest := b // it may run again
		rest.hash = ""
		return s.adminChange(ctx, tx, u, rest)
	})
}

func (s *Service) answerUser(w http.ResponseWriter, r *http.Request, fn func(context.Context, *db.Tx) (*account.User, error)) error {
	var u *account.User
	_, err := s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
		var err error
		u, err = fn(r.Context(), tx)
		return err
	})
	if err != nil {
		return saving(err)
	}
	return wire.WriteJSON(w, http.StatusOK, u.JSON())
}

// named returns the user of the path.
func named(r *http.Request, tx *db.Tx) (*account.User, error) {
	id := r.PathValue("id")
	if !word.IsUUID(id) {
		return nil, errBadID
	}
	u, err := account.Find(r.Context(), tx, account.ByID, id)
	if err == nil && u == nil {
		err = errNoUser
	}
	return u, err
}

func (s *Service) readUser(w http.ResponseWriter, r *http.Request) error {
	return s.answerUser(w, r, func(_ context.Context, tx *db.Tx) (*account.User, error) { return named(r, tx) })
}

func (s *Service) updateUser(w http.ResponseWriter, r *http.Request) error {
	b, err := s.readAdminBody(w, r)
	if err != nil {
		return err
	}
	return s.answerUser(w, r, func(ctx context.Context, tx *db.Tx) (*account.User, error) {
		u, err := named(r, tx)
		if err != nil {
			return nil, err
		}
		return s.adminChange(ctx, tx, u, b)
	})
}

// adminChange applies what b says, and nothing else.
func (s *Service) adminChange(ctx context.Context, tx *db.Tx, u *account.User, b adminBody) (*account.User, error) {
	type step struct {
		wanted bool
		sql    string
		value  []any
	}
	app, err := meta.Merge(u.AppMeta, b.AppData)
	if err != nil {
		return nil, err
	}
	data, err := meta.Merge(u.UserMeta, b.UserData)
	if err != nil {
		return nil, err
	}
	role := ""
	if b.Role != nil {
		role = *b.Role
	}
	newEmail, newPhone := b.email != "" && b.email != u.Email, b.phone != "" && b.phone != u.Phone
	if err := s.freeBoth(ctx, tx, changed(b.email, newEmail), changed(b.phone, newPhone)); err != nil {
		return nil, err
	}
	for _, st := range []step{
		{newEmail, sqlAdminEmail, []any{b.email}},
		{newPhone, sqlAdminPhone, []any{b.phone}},
		{b.hash != "", sqlRehash, []any{b.hash}},
		{b.EmailConfirm && b.email+u.Email != "", sqlConfirmEmail, nil},
		{b.PhoneConfirm && b.phone+u.Phone != "", sqlConfirmPhone, []any{false}},
		{len(b.AppData) > 0, sqlSetAppData, []any{app}},
		{len(b.UserData) > 0, sqlSetData, []any{data}},
		{role != "", sqlSetRole, []any{role}},
		{b.Ban != nil, sqlSetBan, []any{b.until}},
	} {
		if !st.wanted {
			continue
		}
		if _, err := tx.Exec(ctx, st.sql, append([]any{u.ID}, st.value...)...); err != nil {
			return nil, err
		}
	}
	if newEmail || b.EmailConfirm && u.Email != "" {
		if err := s.setIdentity(ctx, tx, u.ID, cmp.Or(b.email, u.Email)); err != nil {
			return nil, err
		}
	}
	if newPhone || b.PhoneConfirm && u.Phone != "" {
		if err := s.setPhoneIdentity(ctx, tx, u.ID, cmp.Or(b.phone, u.Phone)); err != nil {
			return nil, err
		}
	}
	return account.Find(ctx, tx, account.ByID, u.ID)
}

// deleteUser erases a person as he would himself, with a receipt that stays; softly, it
// keeps the row for what refers to it.
func (s *Service) deleteUser(w http.ResponseWriter, r *http.Request) error {
	var b struct {
		Soft bool `json:"should_soft_delete"`
	}
	if err := wire.DecodeJSON(w, r, maxBody, &b); err != nil {
		return err
	}
	_, err := s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
		u, err := named(r, tx)
		if err != nil {
			return err
		}
		if b.Soft {
			return s.forget(r, tx, u)
		}
		receipt, err := s.erase(r, tx, u)
		if err != nil {
			return err
		}
		return s.audit(r, tx, audit.Deleted, &account.User{ID: receipt.ID}) // of whom, the receipt's digest says
	})
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, struct{}{})
}

func (s *Service) forget(r *http.Request, tx *db.Tx, u *account.User) error {
	if err := s.audit(r, tx, audit.Deleted, u); err != nil {
		return err
	}
	var gone any
	if u.Email != "" {
		gone = word.Digest(u.ID+u.Email) + "@deleted.invalid"
	}
	if _, err := tx.Exec(r.Context(), sqlForgetUser, u.ID, gone); err != nil {
		return err
	}
	for _, sql := range []string{sqlEndAll, sqlDropIdentities} {
		if _, err := tx.Exec(r.Context(), sql, u.ID); err != nil {
			return err
		}
	}
	return nil
}

// unlink takes an identity from the signed-in user, who keeps at least one.
func (s *Service) unlink(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if !word.IsUUID(id) {
		return errBadID
	}
	return s.sendLetter(w, r, func(ctx context.Context, tx *db.Tx) error {
		u, err := s.current(r, tx)
		if err != nil {
			return err
		}
		if len(u.Identities) < 2 {
			return errOneIdentity
		}
		n, err := tx.Exec(ctx, sqlDropIdentity, id, u.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return errNoIdentity
		}
		if err := s.audit(r, tx, audit.Unlinked, u); err != nil {
			return err
		}
		left := identity.Providers(slices.DeleteFunc(u.Identities, func(i identity.Identity) bool { return i.ID == id }))
		names, _ := json.Marshal(left) // strings
		first, _ := json.Marshal(left[0])
		app, err := meta.Merge(u.AppMeta, map[string]json.RawMessage{"provider": first, "providers": names})
		if err == nil {
			_, err = tx.Exec(ctx, sqlSetAppData, u.ID, app)
		}
		return err
	})
}
