package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

const (
	sqlIdentityUser = `select user_id from auth.identities where provider = $1 and provider_id = $2`
	sqlAddIdentity  = `insert into auth.identities (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at, email)
 values ($1, $2, $3, $4, now(), now(), now(), $5)`
	sqlTouchIdentity = `update auth.identities set identity_data = $3, last_sign_in_at = now(), updated_at = now() where provider = $1 and provider_id = $2`
	clockSkew        = 30 // seconds
	maxIDToken       = 16 << 10
)

// idClaims is what an ID token says; everything but the subject is optional.
type idClaims struct {
	Issuer   string    `json:"iss"`
	Subject  string    `json:"sub"`
	Audience audiences `json:"aud"`
	Expires  float64   `json:"exp"`
	IssuedAt float64   `json:"iat"`
	Nonce    string    `json:"nonce"`
	Email    string    `json:"email"`
	Verified yes       `json:"email_verified"`
	Name     string    `json:"name"`
	Picture  string    `json:"picture"`
}

type audiences []string

// UnmarshalJSON reads one name or a list.
func (a *audiences) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audiences{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// yes is a boolean that Apple writes as a string.
type yes bool

// UnmarshalJSON reads true and "true".
func (y *yes) UnmarshalJSON(text []byte) error {
	*y = string(text) == "true" || string(text) == `"true"`
	return nil
}

// idToken answers grant_type=id_token: a phone's own sign-in sheet gave the token.
func (s *Service) idToken(r *http.Request, b tokenBody) (*session, error) {
	if b.IDToken == "" || b.Provider == "" {
		return nil, invalid("id_token and provider are required")
	}
	keys := s.providers[b.Provider]
	if keys == nil {
		f := *errProviderOff
		f.Message = "Provider \"" + clip(b.Provider, 40) + "\" is not enabled"
		return nil, &f
	}
	c, err := s.checkIDToken(r.Context(), keys, b)
	if err != nil {
		return nil, err
	}
	se, err := s.enter(r, keys.Name, c)
	if fault.CodeOf(err) == "23505" { // the same person, at the same time
		se, err = s.enter(r, keys.Name, c)
	}
	return se, saving(err)
}

// checkIDToken verifies signature, issuer, audience, times and nonce. Audiences and
// addresses are the configuration's; nothing of the request chooses them.
func (s *Service) checkIDToken(ctx context.Context, keys *keySet, b tokenBody) (*idClaims, error) {
	if len(b.IDToken) > maxIDToken {
		return nil, errBadIDToken
	}
	obj, err := jose.ParseSignedCompact(b.IDToken, []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA})
	if err != nil {
		return nil, errBadIDToken.WithCause(err)
	}
	head := obj.Signatures[0].Header
	found, err := keys.find(ctx, head.KeyID, s.cfg.Now())
	if err != nil {
		return nil, errProviderAway.WithCause(err)
	}
	var payload []byte
	for _, k := range found {
		if k.Algorithm == "" || k.Algorithm == head.Algorithm {
			if text, err := obj.Verify(k); err == nil {
				payload = text
				break
			}
		}
	}
	c := &idClaims{}
	if payload == nil || json.Unmarshal(payload, c) != nil {
		return nil, errBadIDToken
	}
	now := float64(s.cfg.Now().Unix())
	ours := slices.ContainsFunc(c.Audience, func(a string) bool { return slices.Contains(keys.Audiences, a) })
	if c.Subject == "" || !ours || !slices.Contains(keys.Issuers, c.Issuer) || c.Expires < now-clockSkew || c.IssuedAt > now+clockSkew {
		return nil, errBadIDToken
	}
	return c, keys.nonce(c.Nonce, b.Nonce)
}

