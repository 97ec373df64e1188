package auth

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/audit"
	"github.com/plinth-dev/plinth/internal/auth/meta"
	"github.com/plinth-dev/plinth/internal/auth/password"
	"github.com/plinth-dev/plinth/internal/auth/word"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire"
)

const (
	sqlSessionExists = `select 1 from auth.sessions where id = $1 and user_id = $2`
	sqlSetEmail      = `update auth.users set email = $2, email_confirmed_at = now(), is_anonymous = false, raw_app_meta_data = $3, updated_at = now() where id = $1`
	sqlSetData       = `update auth.users set raw_user_meta_data = $2, updated_at = now() where id = $1`
)

// current returns the signed-in user inside tx.
func (s *Service) current(r *http.Request, tx *db.Tx) (*account.User, error) {
	who := wire.Who(r)
	if who.Claims == nil || who.Claims.Subject == "" {
		return nil, errNoAuthorization
	}
	if !word.IsUUID(who.Claims.Subject) {
		return nil, errSubject
	}
	ctx := r.Context()
	if id := who.Claims.SessionID; id != "" {
		if !word.IsUUID(id) {
			return nil, errSessionNotFound
		}
		rows, err := tx.Query(ctx, sqlSessionExists, id, who.Claims.Subject)
		if err != nil {
			return nil, err
		}
		found := rows.Next()
		if err := account.Close(rows); err != nil {
			return nil, err
		}
		if !found {
			return nil, errSessionNotFound
		}
	}
	u, err := account.Find(ctx, tx, account.ByID, who.Claims.Subject)
	if err == nil && u == nil {
		err = errUserNotFound
	}
	return u, err
}

func (s *Service) getUser(w http.ResponseWriter, r *http.Request) error {
	var u *account.User
	err := s.cfg.DB.Read(r.Context(), db.Owner, func(tx *db.Tx) error {
		var err error
		u, err = s.current(r, tx)
		return err
	})
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, u.JSON())
}

// userBody is a change of the signed-in user; nil members stay as they are.
type userBody struct {
	Email    *string                    `json:"email"`
	Password *string                    `json:"password"`
	Phone    *string                    `json:"phone"`
	Channel  string                     `json:"channel"`
	Data     map[string]json.RawMessage `json:"data"`
	Nonce    string                     `json:"nonce"`
	flow
}

func (s *Service) putUser(w http.ResponseWriter, r *http.Request) error {
	var b userBody
	if err := wire.DecodeJSON(w, r, maxBody, &b); err != nil {
		return err
	}
	change, err := s.prepare(r, b)
	if err != nil {
		return err
	}
	var u *account.User
	_, err = s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
		var err error
		u, err = s.change(r, tx, change)
		return err
	})
	if errors.Is(err, errBadNonce) {
		s.countWrong(r)
	}
	if err != nil {
		return saving(err)
	}
	return wire.WriteJSON(w, http.StatusOK, u.JSON())
}

// countWrong counts a wrong code of the signed-in user, whose own transaction was
// rolled back.
func (s *Service) countWrong(r *http.Request) {
	_, err := s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
		u, err := s.current(r, tx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(r.Context(), sqlWrongCode, u.Reach(), []string{kindReauth})
		return err
	})
	if err != nil {
		s.cfg.Log.Error("auth: a wrong code was not counted", "error", err)
	}
}

// userChange is a validated userBody.
type userChange struct {
	email, hash string
	phone       string
	channel     string
	data        map[string]json.RawMessage
	nonce       string
	flow        flow
}

