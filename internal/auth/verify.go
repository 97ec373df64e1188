package auth

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/identity"
	"github.com/plinth-dev/plinth/internal/auth/meta"
	"github.com/plinth-dev/plinth/internal/auth/redirect"
	"github.com/plinth-dev/plinth/internal/auth/word"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/wire"
)

const (
	sqlCodeByLink   = `select ` + codeColumns + ` from auth.one_time_codes where link_hash = $1 and kind = any($2::text[]) and user_id is not null for update`
	sqlCodesByEmail = `select ` + codeColumns + ` from auth.one_time_codes where email = $1 and kind = any($2::text[]) and user_id is not null
 order by created_at desc for update`
	sqlWrongCode  = `update auth.one_time_codes set attempts = attempts + 1 where email = $1 and kind = any($2::text[]) and used_at is null`
	sqlUsed       = `update auth.one_time_codes set used_at = $2, session_id = $3, client = $4 where id = $1`
	sqlDropCode   = `delete from auth.one_time_codes where id = $1`
	sqlDropOthers = `delete from auth.one_time_codes where user_id = $1 and id <> $2 and kind = any($3::text[])`
	sqlHasCode    = `select 1 from auth.one_time_codes where user_id = $1 and kind = $2 and used_at is null`
	sqlConfirm    = `update auth.users set email_confirmed_at = coalesce(email_confirmed_at, now()),
 encrypted_password = case when $2::boolean then null else encrypted_password end, updated_at = now() where id = $1`
	sqlChanged = `update auth.users set email = $2, email_change = '', email_change_confirm_status = 0, email_confirmed_at = now(),
 is_anonymous = false, raw_app_meta_data = $3, updated_at = now() where id = $1`
	sqlHalfChanged = `update auth.users set email_change_confirm_status = 1, updated_at = now() where id = $1`
)

const halfChanged = "Confirmation link accepted. Please proceed to confirm link sent to the other email"

// verifyBody is a code or a link's word.
type verifyBody struct {
	Type      string `json:"type"`
	Email     string `json:"email"`
	Phone     string `json:"phone"`
	Token     string `json:"token"`
	TokenHash string `json:"token_hash"`
	approved  bool   // by the sender of the code, who alone knows it
}

// kinds are the kinds of codes that a type of verification takes.
func (b verifyBody) kinds() []string {
	switch b.Type {
	case kindSignup, kindInvite:
		return []string{b.Type}
	case kindRecovery:
		return []string{kindRecovery, kindMagicLink}
	case kindMagicLink:
		return []string{kindMagicLink, kindRecovery, kindSignup}
	case "email":
		return []string{kindSignup, kindMagicLink, kindRecovery, kindInvite}
	case kindChange:
		return []string{kindChange, kindChangeOld}
	case kindSMS:
		return []string{kindSMS, kindSMSSignup}
	case kindPhoneChange:
		return []string{kindPhoneChange}
	}
	return nil
}

func signInKinds() []string {
	return []string{kindSignup, kindMagicLink, kindRecovery, kindInvite, kindSMS, kindSMSSignup}
}

// verified is what a code opened.
type verified struct {
	code    *code
	session *session
	half    bool // the other address must confirm too
	message string
}

// postVerify answers POST /verify.
func (s *Service) postVerify(w http.ResponseWriter, r *http.Request) error {
	var b verifyBody
	if err := wire.DecodeJSON(w, r, maxBody, &b); err != nil {
		return err
	}
	v, err := s.verify(r, b, false)
	if err != nil {
		return err
	}
	if v.half {
		return wire.WriteJSON(w, http.StatusOK, map[string]any{"msg": halfChanged, "code": http.StatusOK})
	}
	answer, err := s.answer(r, v.session)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return wire.WriteJSON(w, http.StatusOK, answer)
}

