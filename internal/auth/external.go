package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/oauth"
	"github.com/plinth-dev/plinth/internal/auth/redirect"
	"github.com/plinth-dev/plinth/internal/auth/word"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
	"github.com/plinth-dev/plinth/internal/wire"
)

const (
	sqlAddState = `insert into auth.oauth_states (state_hash, provider, redirect_to, nonce, verifier, challenge, challenge_method, link_user, expires_at)
 values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	sqlSweepStates = `delete from auth.oauth_states where expires_at < $1`
	sqlTakeState   = `delete from auth.oauth_states where state_hash = $1 and expires_at >= $2
 returning provider, redirect_to, nonce, verifier, challenge, challenge_method, link_user`
	stateLife = 10 * time.Minute
)

// journey is a person on the way to a provider and back.
type journey struct {
	provider, to    string
	nonce, verifier string
	flow            flow
	linkTo          string
}

// ours are the values of /authorize that the provider does not get to see.
var ours = []string{"provider", "redirect_to", "scopes", "code_challenge", "code_challenge_method", "skip_http_redirect", "apikey", "invite_token"}

// authorize sends a person to a provider.
func (s *Service) authorize(w http.ResponseWriter, r *http.Request) error { return s.leave(w, r, "") }

// linkAuthorize sends the signed-in user to a provider, for another identity.
func (s *Service) linkAuthorize(w http.ResponseWriter, r *http.Request) error {
	id, err := s.mayLink(r)
	if err != nil {
		return err
	}
	return s.leave(w, r, id)
}

func (s *Service) leave(w http.ResponseWriter, r *http.Request, linkTo string) error {
	q := r.URL.Query()
	p, err := s.provider(q.Get("provider"))
	if err != nil {
		return err
	}
	j := journey{provider: p.Name, to: s.redirect(r), nonce: word.Random(), verifier: word.Random(), linkTo: linkTo}
	if j.flow, err = (flow{q.Get("code_challenge"), q.Get("code_challenge_method")}).checked(); err != nil {
		return err
	}
	extra := url.Values{}
	for name := range q {
		if !slices.Contains(ours, name) {
			extra.Set(name, q.Get(name))
		}
	}
	state := word.Random()
	to, err := p.AuthURL(r.Context(), oauth.Ask{
		State: state, Nonce: j.nonce, Verifier: j.verifier, Scopes: q.Get("scopes"), Extra: extra, Fallback: s.base(r) + "/callback",
	})
	if err != nil {
		return err
	}
	if err := s.remember(r, state, j); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	if q.Get("skip_http_redirect") == "true" {
		return wire.WriteJSON(w, http.StatusOK, map[string]string{"url": to})
	}
	http.Redirect(w, r, to, http.StatusFound)
	return nil
}

func (s *Service) remember(r *http.Request, state string, j journey) error {
	ctx, now := r.Context(), s.cfg.Now()
	_, err := s.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, sqlSweepStates, now); err != nil {
			return err
		}
		if j.linkTo != "" {
			if _, err := s.current(r, tx); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, sqlAddState, word.Digest(state), j.provider, j.to, j.nonce, j.verifier,
			account.Nullable(j.flow.Challenge), account.Nullable(j.flow.Method), account.Nullable(j.linkTo), now.Add(stateLife))
		return err
	})
	return err
}

// recall takes the journey of a state, which is good once.
func (s *Service) recall(ctx context.Context, state string) (*journey, error) {
	var j *journey
	_, err := s.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		j = nil
		rows, err := tx.Query(ctx, sqlTakeState, word.Digest(state), s.cfg.Now())
		if err != nil {
			return err
		}
		var v []value.Value
		if rows.Next() {
			v = rows.Row()
		}
		if err := account.Close(rows); err != nil || v == nil {
			return err
		}
		j = &journey{provider: v[0].S, to: v[1].S, nonce: v[2].S, verifier: v[3].S, flow: flow{v[4].S, v[5].S}, linkTo: v[6].S}
		return nil
	})
	if err == nil && j == nil {
		err = errBadState
	}
	return j, err
}

// callback is where providers send people back to: by a link, or by a form. Whatever
// went wrong is told to the app, at the address that it asked for.
func (s *Service) callback(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		return errBadCallback
	}
	w.Header().Set("Cache-Control", "no-store")
	to := s.cfg.SiteURL
	j, err := s.recall(r.Context(), r.Form.Get("state"))
	if j != nil {
		to = j.to
	}
	if err == nil {
		var next string
		if next, err = s.arrive(r, j); err == nil {
			to = next
		}
	}
	if err != nil {
		to = s.withFault(r, to, err)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// withFault adds a fault to an address, as GoTrue does: in the query and in the
// fragment, since apps read either.
func (s *Service) withFault(r *http.Request, to string, err error) string {
	f := translate(fault.From(err))
	kind, message := "access_denied", f.Message
	if f.Kind == fault.Internal && f.Status == 0 {
		s.cfg.Log.Error("auth: a provider's answer", "id", wire.RequestID(r), "error", err, "cause", errors.Unwrap(f))
		message = errInternalFallback
	}
	if f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		kind = "server_error"
	}
	if cause := errors.Unwrap(f); cause != nil && f.Kind != fault.Internal {
		s.cfg.Log.Warn("auth: a provider's answer", "id", wire.RequestID(r), "code", f.Code, "cause", cause)
	}
	parts := url.Values{"error": {kind}, "error_code": {f.Code}, "error_description": {message}}
	return redirect.With(redirect.With(to, parts, false), parts, true)
}

// arrive trades the provider's code and returns where the app goes on.
func (s *Service) arrive(r *http.Request, j *journey) (string, error) {
	ctx := r.Context()
	if code := r.Form.Get("error"); code != "" {
		f := *errDenied
		f.Message = clip(r.Form.Get("error_description"), 200)
		if f.Message == "" {
			f.Message = clip(code, 200)
		}
		return "", &f
	}
	p, err := s.provider(j.provider)
	if err != nil {
		return "", err
	}
	if r.Form.Get("code") == "" {
		return "", errBadCallback
	}
	tokens, err := p.Exchange(ctx, r.Form.Get("code"), oauth.Ask{Verifier: j.verifier, Fallback: s.base(r) + "/callback"})
	if err != nil {
		return "", err
	}
	tokens.User = r.Form.Get("user")
	who, err := p.Person(ctx, tokens, j.nonce)
	if err != nil {
		return "", err
	}
	var se *session
	var opener string
	err = s.admit(r, outsider{Person: who, provider: p.Name, linkTo: j.linkTo}, func(tx *db.Tx, u *account.User) (err error) {
		if j.flow.Challenge != "" {
			opener, err = s.newFlowCode(ctx, tx, opening{user: u, flow: j.flow, method: "oauth", tokens: tokens})
			return err
		}
		se, err = s.startSession(ctx, tx, r, u, "oauth")
		return err
	})
	switch {
	case err != nil:
		return "", err
	case opener != "":
		return redirect.With(j.to, url.Values{"code": {opener}}, false), nil
	}
	se.provider = tokens
	return s.sessionURL(r, j.to, se, url.Values{})
}

// sessionURL puts a session into an address's fragment.
func (s *Service) sessionURL(r *http.Request, to string, se *session, parts url.Values) (string, error) {
	answer, err := s.answer(r, se)
	if err != nil {
		return "", err
	}
	for _, name := range []string{"access_token", "expires_in", "expires_at", "refresh_token", "token_type", "provider_token", "provider_refresh_token"} {
		if v, ok := answer[name]; ok {
			parts.Set(name, fmt.Sprint(v))
		}
	}
	return redirect.With(to, parts, true), nil
}
