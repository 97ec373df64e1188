package auth

import (
	"context"
	"encoding/json"
	"net/http"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/audit"
	"github.com/plinth-dev/plinth/internal/auth/identity"
	"github.com/plinth-dev/plinth/internal/auth/meta"
	"github.com/plinth-dev/plinth/internal/auth/password"
	"github.com/plinth-dev/plinth/internal/auth/word"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/limit"
	"github.com/plinth-dev/plinth/internal/mail"
	"github.com/plinth-dev/plinth/internal/wire"
)

// maxBody bounds every request of the room.
const maxBody = 1 << 20

// signupBody is what clients send; members of features that are not here yet are
// left unread.
type signupBody struct {
	Email    string  `json:"email"`
	Phone    string  `json:"phone"`
	Password *string `json:"password"`
	Channel  string  `json:"channel"`
	security
	Data json.RawMessage `json:"data"`
	flow
}

func (s *Service) signup(w http.ResponseWriter, r *http.Request) error {
	var b signupBody
	if err := wire.DecodeJSON(w, r, maxBody, &b); err != nil {
		return err
	}
	if err := s.maySignUp(w, r, b); err != nil {
		return err
	}
	var err error
	if b.flow, err = b.flow.checked(); err != nil {
		return err
	}
	n, err := s.newUser(r.Context(), b)
	if err != nil {
		return err
	}
	if err := s.askNew(r, n); err != nil {
		return err
	}
	var se *session
	_, err = s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
		var err error
		se, err = s.register(r, tx, n)
		return err
	})
	if err != nil {
		return saving(err)
	}
	if se.refresh == "" {
		return wire.WriteJSON(w, http.StatusOK, se.user.JSON())
	}
	answer, err := s.answer(r, se)
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, answer)
}

// maySignUp bounds sign-ups by client, and asks whether a person is there.
func (s *Service) maySignUp(w http.ResponseWriter, r *http.Request, b signupBody) error {
	kind, bound := "sign-in", limit.Bound{N: s.cfg.Limits.SignIns, Window: limitWindow}
	if b.Email == "" && b.Phone == "" {
		kind, bound = "anonymous", limit.Bound{N: s.cfg.Limits.Anonymous, Window: time.Hour}
	}
	if err := s.bound(w, r, kind, bound); err != nil {
		return err
	}
	if !s.cfg.Signup {
		return errSignupDisabled
	}
	return s.human(r, b.security)
}

// saving shows a fault that a trigger on auth.users raised as GoTrue does: the
// client learns that saving failed, and the text that the trigger's author wrote.
func saving(err error) error {
	if err == nil {
		return nil
	}
	f := fault.From(err)
	if len(f.Code) != 5 || f.Code == "XX000" || f.Kind == fault.Timeout || f.Kind == fault.Unavailable {
		return err // no trigger's doing: the same request may work later
	}
	if f.Code == "23505" && strings.HasPrefix(f.Constraint, "users_email") {
		return errUserExists
	}
	if f.Code == "23505" && strings.HasPrefix(f.Constraint, "users_phone") {
		return errUserExists
	}
	if f.Code == "22P05" || f.Code == "22021" { // NUL or broken UTF-8 in what the client sent
		return errBadJSON.WithCause(err)
	}
	out := *errTriggerFailed
	out.Message += ": " + f.Message
	return out.WithCause(err)
}

// newcomer is a user about to be inserted.
type newcomer struct {
	id, email, phone  string
	hash, channel     string
	appMeta, userMeta string
	anonymous         bool
	flow              flow
}

// newUser validates a sign-up and hashes its password, outside any transaction.
func (s *Service) newUser(ctx context.Context, b signupBody) (*newcomer, error) {
	data, err := meta.Check(b.Data)
	if err != nil {
		return nil, err
	}
	n := &newcomer{id: word.UUID(s.cfg.Now()), userMeta: data, appMeta: `{}`, flow: b.flow}
	if b.Email == "" && b.Phone == "" && b.Password == nil {
		if !s.cfg.Anonymous {
			return nil, errAnonDisabled
		}
		n.anonymous = true
		return n, nil
	}
	if n.email, n.phone, err = s.way(b.Email, b.Phone); err != nil {
		return nil, err
	}
	if b.Password == nil || *b.Password == "" {
		return nil, invalid("Signup requires a valid password")
	}
	n.appMeta, n.channel = emailProvider, b.Channel
	if n.phone != "" {
		n.appMeta = phoneProvider
	}
	n.hash, err = s.newHash(ctx, *b.Password)
	return n, err
}

// newHash refuses weak passwords and hashes the others.
func (s *Service) newHash(ctx context.Context, pw string) (string, error) {
	if len(pw) > password.MaxLength {
		return "", invalid("Password cannot be longer than 256 bytes")
	}
	reasons, message, err := s.cfg.Passwords.Weak(pw)
	if err != nil {
		return "", err
	}
	if len(reasons) > 0 {
		f := *errWeakPassword
		f.Message, f.Detail = message, strings.Join(reasons, ",")
		return "", &f
	}
	return s.cfg.Hash.Hash(ctx, pw)
}

func invalid(message string) error {
	f := *errValidation
	f.Message = message
	return &f
}

// address returns an e-mail address in lower case.
func address(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	a, err := netmail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 255 || !strings.Contains(s[strings.LastIndexByte(s, '@')+1:], ".") {
		return "", invalid("Unable to validate email address: invalid format")
	}
	return s, nil
}

const emailProvider = `{"provider": "email", "providers": ["email"]}`