// prepare does the slow part, hashing, before the transaction.
func (s *Service) prepare(r *http.Request, b userBody) (c userChange, err error) {
	c.data, c.nonce = b.Data, b.Nonce
	if c.flow, err = b.flow.checked(); err != nil {
		return c, err
	}
	if b.Email != nil && *b.Email != "" {
		if c.email, err = address(*b.Email); err != nil {
			return c, err
		}
	}
	if b.Phone != nil && *b.Phone != "" {
		if c.channel = b.Channel; !s.cfg.PhoneSignup {
			return c, errPhoneDisabled
		}
		if c.phone, err = number(*b.Phone); err != nil {
			return c, err
		}
	}
	if b.Password == nil || *b.Password == "" {
		return c, nil
	}
	var u *account.User
	err = s.cfg.DB.Read(r.Context(), db.Owner, func(tx *db.Tx) error {
		var err error
		u, err = s.current(r, tx)
		return err
	})
	if err != nil {
		return c, err
	}
	if len(*b.Password) <= password.MaxLength && u.Hash != "" {
		same, _, err := s.cfg.Hash.Verify(r.Context(), u.Hash, *b.Password)
		if err != nil {
			return c, err
		}
		if same {
			return c, errSamePassword
		}
	}
	c.hash, err = s.newHash(r.Context(), *b.Password)
	return c, err
}

func (s *Service) change(r *http.Request, tx *db.Tx, c userChange) (*account.User, error) {
	ctx := r.Context()
	u, err := s.current(r, tx)
	if err != nil {
		return nil, err
	}
	if c.email != "" || c.phone != "" || c.hash != "" {
		if err := s.proven(r, tx, u); err != nil {
			return nil, err
		}
	}
	if c.email != "" && c.email != u.Email {
		if err := s.setEmail(r, tx, u, c); err != nil {
			return nil, err
		}
	}
	if c.phone != "" && c.phone != u.Phone {
		if err := s.setPhone(r, tx, u, c); err != nil {
			return nil, err
		}
	}
	if c.hash != "" {
		if err := s.fresh(r, tx, u, c.nonce); err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, sqlRehash, u.ID, c.hash); err != nil {
			return nil, err
		}
	}
	if len(c.data) > 0 {
		merged, err := meta.Merge(u.UserMeta, c.data)
		if err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, sqlSetData, u.ID, merged); err != nil {
			return nil, err
		}
	}
	if err := s.audit(r, tx, audit.Modified, u); err != nil {
		return nil, err
	}
	return account.Find(ctx, tx, account.ByID, u.ID)
}

const sqlAskChange = `update auth.users set email_change = $2, email_change_confirm_status = 0, updated_at = now() where id = $1`

// setEmail changes the address at once where autoconfirm allows it, else when letters
// are answered; an anonymous user becomes a permanent one.
func (s *Service) setEmail(r *http.Request, tx *db.Tx, u *account.User, c userChange) error {
	ctx := r.Context()
	if err := s.free(ctx, tx, c.email); err != nil {
		return errEmailExists
	}
	if !s.cfg.Autoconfirm {
		if _, err := tx.Exec(ctx, sqlAskChange, u.ID, c.email); err != nil {
			return err
		}
		u.NewEmail = c.email
		return s.postChange(r, tx, u, c.flow)
	}
	app, err := meta.Merge(u.AppMeta, map[string]json.RawMessage{"provider": json.RawMessage(`"email"`), "providers": json.RawMessage(`["email"]`)})
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlSetEmail, u.ID, c.email, app); err != nil {
		return err
	}
	return s.setIdentity(ctx, tx, u.ID, c.email)
}

const (
	sqlSessionAge = `select created_at from auth.sessions where id = $1`
	freshFor      = 24 * time.Hour
)

// fresh asks for a code where the sign-in was long ago and the project wants one.
func (s *Service) fresh(r *http.Request, tx *db.Tx, u *account.User, nonce string) error {
	if !s.cfg.SecureChange || u.Anonymous {
		return nil
	}
	ctx := r.Context()
	rows, err := tx.Query(ctx, sqlSessionAge, account.Nullable(wire.Who(r).Claims.SessionID))
	if err != nil {
		return err
	}
	var began account.Stamp
	if rows.Next() {
		began = account.StampOf(rows.Value(0))
	}
	if err := account.Close(rows); err != nil {
		return err
	}
	if began.Set && s.cfg.Now().Sub(time.UnixMicro(began.Micros)) < freshFor {
		return nil
	}
	if nonce == "" {
		return errNeedsNonce
	}
	ok, err := s.nonce(ctx, tx, u, nonce)
	if err == nil && !ok {
		err = errBadNonce
	}
	return err
}
