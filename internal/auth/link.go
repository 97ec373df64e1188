package auth

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/audit"
	"github.com/plinth-dev/plinth/internal/auth/meta"
	"github.com/plinth-dev/plinth/internal/auth/word"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/mail"
	"github.com/plinth-dev/plinth/internal/wire"
)

const sqlInvited = `update auth.users set invited_at = now(), updated_at = now() where id = $1`

// linkBody asks for a link, or invites.
type linkBody struct {
	Type       string          `json:"type"`
	Email      string          `json:"email"`
	NewEmail   string          `json:"new_email"`
	Password   string          `json:"password"`
	Data       json.RawMessage `json:"data"`
	RedirectTo string          `json:"redirect_to"`
	hash, meta string
}

func (s *Service) readLinkBody(w http.ResponseWriter, r *http.Request) (b linkBody, err error) {
	if err = wire.DecodeJSON(w, r, maxBody, &b); err != nil {
		return b, err
	}
	if b.Email, err = address(b.Email); err != nil {
		return b, err
	}
	if b.NewEmail != "" {
		if b.NewEmail, err = address(b.NewEmail); err != nil {
			return b, err
		}
	}
	if b.meta, err = meta.Check(b.Data); err != nil || b.Password == "" {
		return b, err
	}
	b.hash, err = s.newHash(r.Context(), b.Password)
	return b, err
}

// invite makes a user without a password and sends the letter.
func (s *Service) invite(w http.ResponseWriter, r *http.Request) error {
	b, err := s.readLinkBody(w, r)
	if err != nil {
		return err
	}
	return s.answerUser(w, r, func(ctx context.Context, tx *db.Tx) (*account.User, error) {
		u, err := s.invited(ctx, tx, b)
		if err != nil {
			return nil, err
		}
		if err := s.audit(r, tx, audit.Invited, u); err != nil {
			return nil, err
		}
		if err := s.post(r, tx, letter{kind: kindInvite, template: mail.Invite, to: b.Email, user: u}); err != nil {
			return nil, err
		}
		return account.Find(ctx, tx, account.ByID, u.ID)
	})
}

func (s *Service) invited(ctx context.Context, tx *db.Tx, b linkBody) (*account.User, error) {
	u, err := account.Find(ctx, tx, account.ByEmail, b.Email)
	if err != nil {
		return nil, err
	}
	if u != nil && u.EmailConfirmedAt.Set {
		return nil, errEmailExists
	}
	if u == nil {
		if u, err = s.linkUser(ctx, tx, b); err != nil {
			return nil, err
		}
	}
	_, err = tx.Exec(ctx, sqlInvited, u.ID)
	return u, err
}

func (s *Service) linkUser(ctx context.Context, tx *db.Tx, b linkBody) (*account.User, error) {
	n := &newcomer{id: word.UUID(s.cfg.Now()), email: b.Email, hash: b.hash, appMeta: emailProvider, userMeta: b.meta}
	return s.insertUser(ctx, tx, n, false)
}

// generateLink makes a code without sending it.
func (s *Service) generateLink(w http.ResponseWriter, r *http.Request) error {
	b, err := s.readLinkBody(w, r)
	if err != nil {
		return err
	}
	var u *account.User
	var sec secret
	var l letter
	_, err = s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
		var err error
		if u, l, err = s.linkFor(r.Context(), tx, b); err != nil {
			return err
		}
		l.user = u
		sec, err = s.newCode(r.Context(), tx, l)
		return err
	})
	if err != nil {
		return saving(err)
	}
	to := s.allowed(b.RedirectTo)
	if b.RedirectTo == "" {
		to = s.redirect(r)
	}
	answer := u.JSON()
	answer["action_link"] = s.verifyURL(r, l.kind, sec.link, to)
	answer["email_otp"], answer["hashed_token"] = sec.digits, sec.link
	answer["verification_type"], answer["redirect_to"] = b.Type, to
	return wire.WriteJSON(w, http.StatusOK, answer)
}

// linkFor returns the user of a link, made where the type makes one.
func (s *Service) linkFor(ctx context.Context, tx *db.Tx, b linkBody) (*account.User, letter, error) {
	l := letter{kind: b.Type, to: b.Email}
	if b.Type == kindInvite {
		u, err := s.invited(ctx, tx, b)
		return u, l, err
	}
	u, err := account.Find(ctx, tx, account.ByEmail, b.Email)
	if err != nil {
		return nil, l, err
	}
	switch b.Type {
	case kindSignup:
		if u != nil && u.EmailConfirmedAt.Set {
			return nil, l, errEmailExists
		}
		if u == nil && b.hash == "" {
			return nil, l, invalid("Signup requires a valid password")
		}
	case kindMagicLink:
	case kindRecovery:
		if u == nil {
			return nil, l, errNoUser
		}
	case kindChange + "_new", kindChangeOld:
		return s.linkForChange(ctx, tx, b, u)
	default:
		return nil, l, invalid("Invalid email action link type requested: " + clip(b.Type, 40))
	}
	if u == nil {
		u, err = s.linkUser(ctx, tx, b)
	}
	return u, l, err
}

func (s *Service) linkForChange(ctx context.Context, tx *db.Tx, b linkBody, u *account.User) (*account.User, letter, error) {
	l := letter{kind: kindChangeOld, to: b.Email, newEmail: b.NewEmail}
	if u == nil {
		return nil, l, errNoUser
	}
	if b.NewEmail == "" {
		return nil, l, invalid("An email change requires a new_email")
	}
	if b.Type != kindChangeOld {
		l.kind, l.to = kindChange, b.NewEmail
	}
	if u.NewEmail != b.NewEmail {
		if err := s.free(ctx, tx, b.NewEmail); err != nil {
			return nil, l, errEmailExists
		}
		if _, err := tx.Exec(ctx, sqlAskChange, u.ID, b.NewEmail); err != nil {
			return nil, l, err
		}
	}
	return u, l, nil
}
