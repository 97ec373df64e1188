package auth

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/meta"
	"github.com/plinth-dev/plinth/internal/auth/word"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/mail"
	"github.com/plinth-dev/plinth/internal/wire"
)

// codeBody asks for a letter.
type codeBody struct {
	Type    string `json:"type"`
	Email   string `json:"email"`
	Phone   string `json:"phone"`
	Channel string `json:"channel"`
	security
	CreateUser *bool           `json:"create_user"`
	Data       json.RawMessage `json:"data"`
	flow
}

func (s *Service) readCodeBody(w http.ResponseWriter, r *http.Request) (b codeBody, err error) {
	if err = wire.DecodeJSON(w, r, maxBody, &b); err != nil {
		return b, err
	}
	if b.flow, err = b.flow.checked(); err != nil {
		return b, err
	}
	if err = s.human(r, b.security); err != nil {
		return b, err
	}
	b.Email, b.Phone, err = s.way(b.Email, b.Phone)
	return b, err
}

// sendLetter runs fn in a transaction and answers {}.
func (s *Service) sendLetter(w http.ResponseWriter, r *http.Request, fn func(ctx context.Context, tx *db.Tx) error) error {
	if _, err := s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error { return fn(r.Context(), tx) }); err != nil {
		return saving(err)
	}
	return wire.WriteJSON(w, http.StatusOK, struct{}{})
}

// otp sends a code and a link for signing in, and makes the account where there is none.
func (s *Service) otp(w http.ResponseWriter, r *http.Request) error {
	b, err := s.readCodeBody(w, r)
	if err != nil {
		return err
	}
	data, err := meta.Check(b.Data)
	if err != nil {
		return err
	}
	n := &newcomer{id: word.UUID(s.cfg.Now()), email: b.Email, phone: b.Phone, appMeta: emailProvider, userMeta: data}
	if b.Phone != "" {
		n.appMeta = phoneProvider
	}
	if b.CreateUser == nil || *b.CreateUser {
		if err := s.askNew(r, n); err != nil {
			return err
		}
	}
	return s.sendLetter(w, r, func(ctx context.Context, tx *db.Tx) error {
		u, err := b.find(ctx, tx)
		if err != nil {
			return err
		}
		l := letter{kind: kindMagicLink, template: mail.MagicLink, to: b.Email, user: u, flow: b.flow}
		if b.Phone != "" {
			l = letter{kind: kindSMS, to: b.Phone, user: u, channel: b.Channel}
		}
		if b.CreateUser != nil && !*b.CreateUser || !s.cfg.Signup {
			return s.postKnown(r, tx, l, b)
		}
		if u != nil {
			if err := s.again(ctx, tx, u); err != nil {
				return err
			}
			return s.post(r, tx, l)
		}
		if l.user, err = s.insertUser(ctx, tx, n, false); err != nil {
			return err
		}
		if !s.cfg.Autoconfirm && b.Email != "" {
			l.kind, l.template = kindSignup, mail.Confirmation
		}
		return s.post(r, tx, l)
	})
}

// postKnown sends a letter where no account is made: who has none is told so.
func (s *Service) postKnown(r *http.Request, tx *db.Tx, l letter, b codeBody) error {
	switch {
	case l.user != nil:
		return s.post(r, tx, l)
	case b.CreateUser != nil && !*b.CreateUser:
		return errOTPDisabled
	}
	return errSignupDisabled
}

// recover sends a link to a new password. An unknown address gets the same answer.
func (s *Service) recover(w http.ResponseWriter, r *http.Request) error {
	b, err := s.readCodeBody(w, r)
	if err != nil {
		return err
	}
	if b.Email == "" {
		return invalid("Password recovery requires an email")
	}
	return s.sendLetter(w, r, func(ctx context.Context, tx *db.Tx) error {
		u, err := b.find(ctx, tx)
		if err != nil {
			return err
		}
		return s.post(r, tx, letter{kind: kindRecovery, template: mail.Recovery, to: b.Email, user: u, flow: b.flow})
	})
}

// resend sends a sign-up's or a change's letter again.
func (s *Service) resend(w http.ResponseWriter, r *http.Request) error {
	b, err := s.readCodeBody(w, r)
	if err != nil {
		return err
	}
	mailed, texted := b.Type == kindSignup || b.Type == kindChange, b.Type == kindSMS || b.Type == kindPhoneChange
	if !mailed && !texted || mailed != (b.Email != "") {
		return invalid("Missing one of these types: signup, email_change, sms, phone_change")
	}
	return s.sendLetter(w, r, func(ctx context.Context, tx *db.Tx) error {
		if texted {
			return s.resendText(r, tx, b)
		}
		u, err := b.find(ctx, tx)
		if err != nil {
			return err
		}
		if b.Type == kindChange {
			if u == nil || u.NewEmail == "" { // nothing to send, and nobody may tell
				u = &account.User{ID: account.Nobody, Email: b.Email, NewEmail: b.Email, EmailConfirmedAt: account.At(s.cfg.Now())}
			}
			return s.postChange(r, tx, u, b.flow)
		}
		if u != nil && u.EmailConfirmedAt.Set {
			u = nil // likewise
		}
		return s.post(r, tx, letter{kind: b.Type, template: mail.Confirmation, to: b.Email, user: u, flow: b.flow})
	})
}

// reauthenticate sends the signed-in user a code for a new password.
func (s *Service) reauthenticate(w http.ResponseWriter, r *http.Request) error {
	return s.sendLetter(w, r, func(_ context.Context, tx *db.Tx) error {
		u, err := s.current(r, tx)
		if err != nil {
			return err
		}
		if u.Reach() == "" {
			return invalid("Reauthentication requires the user to have an email or a phone number")
		}
		return s.post(r, tx, letter{kind: kindReauth, template: mail.Reauthentication, to: u.Reach(), user: u})
	})
}

// nonce checks and spends a reauthentication code.
func (s *Service) nonce(ctx context.Context, tx *db.Tx, u *account.User, digits string) (ok bool, err error) {
	c, err := s.findDigits(ctx, tx, u.Reach(), guess{typed: digits, kinds: []string{kindReauth}})
	if err != nil || c == nil || c.used.Set {
		return false, err
	}
	_, err = tx.Exec(ctx, sqlDropCode, c.id)
	return err == nil, err
}

// postChange sends the letters of a change of address.
func (s *Service) postChange(r *http.Request, tx *db.Tx, u *account.User, f flow) error {
	if s.cfg.DoubleConfirm && u.Email != "" && u.EmailConfirmedAt.Set {
		l := letter{kind: kindChangeOld, template: mail.EmailChange, to: u.Email, user: u, newEmail: u.NewEmail, flow: f}
		if err := s.post(r, tx, l); err != nil {
			return err
		}
	}
	return s.post(r, tx, letter{kind: kindChange, template: mail.EmailChange, to: u.NewEmail, user: u, newEmail: u.NewEmail, flow: f})
}

// checked refuses half a flow.
func (f flow) checked() (flow, error) {
	if (f.Challenge == "") != (f.Method == "") {
		return f, invalid("PKCE flow requires code_challenge_method and code_challenge")
	}
	if f.Challenge == "" {
		return f, nil
	}
	switch f.Method {
	case "s256", "S256":
		f.Method = "s256"
	case "plain":
	default:
		return f, invalid("code_challenge_method must be s256 or plain")
	}
	if len(f.Challenge) < 43 || len(f.Challenge) > 128 {
		return f, invalid("code challenge has to be between 43 and 128 characters")
	}
	return f, nil
}