// getVerify follows a letter's link: it answers a session in the fragment, or, where
// the letter was asked for with a challenge, a code in the query.
func (s *Service) getVerify(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	to := s.redirect(r)
	w.Header().Set("Cache-Control", "no-store")
	v, err := s.verify(r, verifyBody{Type: q.Get("type"), TokenHash: q.Get("token")}, true)
	if err == nil {
		to, err = s.landing(r, to, q.Get("type"), v)
	}
	if err != nil {
		f := translate(fault.From(err))
		if f.Kind == fault.Internal {
			return err
		}
		parts := url.Values{"error": {"access_denied"}, "error_code": {f.Code}, "error_description": {f.Message}}
		to = redirect.With(redirect.With(to, parts, false), parts, true)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// landing puts what the link opened into the address.
func (s *Service) landing(r *http.Request, to, kind string, v *verified) (string, error) {
	if v.half {
		return redirect.With(to, url.Values{"message": {halfChanged}}, true), nil
	}
	if v.message != "" { // PKCE
		return redirect.With(to, url.Values{"code": {v.message}}, false), nil
	}
	return s.sessionURL(r, to, v.session, url.Values{"type": {kind}})
}

// verify decides a code in one transaction: used once, or not at all. The same client
// that comes again within seconds, because the answer was lost on the way, gets the
// same session. follow says that a link's challenge is honoured.
func (s *Service) verify(r *http.Request, b verifyBody, follow bool) (*verified, error) {
	kinds := b.kinds()
	if kinds == nil {
		return nil, invalid("Verify requires a verification type")
	}
	if b.TokenHash == "" && (b.Token == "" || b.Email == "" && b.Phone == "") {
		return nil, invalid("Verify requires a token or a token hash")
	}
	var err error
	if b.TokenHash == "" {
		if b.Email = strings.ToLower(strings.TrimSpace(b.Email)); b.Phone != "" {
			b.Email = ""
			if b, err = s.approve(r, b); err != nil {
				return nil, err
			}
		}
	}
	var out *verified
	_, err = s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
		c, err := s.findCode(r.Context(), tx, b, kinds)
		out = nil
		if err != nil || c == nil {
			return err // a wrong guess is counted, which must commit
		}
		out, err = s.open(r, tx, c, follow)
		return err
	})
	if err == nil && out == nil {
		err = errOTPExpired
		if b.TokenHash != "" {
			err = errLinkExpired
		}
	}
	return out, saving(err)
}

func (s *Service) findCode(ctx context.Context, tx *db.Tx, b verifyBody, kinds []string) (*code, error) {
	if b.TokenHash == "" {
		return s.findDigits(ctx, tx, b.Email+b.Phone, guess{b.Token, b.approved, kinds})
	}
	found, err := codes(ctx, tx, sqlCodeByLink, word.Digest(b.TokenHash), kinds)
	if err != nil || len(found) == 0 || s.expired(found[0]) {
		return nil, err
	}
	return found[0], nil
}

// guess is what somebody typed for one of some kinds of codes.
type guess struct {
	typed    string
	approved bool
	kinds    []string
}

// findDigits looks for a typed code among the address's living ones, and counts a
// wrong guess on all of them.
func (s *Service) findDigits(ctx context.Context, tx *db.Tx, to string, g guess) (*code, error) {
	found, err := codes(ctx, tx, sqlCodesByEmail, to, g.kinds)
	if err != nil {
		return nil, err
	}
	var hit *code
	for _, c := range found {
		if s.expired(c) || c.attempts >= int64(s.cfg.CodeAttempts) {
			continue
		}
		if subtle.ConstantTimeCompare([]byte(word.Digest(c.id+g.typed)), []byte(c.hash)) == 1 || g.approved && hit == nil {
			hit = c
		}
	}
	if hit == nil { // of an address that nobody has, too: it takes as long
		_, err = tx.Exec(ctx, sqlWrongCode, to, g.kinds)
	}
	return hit, err
}

func codes(ctx context.Context, tx *db.Tx, sql string, args ...any) ([]*code, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	var out []*code
	for rows.Next() {
		out = append(out, scanCode(rows.Row()))
	}
	return out, account.Close(rows)
}

func (s *Service) expired(c *code) bool { return c.expires.Micros < s.cfg.Now().UnixMicro() }

// client tells clients apart, coarsely: it decides only who may hear an answer again.
func (s *Service) client(r *http.Request) string {
	return word.Digest(s.ip(r) + "\n" + r.UserAgent())
}

