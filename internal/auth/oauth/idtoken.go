package oauth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	jose "github.com/go-jose/go-jose/v4"
)

const (
	clockSkew  = 30 // seconds
	maxIDToken = 16 << 10
)

// NativePerson says whose an ID token is that a phone's own sign-in sheet gave; nonce is
// what the client hashed into it.
func (p *Provider) NativePerson(ctx context.Context, tok, nonce string) (*Person, error) {
	claims, err := p.verify(ctx, tok)
	if err != nil {
		return nil, err
	}
	if err := p.nonce(str(claims, "nonce"), nonce); err != nil {
		return nil, err
	}
	out := p.person(claims)
	return &out, nil
}

// verify checks signature, issuer, audience and times. Audiences and addresses are
// the configuration's; nothing of the request chooses them.
func (p *Provider) verify(ctx context.Context, tok string) (object, error) {
	if len(tok) > maxIDToken {
		return nil, ErrIDToken
	}
	obj, err := jose.ParseSignedCompact(tok, []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA})
	if err != nil {
		return nil, ErrIDToken.WithCause(err)
	}
	if err := p.ready(ctx); err != nil {
		return nil, err
	}
	head := obj.Signatures[0].Header
	found, err := p.key(ctx, head.KeyID)
	if err != nil {
		return nil, ErrAway.WithCause(err)
	}
	var claims object
	for _, k := range found {
		if k.Algorithm != "" && k.Algorithm != head.Algorithm {
			continue
		}
		if text, err := obj.Verify(k); err == nil {
			d := json.NewDecoder(bytes.NewReader(text))
			d.UseNumber()
			if d.Decode(&claims) != nil {
				return nil, ErrIDToken
			}
			break
		}
	}
	if claims == nil || str(claims, "sub") == "" || !p.issued(claims) || !p.ours(claims["aud"]) || !p.timely(claims) {
		return nil, ErrIDToken
	}
	return claims, nil
}

// issued compares the issuer; {tid} stands for the token's own tenant.
func (p *Provider) issued(claims object) bool {
	iss := str(claims, "iss")
	return slices.ContainsFunc(p.issuers, func(want string) bool {
		if strings.Contains(want, "{tid}") {
			tid := str(claims, "tid")
			if tid == "" || strings.ContainsAny(tid, "/?#") {
				return false
			}
			want = strings.ReplaceAll(want, "{tid}", tid)
		}
		return iss == want
	})
}

func (p *Provider) ours(aud any) bool {
	switch v := aud.(type) {
	case string:
		return slices.Contains(p.IDs, v)
	case []any:
		return slices.ContainsFunc(v, p.ours)
	}
	return false
}

func (p *Provider) timely(claims object) bool {
	number := func(name string, or float64) float64 {
		n, ok := claims[name].(json.Number)
		if !ok {
			return or
		}
		f, err := n.Float64()
		if err != nil {
			return or
		}
		return f
	}
	now := float64(p.Now().Unix())
	return number("exp", 0) >= now-clockSkew && number("iat", 0) <= now+clockSkew && number("nbf", 0) <= now+clockSkew
}

// nonce compares the token's nonce with the hash of the client's: both are there, or
// neither is.
func (p *Provider) nonce(claim, raw string) error {
	if p.SkipNonce || claim == "" && raw == "" {
		return nil
	}
	if claim == "" || raw == "" {
		return ErrNonceHalf
	}
	sum := sha256.Sum256([]byte(raw))
	if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(claim)) != 1 {
		return ErrNonce
	}
	return nil
}
