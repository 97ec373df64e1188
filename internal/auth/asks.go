package auth

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/hook"
	"github.com/plinth-dev/plinth/internal/auth/identity"
	"github.com/plinth-dev/plinth/internal/auth/meta"
	"github.com/plinth-dev/plinth/internal/auth/word"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/mail"
)

// about is what every event says of itself.
func (s *Service) about(r *http.Request, name string) map[string]any {
	return map[string]any{"uuid": word.UUID(s.cfg.Now()), "time": s.cfg.Now().UTC().Format(time.RFC3339), "name": name, "ip_address": s.ip(r)}
}

// askCreation asks the project whether it wants a new account.
func (s *Service) askCreation(r *http.Request, n *newcomer) error {
	if !s.cfg.Hooks.Has(hook.BeforeUserCreated) {
		return nil
	}
	at := account.At(s.cfg.Now())
	u := &account.User{
		ID: n.id, Aud: "authenticated", Role: "authenticated", Email: n.email, Phone: n.phone, Anonymous: n.anonymous,
		AppMeta: json.RawMessage(n.appMeta), UserMeta: json.RawMessage(n.userMeta), CreatedAt: at, UpdatedAt: at, Identities: []identity.Identity{},
	}
	in := map[string]any{"metadata": s.about(r, "before-user-created"), "user": u.JSON()}
	return s.cfg.Hooks.Call(r.Context(), hook.BeforeUserCreated, in, nil)
}

// askNew asks about a newcomer whose address nobody has.
func (s *Service) askNew(r *http.Request, n *newcomer) error {
	if !s.cfg.Hooks.Has(hook.BeforeUserCreated) {
		return nil
	}
	known := false
	if n.email+n.phone != "" {
		err := s.cfg.DB.Read(r.Context(), db.Owner, func(tx *db.Tx) error {
			u, err := codeBody{Email: n.email, Phone: n.phone}.find(r.Context(), tx)
			known = u != nil
			return err
		})
		if err != nil {
			return err
		}
	}
	if known {
		return nil
	}
	return s.askCreation(r, n)
}

// verdict is what a hook says of an attempt.
type verdict struct {
	Decision string `json:"decision"`
	Message  string `json:"message"`
	Logout   bool   `json:"should_logout_user"`
}

// askPassword tells the project of a sign-in by password, which it may refuse.
func (s *Service) askPassword(ctx context.Context, u *account.User, valid bool) error {
	if u == nil {
		return nil
	}
	var v verdict
	err := s.cfg.Hooks.Call(ctx, hook.PasswordAttempt, map[string]any{"user_id": u.ID, "valid": valid}, &v)
	if err != nil || v.Decision != "reject" {
		return err
	}
	f := *errCredentials
	if v.Message != "" {
		f.Message = v.Message
	}
	return s.refuse(ctx, u, v.Logout, &f)
}

// askFactor tells the project of a code for a second factor, which it may refuse.
func (s *Service) askFactor(ctx context.Context, a *attempt, valid bool) error {
	var v verdict
	in := map[string]any{"factor_id": a.factor.ID, "factor_type": a.factor.Type, "user_id": a.user.ID, "valid": valid}
	err := s.cfg.Hooks.Call(ctx, hook.FactorAttempt, in, &v)
	if err != nil || v.Decision != "reject" {
		return err
	}
	f := *errFactorRejected
	if v.Message != "" {
		f.Message = v.Message
	}
	return s.refuse(ctx, a.user, true, &f)
}

// refuse ends the user's sessions, where the project wants that, and returns why.
func (s *Service) refuse(ctx context.Context, u *account.User, logout bool, why error) error {
	if !logout {
		return why
	}
	_, err := s.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlEndAll, u.ID)
		return err
	})
	return either(err, why)
}

// fixed are the claims that a hook cannot change: who the token is for, and what it
// proves.
var fixed = []string{"sub", "session_id", "aal", "amr", "iss", "iat"}

// customClaims lets the project change what an access token says.
func (s *Service) customClaims(ctx context.Context, c claims) (any, error) {
	if !s.cfg.Hooks.Has(hook.CustomAccessToken) {
		return c, nil
	}
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	var own map[string]json.RawMessage
	if err := json.Unmarshal(text, &own); err != nil {
		return nil, err
	}
	var out struct {
		Claims map[string]json.RawMessage `json:"claims"`
	}
	in := map[string]any{"user_id": c.Subject, "claims": own, "authentication_method": c.Methods[0].Method}
	if err := s.cfg.Hooks.Call(ctx, hook.CustomAccessToken, in, &out); err != nil {
		return nil, err
	}
	if out.Claims == nil {
		return nil, hook.ErrAnswer
	}
	for name := range own {
		if out.Claims[name] == nil {
			return nil, errHookClaims.WithDetail("the claim " + name + " is missing")
		}
	}
	for _, name := range fixed {
		out.Claims[name] = own[name]
	}
	return out.Claims, nil
}

// tellLetter hands a letter to the project instead of sending it.
func (s *Service) tellLetter(r *http.Request, tx *db.Tx, l letter, sec secret) error {
	if l.nobody {
		return s.cfg.Hooks.Feign(r.Context(), tx, hook.SendEmail)
	}
	kind := l.kind
	if kind == kindChangeOld {
		kind = kindChange
	}
	data := map[string]any{
		"token": sec.digits, "token_hash": sec.link, "redirect_to": s.redirect(r), "email_action_type": kind, "site_url": s.base(r),
		"token_new": "", "token_hash_new": "", "old_email": "",
	}
	if l.kind == kindChange && l.user.Email != "" {
		data["old_email"] = l.user.Email
	}
	u := l.user.JSON()
	u["email"] = l.to
	return s.cfg.Hooks.Send(r.Context(), tx, hook.SendEmail, map[string]any{"user": u, "email_data": data})
}

// sends says whether letters can be sent at all.
func (s *Service) sends() bool { return s.cfg.Mail != nil || s.cfg.Hooks.Has(hook.SendEmail) }

// letterVars are what a letter's template may name.
func (s *Service) letterVars(r *http.Request, l letter, sec secret) mail.Vars {
	redirect := s.redirect(r)
	return mail.Vars{
		Token: sec.digits, TokenHash: sec.link, ConfirmationURL: s.verifyURL(r, l.kind, sec.link, redirect),
		SiteURL: s.cfg.SiteURL, RedirectTo: redirect, Email: l.user.Email, NewEmail: l.newEmail, Data: meta.Map(l.user.UserMeta),
	}
}