// nonce compares the token's nonce with the hash of the client's: both are there, or
// neither is.
func (p Provider) nonce(claim, raw string) error {
	if p.SkipNonce || claim == "" && raw == "" {
		return nil
	}
	if claim == "" || raw == "" {
		return errNonceHalf
	}
	sum := sha256.Sum256([]byte(raw))
	if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(claim)) != 1 {
		return errNonceWrong
	}
	return nil
}

// enter signs the token's person in, and makes the account the first time.
func (s *Service) enter(r *http.Request, provider string, c *idClaims) (*session, error) {
	var se *session
	_, err := s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
		u, err := s.person(r.Context(), tx, provider, c)
		if err != nil {
			return err
		}
		if err := s.usable(u); err != nil {
			return err
		}
		se, err = s.startSession(r.Context(), tx, r, u, "oauth")
		return err
	})
	return se, err
}

// person returns the account of an identity: its own, else the one of the address
// that the provider has verified, else a new one.
func (s *Service) person(ctx context.Context, tx *db.Tx, provider string, c *idClaims) (*user, error) {
	data, _ := json.Marshal(map[string]any{ // strings and booleans
		"sub": c.Subject, "iss": c.Issuer, "email": c.Email, "email_verified": bool(c.Verified), "phone_verified": false,
		"full_name": c.Name, "name": c.Name, "avatar_url": c.Picture, "picture": c.Picture, "provider_id": c.Subject,
	})
	rows, err := tx.Query(ctx, sqlIdentityUser, provider, c.Subject)
	if err != nil {
		return nil, err
	}
	owner := ""
	if rows.Next() {
		owner = rows.Value(0).S
	}
	if err := closeRows(rows); err != nil {
		return nil, err
	}
	if owner != "" {
		if _, err := tx.Exec(ctx, sqlTouchIdentity, provider, c.Subject, string(data)); err != nil {
			return nil, err
		}
		return findUser(ctx, tx, sqlUserByID, owner)
	}
	email := ""
	if c.Verified {
		if email, err = address(c.Email); err != nil {
			return nil, errBadIDToken
		}
	}
	u, err := s.hostOf(ctx, tx, provider, email, string(data))
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, sqlAddIdentity, c.Subject, u.id, string(data), provider, nullable(email)); err != nil {
		return nil, err
	}
	return findUser(ctx, tx, sqlUserByID, u.id)
}

// hostOf returns the account that a new identity belongs to. An account that waited
// for its letter is confirmed by the provider's word, and loses the password that
// anybody may have set.
func (s *Service) hostOf(ctx context.Context, tx *db.Tx, provider, email, data string) (*user, error) {
	var u *user
	var err error
	if email != "" {
		if u, err = findUser(ctx, tx, sqlUserByEmail, email); err != nil {
			return nil, err
		}
	}
	if u == nil {
		if !s.cfg.Signup {
			return nil, errSignupDisabled
		}
		return s.insertOutsider(ctx, tx, provider, email, data)
	}
	if !u.emailConfirmedAt.set {
		if _, err := tx.Exec(ctx, sqlConfirm, u.id, true); err != nil {
			return nil, err
		}
	}
	names := []string{}
	for _, i := range u.identities {
		names = append(names, i.Provider)
	}
	list, _ := json.Marshal(append(names, provider)) // strings
	app, err := merge(u.appMeta, map[string]json.RawMessage{"providers": list})
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, sqlSetAppData, u.id, app)
	return u, err
}

func (s *Service) insertOutsider(ctx context.Context, tx *db.Tx, provider, email, data string) (*user, error) {
	app, _ := json.Marshal(map[string]any{"provider": provider, "providers": []string{provider}}) // strings
	id := newUUID(s.cfg.Now())
	if _, err := tx.Exec(ctx, sqlInsertUser, id, nullable(email), nil, email != "", string(app), data, false); err != nil {
		return nil, err
	}
	u, err := findUser(ctx, tx, sqlUserByID, id)
	if err == nil && u == nil {
		err = errTriggerFailed // a trigger swallowed the row
	}
	return u, err
}