// open spends c.
func (s *Service) open(r *http.Request, tx *db.Tx, c *code, follow bool) (*verified, error) {
	ctx := r.Context()
	if c.used.Set {
		return s.openAgain(r, tx, c)
	}
	u, err := account.Find(ctx, tx, account.ByID, c.userID)
	if err != nil || u == nil {
		return nil, err
	}
	v := &verified{code: c}
	if c.kind == kindChange || c.kind == kindChangeOld {
		if v.half, err = s.applyChange(ctx, tx, u, c); err != nil {
			return nil, err
		}
	} else if c.kind == kindPhoneChange {
		if err = s.applyPhone(ctx, tx, u, c.email); err != nil {
			return nil, err
		}
	} else if err = s.confirm(ctx, tx, u, c); err != nil {
		return nil, err
	}
	if u, err = account.Find(ctx, tx, account.ByID, c.userID); err != nil {
		return nil, err
	}
	if err := s.usable(u); err != nil {
		return nil, err
	}
	var sessionID any
	switch {
	case v.half:
	case follow && c.challenge != "":
		v.message, err = s.newFlowCode(ctx, tx, opening{user: u, flow: flow{c.challenge, c.method}, method: amrOf(c.kind)})
	default:
		if v.session, err = s.startSession(ctx, tx, r, u, amrOf(c.kind)); err == nil {
			sessionID = v.session.id
		}
	}
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, sqlUsed, c.id, s.cfg.Now(), sessionID, s.client(r))
	return v, err
}

func amrOf(kind string) string {
	switch kind {
	case kindSignup, kindMagicLink, kindSMS, kindSMSSignup:
		return "otp"
	case kindChangeOld:
		return kindChange
	}
	return kind
}

// openAgain answers the same client the same session, until it has been refreshed.
func (s *Service) openAgain(r *http.Request, tx *db.Tx, c *code) (*verified, error) {
	if !s.recent(c.used) || c.client != s.client(r) || c.session == "" {
		return nil, nil
	}
	se, err := s.sessionAgain(r.Context(), tx, c.session)
	if err != nil || se == nil {
		return nil, err
	}
	return &verified{code: c, session: se}, nil
}

func (s *Service) sessionAgain(ctx context.Context, tx *db.Tx, id string) (*session, error) {
	row, err := account.FindSession(ctx, tx, id)
	if err != nil || row == nil || row.Counter != 0 {
		return nil, err
	}
	u, err := account.Find(ctx, tx, account.ByID, row.UserID)
	if err != nil || u == nil || s.usable(u) != nil {
		return nil, err
	}
	return s.sessionOf(ctx, tx, row, u)
}

// confirm makes the address the user's own. Whoever proves it otherwise than by the
// sign-up's letter did not choose the password that a stranger may have set.
func (s *Service) confirm(ctx context.Context, tx *db.Tx, u *account.User, c *code) error {
	if c.kind == kindSMS || c.kind == kindSMSSignup {
		if err := s.confirmPhone(ctx, tx, u, c); err != nil {
			return err
		}
	} else if !u.EmailConfirmedAt.Set {
		if _, err := tx.Exec(ctx, sqlConfirm, u.ID, c.kind != kindSignup); err != nil {
			return err
		}
		if err := s.setIdentity(ctx, tx, u.ID, u.Email); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, sqlDropOthers, u.ID, c.id, signInKinds())
	return err
}

// applyChange counts one of the letters of a change; half says that the other address
// has not answered yet.
func (s *Service) applyChange(ctx context.Context, tx *db.Tx, u *account.User, c *code) (half bool, err error) {
	if u.NewEmail == "" || c.kind == kindChange && c.email != u.NewEmail || c.kind == kindChangeOld && c.email != u.Email {
		return false, errOTPExpired
	}
	other := kindChange
	if c.kind == kindChange {
		other = kindChangeOld
	}
	rows, err := tx.Query(ctx, sqlHasCode, u.ID, other)
	if err != nil {
		return false, err
	}
	waiting := rows.Next()
	if err := account.Close(rows); err != nil {
		return false, err
	}
	if waiting && u.Letters.ChangeStatus == 0 {
		_, err := tx.Exec(ctx, sqlHalfChanged, u.ID)
		return true, err
	}
	if err := s.free(ctx, tx, u.NewEmail); err != nil {
		return false, errEmailExists
	}
	app, err := meta.Merge(u.AppMeta, map[string]json.RawMessage{"provider": json.RawMessage(`"email"`), "providers": json.RawMessage(`["email"]`)})
	if err != nil {
		return false, err
	}
	if _, err := tx.Exec(ctx, sqlChanged, u.ID, u.NewEmail, app); err != nil {
		return false, err
	}
	if _, err := tx.Exec(ctx, sqlDropOthers, u.ID, c.id, []string{kindChange, kindChangeOld}); err != nil {
		return false, err
	}
	return false, s.setIdentity(ctx, tx, u.ID, u.NewEmail)
}

// setIdentity writes the e-mail identity as confirmed.
func (s *Service) setIdentity(ctx context.Context, tx *db.Tx, id, email string) error {
	return identity.Reachable{User: id, Provider: "email", At: email}.Set(ctx, tx)
}
