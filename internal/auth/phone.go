package auth

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/identity"
	"github.com/plinth-dev/plinth/internal/auth/meta"
	"github.com/plinth-dev/plinth/internal/auth/sms"
	"github.com/plinth-dev/plinth/internal/db"
)

const (
	phoneProvider   = `{"provider": "phone", "providers": ["phone"]}`
	sqlConfirmPhone = `update auth.users set phone_confirmed_at = coalesce(phone_confirmed_at, now()),
 encrypted_password = case when $2::boolean then null else encrypted_password end, updated_at = now() where id = $1`
	sqlAskPhone = `update auth.users set phone_change = $2, updated_at = now() where id = $1`
	sqlSetPhone = `update auth.users set phone = $2, phone_change = '', phone_confirmed_at = now(), is_anonymous = false, raw_app_meta_data = $3,
 updated_at = now() where id = $1`
	sqlAdminPhone = `update auth.users set phone = $2, is_anonymous = false, updated_at = now() where id = $1`
)

// number returns a phone number as its digits, country first.
func number(s string) (string, error) {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune("+ -()", r) {
			return -1
		}
		return r
	}, s)
	if len(digits) < 5 || len(digits) > 15 || digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		return "", invalid("Invalid phone number format (E.164 required)")
	}
	return digits, nil
}

// way returns the address or the number that a person comes by, where the project
// takes such.
func (s *Service) way(email, phone string) (string, string, error) {
	switch {
	case email != "" && phone != "":
		return "", "", invalid("Only an email address or phone number should be provided, not both.")
	case phone != "":
		if !s.cfg.PhoneSignup || s.cfg.SMS == nil {
			return "", "", errPhoneDisabled
		}
		phone, err := number(phone)
		return "", phone, err
	case !s.cfg.EmailSignup:
		return "", "", errEmailDisabled
	}
	email, err := address(email)
	return email, "", err
}

// find returns the user whom the body names, or nil.
func (b codeBody) find(ctx context.Context, tx *db.Tx) (*account.User, error) {
	if b.Phone != "" {
		return account.Seek(ctx, tx, account.ByPhone, b.Phone)
	}
	return account.Seek(ctx, tx, account.ByEmail, b.Email)
}

// text sends a code to a phone; a number for tests gets nothing.
func (s *Service) text(ctx context.Context, tx *db.Tx, l letter, sec secret) error {
	if s.cfg.SMS == nil {
		return errPhoneDisabled
	}
	if s.cfg.TestOTP[l.to] != "" {
		return nil
	}
	var body strings.Builder
	words := s.words
	if l.kind == kindFactor {
		words = s.factorWords
	}
	if err := words.Execute(&body, map[string]string{"Code": sec.digits}); err != nil {
		return err
	}
	return s.cfg.SMS.Send(ctx, tx, sms.Message{
		To: l.to, Body: body.String(), Code: sec.digits, Channel: l.channel, Life: s.cfg.CodeLife, User: l.user.JSON(), Nobody: l.nobody,
	})
}

// approve reads the number, and asks a sender who makes the codes itself.
func (s *Service) approve(r *http.Request, b verifyBody) (verifyBody, error) {
	var err error
	if b.Phone, err = number(b.Phone); err != nil {
		return b, err
	}
	if s.cfg.SMS != nil && s.cfg.SMS.Verifies() && s.cfg.TestOTP[b.Phone] == "" {
		b.approved, err = s.cfg.SMS.Check(r.Context(), b.Phone, b.Token)
	}
	return b, err
}

// confirmPhone makes the number the user's own, as confirm does an address.
func (s *Service) confirmPhone(ctx context.Context, tx *db.Tx, u *account.User, c *code) error {
	if u.PhoneConfirmedAt.Set {
		return nil
	}
	if _, err := tx.Exec(ctx, sqlConfirmPhone, u.ID, c.kind != kindSMSSignup); err != nil {
		return err
	}
	return s.setPhoneIdentity(ctx, tx, u.ID, u.Phone)
}

// setPhone changes the number at once where the project confirms none, else when a
// message to the new one is answered.
func (s *Service) setPhone(r *http.Request, tx *db.Tx, u *account.User, c userChange) error {
	ctx := r.Context()
	if err := s.freeBoth(ctx, tx, "", c.phone); err != nil {
		return err
	}
	if s.cfg.SMSAutoconfirm {
		return s.putPhone(ctx, tx, u, c.phone)
	}
	if _, err := tx.Exec(ctx, sqlAskPhone, u.ID, c.phone); err != nil {
		return err
	}
	return s.post(r, tx, letter{kind: kindPhoneChange, to: c.phone, user: u, channel: c.channel})
}

// applyPhone carries out a change of number that its code has confirmed.
func (s *Service) applyPhone(ctx context.Context, tx *db.Tx, u *account.User, phone string) error {
	if u.NewPhone != phone {
		return errOTPExpired
	}
	if err := s.freeBoth(ctx, tx, "", phone); err != nil {
		return err
	}
	return s.putPhone(ctx, tx, u, phone)
}

func (s *Service) putPhone(ctx context.Context, tx *db.Tx, u *account.User, phone string) error {
	names := []string{}
	for _, i := range u.Identities {
		if i.Provider != "phone" {
			names = append(names, i.Provider)
		}
	}
	names = append(names, "phone")
	list, _ := json.Marshal(names) // strings
	first, _ := json.Marshal(names[0])
	app, err := meta.Merge(u.AppMeta, map[string]json.RawMessage{"providers": list, "provider": first})
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlSetPhone, u.ID, phone, app); err != nil {
		return err
	}
	return s.setPhoneIdentity(ctx, tx, u.ID, phone)
}

// resendText sends a message again; a number that nobody has gets the same answer.
func (s *Service) resendText(r *http.Request, tx *db.Tx, b codeBody) error {
	l := letter{kind: kindSMS, to: b.Phone, channel: b.Channel}
	if b.Type == kindPhoneChange {
		u, err := s.current(r, tx)
		if err != nil {
			return err
		}
		if u.NewPhone == b.Phone {
			l.user = u
		}
		l.kind = kindPhoneChange
		return s.post(r, tx, l)
	}
	u, err := b.find(r.Context(), tx)
	if err != nil {
		return err
	}
	if u != nil && !u.PhoneConfirmedAt.Set {
		l.user, l.kind = u, kindSMSSignup
	}
	return s.post(r, tx, l)
}

func (s *Service) setPhoneIdentity(ctx context.Context, tx *db.Tx, id, phone string) error {
	return identity.Reachable{User: id, Provider: "phone", At: phone}.Set(ctx, tx)
}

// freeBoth reports an address or a number that is taken; "" asks for nothing.
func (s *Service) freeBoth(ctx context.Context, tx *db.Tx, email, phone string) error {
	if email != "" {
		if u, err := account.Find(ctx, tx, account.ByEmail, email); err != nil || u != nil {
			return either(err, errEmailExists)
		}
	}
	if phone != "" {
		if u, err := account.Find(ctx, tx, account.ByPhone, phone); err != nil || u != nil {
			return either(err, errPhoneExists)
		}
	}
	return nil
}

func either(err, or error) error {
	if err != nil {
		return err
	}
	return or
}

func changed(s string, is bool) string {
	if is {
		return s
	}
	return ""
}

// providersOf is the app metadata of a user with an address, a number, or both.
func providersOf(email, phone string) string {
	switch {
	case phone == "":
		return emailProvider
	case email == "":
		return phoneProvider
	}
	return `{"provider": "email", "providers": ["email", "phone"]}`
}
