package auth

import "github.com/plinth-dev/plinth/internal/auth/account"

const (
	sqlInsertUser = `insert into auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data,
 raw_user_meta_data, is_anonymous, phone, phone_confirmed_at, created_at, updated_at)
 values ('00000000-0000-0000-0000-000000000000', $1, 'authenticated', 'authenticated', $2::varchar, $3, case when $2::varchar is not null and $4::boolean then now() end, $5, $6, $7::boolean,
 $8::text, case when $8::text is not null and $4::boolean then now() end, now(), now())`
)

// usable says why the user may not have a session, or nil.
func (s *Service) usable(u *account.User) error {
	switch {
	case u.DeletedAt.Set:
		return errCredentials
	case u.BannedUntil.Set && u.BannedUntil.Micros > s.cfg.Now().UnixMicro():
		return errBanned
	case u.Email != "" && !u.EmailConfirmedAt.Set && !u.Anonymous:
		return errNotConfirmed
	case u.Email == "" && u.Phone != "" && !u.PhoneConfirmedAt.Set && !u.Anonymous:
		return errPhoneNotConfirmed
	}
	return nil
}
