package auth

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/account"
	"github.com/plinth-dev/plinth/internal/auth/audit"
	"github.com/plinth-dev/plinth/internal/auth/family"
	"github.com/plinth-dev/plinth/internal/auth/oauth"
	"github.com/plinth-dev/plinth/internal/auth/word"
	"github.com/plinth-dev/plinth/internal/db"
)

const (
	sqlInsertSession = `insert into auth.sessions (id, user_id, created_at, updated_at, aal, user_agent, ip, refresh_token_hmac_key, refresh_token_counter, tag)
 values ($1, $2, $7, $7, 'aal1', $3, $4, $5, 0, $6)`
	sqlSignedIn = `update auth.users set last_sign_in_at = now(), updated_at = now() where id = $1`
)

// session is a session just made or refreshed.
type session struct {
	id      string
	user    *account.User
	refresh string
	method  string // of the sign-in: "password", "anonymous", "otp" …; the row's tag
	since   int64  // seconds, when it began

	aal      string           // "" for aal1
	methods  []account.Method // the second factors that were shown, the last one first
	provider *oauth.Tokens    // what the provider gave at this sign-in; nil without one
}

// with adds a provider's tokens.
func (se *session) with(access, refresh string) *session {
	if se != nil && access != "" {
		se.provider = &oauth.Tokens{Access: access, Refresh: refresh}
	}
	return se
}

// startSession makes a session row for u.
func (s *Service) startSession(ctx context.Context, tx *db.Tx, r *http.Request, u *account.User, method string) (*session, error) {
	now := s.cfg.Now()
	key, id := newKey(), word.UUID(now)
	text := base64.RawURLEncoding.EncodeToString(key)
	if _, err := tx.Exec(ctx, sqlInsertSession, id, u.ID, clip(r.UserAgent(), 500), s.ip(r), text, method, now); err != nil {
		return nil, err
	}
	if s.cfg.SingleSession {
		if _, err := tx.Exec(ctx, sqlEndOthers, u.ID, id); err != nil {
			return nil, err
		}
	}
	if _, err := tx.Exec(ctx, sqlSignedIn, u.ID); err != nil {
		return nil, err
	}
	if err := s.audit(r, tx, audit.Login, u); err != nil {
		return nil, err
	}
	fresh, err := account.Find(ctx, tx, account.ByID, u.ID)
	if err != nil || fresh == nil {
		return nil, err
	}
	return &session{id: id, user: fresh, refresh: family.New(id, 0, key), method: method, since: now.Unix()}, nil
}

// newKey is the key of a session's refresh tokens.
func newKey() []byte {
	key := make([]byte, 32)
	rand.Read(key) // never fails
	return key
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// claims of an access token, in the order that GoTrue's have.
type claims struct {
	Issuer      string           `json:"iss"`
	Subject     string           `json:"sub"`
	Audience    string           `json:"aud"`
	Expires     int64            `json:"exp"`
	IssuedAt    int64            `json:"iat"`
	Email       string           `json:"email"`
	Phone       string           `json:"phone"`
	AppMeta     json.RawMessage  `json:"app_metadata"`
	UserMeta    json.RawMessage  `json:"user_metadata"`
	Role        string           `json:"role"`
	AAL         string           `json:"aal"`
	Methods     []account.Method `json:"amr"`
	SessionID   string           `json:"session_id"`
	IsAnonymous bool             `json:"is_anonymous"`
}

// answer returns the wire's session object with a fresh access token.
func (s *Service) answer(r *http.Request, se *session) (map[string]any, error) {
	now := s.cfg.Now()
	exp := now.Add(s.cfg.TokenLife).Unix()
	u := se.user
	own, err := s.customClaims(r.Context(), claims{
		Issuer: s.issuer(r), Subject: u.ID, Audience: u.Aud, Expires: exp, IssuedAt: now.Unix(),
		Email: u.Email, Phone: u.Phone, AppMeta: u.AppMeta, UserMeta: u.UserMeta, Role: u.Role,
		AAL: cmp.Or(se.aal, aal1), Methods: append(se.methods, account.Method{Method: se.method, Timestamp: se.since}), SessionID: se.id, IsAnonymous: u.Anonymous,
	})
	if err != nil {
		return nil, err
	}
	access, err := s.cfg.Ring.Sign(own)
	if err != nil {
		return nil, err
	}
	out := map[string]any{
		"access_token": access, "token_type": "bearer", "expires_in": int64(s.cfg.TokenLife / time.Second),
		"expires_at": exp, "refresh_token": se.refresh, "user": u.JSON(),
	}
	if p := se.provider; p != nil {
		out["provider_token"] = p.Access
		if p.Refresh != "" {
			out["provider_refresh_token"] = p.Refresh
		}
	}
	return out, nil
}

func (s *Service) issuer(r *http.Request) string {
	if s.cfg.Issuer != "" {
		return s.cfg.Issuer
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + "/auth/v1"
}
