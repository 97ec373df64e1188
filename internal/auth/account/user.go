// Package account reads what the database has of a person who signs in: the row of
// auth.users with its identities and second factors, and the rows of his sessions.
// It decides nothing; the room of sign-in, which alone calls it, does. All times are
// timestamptz, in microseconds.
package account

import (
	"context"
	"encoding/json"

	"github.com/plinth-dev/plinth/internal/auth/identity"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/value"
)

// User is a row of auth.users as the wire shows it.
//
// budget: the columns of auth.users that the wire shows, and no more
type User struct {
	ID, Aud, Role, Email, Phone, Hash string
	NewEmail, NewPhone                string
	ConfirmedAt, EmailConfirmedAt     Stamp
	PhoneConfirmedAt, LastSignInAt    Stamp
	BannedUntil, DeletedAt            Stamp
	CreatedAt, UpdatedAt              Stamp
	AppMeta, UserMeta                 json.RawMessage
	Anonymous                         bool
	Letters                           Letters
	Identities                        []identity.Identity
	Factors                           []Factor
}

// Letters are the moments at which a user's letters were sent.
type Letters struct {
	Confirm, Recovery, Change, Reauth, Invited Stamp
	PhoneChange                                Stamp
	ChangeStatus                               int64 // 1: one of the two addresses has confirmed
}

// Statements for Find.
const (
	Columns = `select id, aud, role, email, phone, encrypted_password, email_change, confirmed_at, email_confirmed_at,
 phone_confirmed_at, last_sign_in_at, banned_until, deleted_at, created_at, updated_at, raw_app_meta_data, raw_user_meta_data, is_anonymous,
 confirmation_sent_at, recovery_sent_at, email_change_sent_at, reauthentication_sent_at, invited_at, coalesce(email_change_confirm_status, 0),
 phone_change, phone_change_sent_at, (select count(*) from auth.mfa_factors f where f.user_id = users.id)
 from auth.users where `
	ByID    = Columns + `id = $1`
	ByEmail = Columns + `email = $1 and is_sso_user = false`
	ByPhone = Columns + `phone = $1 and is_sso_user = false`
)

// Find returns the user that sql selects, or nil.
func Find(ctx context.Context, tx *db.Tx, sql string, arg string) (*User, error) {
	v, err := First(ctx, tx, sql, arg)
	if err != nil || v == nil {
		return nil, err
	}
	u := Scan(v)
	if u.Identities, err = identity.Of(ctx, tx, u.ID); err == nil && len(u.Factors) > 0 {
		u.Factors, err = Factors(ctx, tx, u.ID)
	}
	return u, err
}

// Nobody is an id that no user has.
const Nobody = "00000000-0000-0000-0000-000000000000"

// Seek is Find by the same statements whether somebody is there or not, so that the
// time that it takes tells nobody.
func Seek(ctx context.Context, tx *db.Tx, sql string, arg string) (*User, error) {
	v, err := First(ctx, tx, sql, arg)
	if err != nil {
		return nil, err
	}
	u := &User{ID: Nobody}
	if v != nil {
		u = Scan(v)
	}
	if u.Identities, err = identity.Of(ctx, tx, u.ID); err != nil {
		return nil, err
	}
	if u.Factors, err = Factors(ctx, tx, u.ID); err != nil || v == nil {
		return nil, err
	}
	return u, nil
}

// Scan reads a row of Columns; of the factors it knows only how many there are.
func Scan(v []value.Value) *User {
	return &User{
		ID: v[0].S, Aud: v[1].S, Role: v[2].S, Email: v[3].S, Phone: v[4].S, Hash: v[5].S, NewEmail: v[6].S,
		ConfirmedAt: StampOf(v[7]), EmailConfirmedAt: StampOf(v[8]), PhoneConfirmedAt: StampOf(v[9]),
		LastSignInAt: StampOf(v[10]), BannedUntil: StampOf(v[11]), DeletedAt: StampOf(v[12]),
		CreatedAt: StampOf(v[13]), UpdatedAt: StampOf(v[14]),
		AppMeta: object(v[15]), UserMeta: object(v[16]), Anonymous: v[17].True(),
		Letters: Letters{
			Confirm: StampOf(v[18]), Recovery: StampOf(v[19]), Change: StampOf(v[20]), Reauth: StampOf(v[21]),
			Invited: StampOf(v[22]), ChangeStatus: v[23].I, PhoneChange: StampOf(v[25]),
		},
		NewPhone: v[24].S, Factors: make([]Factor, v[26].I),
	}
}

// object returns a jsonb column as raw JSON, {} for NULL.
func object(v value.Value) json.RawMessage {
	if v.IsNull() || v.S == "null" {
		return json.RawMessage("{}")
	}
	return json.RawMessage(v.S)
}

// JSON returns the wire's user object.
func (u *User) JSON() map[string]any {
	m := map[string]any{
		"id": u.ID, "aud": u.Aud, "role": u.Role, "email": u.Email, "phone": u.Phone,
		"app_metadata": u.AppMeta, "user_metadata": u.UserMeta, "identities": u.Identities,
		"created_at": u.CreatedAt.Time(), "updated_at": u.UpdatedAt.Time(), "is_anonymous": u.Anonymous,
	}
	for name, s := range map[string]Stamp{
		"email_confirmed_at": u.EmailConfirmedAt, "phone_confirmed_at": u.PhoneConfirmedAt, "confirmed_at": u.ConfirmedAt,
		"last_sign_in_at": u.LastSignInAt, "banned_until": u.BannedUntil, "deleted_at": u.DeletedAt,
		"confirmation_sent_at": u.Letters.Confirm, "recovery_sent_at": u.Letters.Recovery, "email_change_sent_at": u.Letters.Change,
		"reauthentication_sent_at": u.Letters.Reauth, "invited_at": u.Letters.Invited, "phone_change_sent_at": u.Letters.PhoneChange,
	} {
		if s.Set {
			m[name] = s.Time()
		}
	}
	if u.NewEmail != "" {
		m["new_email"] = u.NewEmail
	}
	if len(u.Factors) > 0 {
		m["factors"] = u.Factors
	}
	if u.NewPhone != "" {
		m["new_phone"] = u.NewPhone
	}
	return m
}

// Reach is where the user gets codes: the address, else the number.
func (u *User) Reach() string {
	if u.Email != "" {
		return u.Email
	}
	return u.Phone
}