// register inserts the user with its identity, and a session where it may have one.
func (s *Service) register(r *http.Request, tx *db.Tx, n *newcomer) (*session, error) {
	ctx := r.Context()
	if !n.anonymous {
		se, err := s.comeAgain(r, tx, n)
		if err != nil || se != nil {
			return se, err
		}
	}
	confirmed := n.email != "" && s.cfg.Autoconfirm || n.phone != "" && s.cfg.SMSAutoconfirm
	u, err := s.insertUser(ctx, tx, n, confirmed)
	if err != nil {
		return nil, err
	}
	if err := s.audit(r, tx, audit.SignedUp, u); err != nil {
		return nil, err
	}
	if n.anonymous {
		return s.startSession(ctx, tx, r, u, "anonymous")
	}
	if confirmed {
		return s.startSession(ctx, tx, r, u, "password")
	}
	if n.email != "" && !s.sends() {
		return &session{user: u}, nil
	}
	return s.unconfirmed(r, tx, u, s.signupLetter(u, n))
}

// signupLetter is the letter, or the message, that confirms a sign-up.
func (s *Service) signupLetter(u *account.User, n *newcomer) letter {
	if n.phone != "" {
		return letter{kind: kindSMSSignup, to: u.Phone, user: u, channel: n.channel}
	}
	return letter{kind: kindSignup, template: mail.Confirmation, to: u.Email, user: u, flow: n.flow}
}

// unconfirmed sends the letter of a sign-up and answers the user without a session.
func (s *Service) unconfirmed(r *http.Request, tx *db.Tx, u *account.User, l letter) (*session, error) {
	err := s.post(r, tx, l)
	if err != nil {
		return nil, err
	}
	u, err = account.Seek(r.Context(), tx, account.ByID, u.ID)
	return &session{user: u}, err
}

// comeAgain answers a sign-up of an address that is taken; nil says that it is not.
// Where addresses are confirmed, a stranger learns nothing: an account gets the answer
// of a new one, and a sign-up that waits gets its letter again. Its password stays,
// since nobody has shown whose the address is. It takes the statements of a new one.
func (s *Service) comeAgain(r *http.Request, tx *db.Tx, n *newcomer) (*session, error) {
	find, at, open, done := account.ByEmail, n.email, s.cfg.Autoconfirm || !s.sends(), func(u *account.User) bool { return u.EmailConfirmedAt.Set }
	if n.phone != "" {
		find, at, open, done = account.ByPhone, n.phone, s.cfg.SMSAutoconfirm, func(u *account.User) bool { return u.PhoneConfirmedAt.Set }
	}
	began := account.At(s.cfg.Now())
	u, err := account.Seek(r.Context(), tx, find, at)
	switch {
	case err != nil || u == nil:
		return nil, err
	case open:
		return nil, errUserExists
	}
	if err := s.again(r.Context(), tx, u); err != nil {
		return nil, err
	}
	if err := s.audit(r, tx, audit.Repeated, u); err != nil {
		return nil, err
	}
	l := s.signupLetter(u, n)
	if !done(u) {
		return s.unconfirmed(r, tx, u, l)
	}
	l.user = nil
	if _, err := s.unconfirmed(r, tx, u, l); err != nil {
		return nil, err
	}
	return &session{user: s.feigned(n, began)}, nil
}

// feigned is what a sign-up would have made of n, had nobody had the address.
func (s *Service) feigned(n *newcomer, began account.Stamp) *account.User {
	own := identity.Reachable{User: n.id, Provider: "email", At: n.email}
	if n.phone != "" {
		own.Provider, own.At = "phone", n.phone
	}
	return &account.User{
		ID: n.id, Aud: "authenticated", Role: "authenticated", Email: n.email, Phone: n.phone,
		AppMeta: json.RawMessage(n.appMeta), UserMeta: json.RawMessage(n.userMeta), CreatedAt: began, UpdatedAt: began,
		Letters: account.Letters{Confirm: account.At(s.cfg.Now())}, Identities: []identity.Identity{own.Feign(time.UnixMicro(began.Micros))},
	}
}

const (
	sqlTouchUser = `update auth.users set updated_at = updated_at where id = $1`
	sqlTouchWays = `update auth.identities set updated_at = updated_at where user_id = $1`
)

// again writes to the account that there is as insertUser writes a new one, by as many
// statements, so that the time that it takes does not tell which of them it was.
func (s *Service) again(ctx context.Context, tx *db.Tx, u *account.User) error {
	for _, sql := range []string{sqlTouchUser, sqlTouchWays} {
		if _, err := tx.Exec(ctx, sql, u.ID); err != nil {
			return err
		}
	}
	_, err := account.Seek(ctx, tx, account.ByID, u.ID)
	return err
}

// insertUser inserts a user with the identity of its address.
func (s *Service) insertUser(ctx context.Context, tx *db.Tx, n *newcomer, confirmed bool) (*account.User, error) {
	_, err := tx.Exec(ctx, sqlInsertUser, n.id, account.Nullable(n.email), account.Nullable(n.hash), confirmed, n.appMeta, n.userMeta, n.anonymous, account.Nullable(n.phone))
	if err != nil {
		return nil, err
	}
	if n.email != "" {
		err = identity.Reachable{User: n.id, Provider: "email", At: n.email, Verified: confirmed}.Insert(ctx, tx)
	}
	if err == nil && n.phone != "" {
		err = identity.Reachable{User: n.id, Provider: "phone", At: n.phone, Verified: confirmed}.Insert(ctx, tx)
	}
	if err != nil {
		return nil, err
	}
	u, err := account.Seek(ctx, tx, account.ByID, n.id)
	if err == nil && u == nil {
		err = errTriggerFailed // a trigger swallowed the row
	}
	return u, err
}

// free reports an address that is taken.
func (s *Service) free(ctx context.Context, tx *db.Tx, email string) error {
	u, err := account.Find(ctx, tx, account.ByEmail, email)
	if err == nil && u != nil {
		err = errUserExists
	}
	return err
}
