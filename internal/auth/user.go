package auth

import (
	"context"
	"encoding/json"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/identity"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/value"
)

// user is a row of auth.users as the wire shows it.
//
// budget: the columns of auth.users that the wire shows, and no more
type user struct {
	id, aud, role, email, phone, hash string
	newEmail, newPhone                string
	confirmedAt, emailConfirmedAt     stamp
	phoneConfirmedAt, lastSignInAt    stamp
	bannedUntil, deletedAt            stamp
	createdAt, updatedAt              stamp
	appMeta, userMeta                 json.RawMessage
	anonymous                         bool
	letters                           letters
	identities                        []identity.Identity
	factors                           []factor
}

// letters are the moments at which a user's letters were sent.
type letters struct {
	confirm, recovery, change, reauth, invited stamp
	phoneChange                                stamp
	changeStatus                               int64 // 1: one of the two addresses has confirmed
}

// stamp is a timestamptz: microseconds, and whether it is set.
type stamp struct {
	micros int64
	set    bool
}

func stampOf(v value.Value) stamp { return stamp{v.I, !v.IsNull()} }

// time returns the moment in the wire's form, nil where unset.
func (s stamp) time() any {
	if !s.set {
		return nil
	}
	return time.UnixMicro(s.micros).UTC()
}

const (
	sqlUser = `select id, aud, role, email, phone, encrypted_password, email_change, confirmed_at, email_confirmed_at,
 phone_confirmed_at, last_sign_in_at, banned_until, deleted_at, created_at, updated_at, raw_app_meta_data, raw_user_meta_data, is_anonymous,
 confirmation_sent_at, recovery_sent_at, email_change_sent_at, reauthentication_sent_at, invited_at, coalesce(email_change_confirm_status, 0),
 phone_change, phone_change_sent_at, (select count(*) from auth.mfa_factors f where f.user_id = users.id)
 from auth.users where `
	sqlUserByID    = sqlUser + `id = $1`
	sqlUserByEmail = sqlUser + `email = $1 and is_sso_user = false`
	sqlUserByPhone = sqlUser + `phone = $1 and is_sso_user = false`
	sqlInsertUser  = `insert into auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data,
 raw_user_meta_data, is_anonymous, phone, phone_confirmed_at, created_at, updated_at)
 values ('00000000-0000-0000-0000-000000000000', $1, 'authenticated', 'authenticated', $2::varchar, $3, case when $2::varchar is not null and $4::boolean then now() end, $5, $6, $7::boolean,
 $8::text, case when $8::text is not null and $4::boolean then now() end, now(), now())`
)

// findUser returns the user that sql selects, or nil.
func findUser(ctx context.Context, tx *db.Tx, sql string, arg string) (*user, error) {
	rows, err := tx.Query(ctx, sql, arg)
	if err != nil {
		return nil, err
	}
	var u *user
	if rows.Next() {
		u = scanUser(rows.Row())
	}
	if err := closeRows(rows); err != nil || u == nil {
		return nil, err
	}
	if u.identities, err = identity.Of(ctx, tx, u.id); err == nil && len(u.factors) > 0 {
		u.factors, err = findFactors(ctx, tx, u.id)
	}
	return u, err
}

// first returns the first row of a statement, or nil.
func first(ctx context.Context, tx *db.Tx, sql string, args ...any) ([]value.Value, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	var v []value.Value
	if rows.Next() {
		v = rows.Row()
	}
	return v, closeRows(rows)
}

func closeRows(rows *db.Rows) error {
	err := rows.Err()
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	return err
}

func scanUser(v []value.Value) *user {
	return &user{
		id: v[0].S, aud: v[1].S, role: v[2].S, email: v[3].S, phone: v[4].S, hash: v[5].S, newEmail: v[6].S,
		confirmedAt: stampOf(v[7]), emailConfirmedAt: stampOf(v[8]), phoneConfirmedAt: stampOf(v[9]),
		lastSignInAt: stampOf(v[10]), bannedUntil: stampOf(v[11]), deletedAt: stampOf(v[12]),
		createdAt: stampOf(v[13]), updatedAt: stampOf(v[14]),
		appMeta: object(v[15]), userMeta: object(v[16]), anonymous: v[17].True(),
		letters: letters{
			confirm: stampOf(v[18]), recovery: stampOf(v[19]), change: stampOf(v[20]), reauth: stampOf(v[21]),
			invited: stampOf(v[22]), changeStatus: v[23].I, phoneChange: stampOf(v[25]),
		},
		newPhone: v[24].S, factors: make([]factor, v[26].I),
	}
}

// object returns a jsonb column as raw JSON, {} for NULL.
func object(v value.Value) json.RawMessage {
	if v.IsNull() || v.S == "null" {
		return json.RawMessage("{}")
	}
	return json.RawMessage(v.S)
}

// json returns the wire's user object.
func (u *user) json() map[string]any {
	m := map[string]any{
		"id": u.id, "aud": u.aud, "role": u.role, "email": u.email, "phone": u.phone,
		"app_metadata": u.appMeta, "user_metadata": u.userMeta, "identities": u.identities,
		"created_at": u.createdAt.time(), "updated_at": u.updatedAt.time(), "is_anonymous": u.anonymous,
	}
	for name, s := range map[string]stamp{
		"email_confirmed_at": u.emailConfirmedAt, "phone_confirmed_at": u.phoneConfirmedAt, "confirmed_at": u.confirmedAt,
		"last_sign_in_at": u.lastSignInAt, "banned_until": u.bannedUntil, "deleted_at": u.deletedAt,
		"confirmation_sent_at": u.letters.confirm, "recovery_sent_at": u.letters.recovery, "email_change_sent_at": u.letters.change,
		"reauthentication_sent_at": u.letters.reauth, "invited_at": u.letters.invited, "phone_change_sent_at": u.letters.phoneChange,
	} {
		if s.set {
			m[name] = s.time()
		}
	}
	if u.newEmail != "" {
		m["new_email"] = u.newEmail
	}
	if len(u.factors) > 0 {
		m["factors"] = u.factors
	}
	if u.newPhone != "" {
		m["new_phone"] = u.newPhone
	}
	return m
}

// usable says why the user may not have a session, or nil.
func (s *Service) usable(u *user) error {
	switch {
	case u.deletedAt.set:
		return errCredentials
	case u.bannedUntil.set && u.bannedUntil.micros > s.cfg.Now().UnixMicro():
		return errBanned
	case u.email != "" && !u.emailConfirmedAt.set && !u.anonymous:
		return errNotConfirmed
	case u.email == "" && u.phone != "" && !u.phoneConfirmedAt.set && !u.anonymous:
		return errPhoneNotConfirmed
	}
	return nil
}
