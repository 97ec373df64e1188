package token

import (
	"crypto"
	_ "crypto/sha256" // registers SHA-256 for thumbprints
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/plinth-dev/plinth/internal/fault"
)

const cryptoSHA256 = crypto.SHA256

// Bounds of Verify and its memory.
const (
	maxToken = 16 << 10
	maxCache = 10_000
	leeway   = 30 // seconds of clock difference accepted, as PostgREST does
)

// Keyring signs and verifies.
type Keyring struct {
	current *Key
	keys    []*Key
	byID    map[string]*Key
	signer  jose.Signer

	mu    sync.RWMutex
	cache map[string]*Claims
}

// Claims is a verified token's payload.
type Claims struct {
	JSON      string // the payload as it was signed
	Subject   string
	Role      string
	SessionID string
	Issuer    string
	Audience  []string
	Expires   int64 // seconds, 0 for never
	NotBefore int64
	IssuedAt  int64
}

// NewKeyring signs with current and accepts current and others.
func NewKeyring(current *Key, others ...*Key) (*Keyring, error) {
	r := &Keyring{current: current, byID: map[string]*Key{}, cache: map[string]*Claims{}}
	r.keys = append([]*Key{current}, others...)
	for _, k := range r.keys {
		r.byID[k.ID] = k
	}
	opts := (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", current.ID)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(current.Alg), Key: current.private}, opts)
	if err != nil {
		return nil, err
	}
	r.signer = signer
	return r, nil
}

// Sign returns a compact token over claims, which is marshalled to JSON.
func (r *Keyring) Sign(claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	obj, err := r.signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return obj.CompactSerialize()
}

// Verify checks a token's signature and times. Its faults are ErrMalformed,
// ErrSignature, ErrExpired and ErrNotYet.
func (r *Keyring) Verify(tok string, now time.Time) (*Claims, error) {
	r.mu.RLock()
	c, ok := r.cache[tok]
	r.mu.RUnlock()
	if !ok {
		var err error
		if c, err = r.check(tok); err != nil {
			return nil, err
		}
		r.remember(tok, c)
	}
	if c.Expires != 0 && now.Unix() > c.Expires+leeway {
		return nil, ErrExpired
	}
	if now.Unix() < c.NotBefore-leeway {
		return nil, ErrNotYet
	}
	if now.Unix() < c.IssuedAt-leeway {
		return nil, ErrIssuedInFuture
	}
	return c, nil
}

func (r *Keyring) check(tok string) (*Claims, error) {
	if len(tok) > maxToken || strings.Count(tok, ".") != 2 {
		return nil, ErrMalformed
	}
	algs := []jose.SignatureAlgorithm{jose.ES256, jose.HS256, jose.RS256}
	obj, err := jose.ParseSignedCompact(tok, algs)
	if err != nil {
		return nil, ErrMalformed.WithCause(err)
	}
	payload, err := r.payload(obj)
	if err != nil {
		return nil, err
	}
	return parseClaims(payload)
}

// payload verifies obj with the key that its header names, or, for tokens made
// elsewhere without a key id, with every key of the same algorithm.
func (r *Keyring) payload(obj *jose.JSONWebSignature) ([]byte, error) {
	head := obj.Signatures[0].Header
	if k, ok := r.byID[head.KeyID]; ok && head.KeyID != "" {
		if k.Alg != head.Algorithm {
			return nil, ErrSignature
		}
		if payload, err := obj.Verify(k.public); err == nil {
			return payload, nil
		}
		return nil, ErrSignature
	}
	for _, k := range r.keys {
		if k.Alg != head.Algorithm {
			continue
		}
		if payload, err := obj.Verify(k.public); err == nil {
			return payload, nil
		}
	}
	return nil, ErrSignature
}

func parseClaims(payload []byte) (*Claims, error) {
	var p struct {
		Subject   string   `json:"sub"`
		Role      string   `json:"role"`
		SessionID string   `json:"session_id"`
		Issuer    string   `json:"iss"`
		Audience  audience `json:"aud"`
		Expires   float64  `json:"exp"`
		NotBefore float64  `json:"nbf"`
		IssuedAt  float64  `json:"iat"`
	}
	if err := json.Unmarshal(payload, &p); err != nil {
		return nil, badClaim(err)
	}
	return &Claims{
		JSON: string(payload), Subject: p.Subject, Role: p.Role, SessionID: p.SessionID, Issuer: p.Issuer,
		Audience: p.Audience, Expires: int64(p.Expires), NotBefore: int64(p.NotBefore), IssuedAt: int64(p.IssuedAt),
	}, nil
}

// audience is one name or a list of names.
type audience []string

var errAudience = errors.New("a string or an array of strings")

// UnmarshalJSON reads either form.
func (a *audience) UnmarshalJSON(text []byte) error {
	var one *string
	if json.Unmarshal(text, &one) == nil {
		if one != nil {
			*a = audience{*one}
		}
		return nil
	}
	if json.Unmarshal(text, (*[]string)(a)) != nil {
		return errAudience
	}
	return nil
}

// badClaim says which claim has the wrong form.
func badClaim(err error) error {
	f := *ErrClaims
	var kind *json.UnmarshalTypeError
	switch {
	case errors.Is(err, errAudience):
		f.Message = "The JWT 'aud' claim must be " + errAudience.Error()
	case errors.As(err, &kind) && kind.Type.Kind() == reflect.Float64:
		f.Message = "The JWT '" + kind.Field + "' claim must be a number"
	case errors.As(err, &kind) && kind.Field != "":
		f.Message = "The JWT '" + kind.Field + "' claim must be a string"
	}
	return f.WithCause(err)
}

// For reports whether the token may be used by aud: one that names no audience may.
func (c *Claims) For(aud string) bool {
	return len(c.Audience) == 0 || slices.Contains(c.Audience, aud)
}

// remember keeps a verified token; when the memory is full it starts afresh, which
// costs a few signatures and needs no bookkeeping.
func (r *Keyring) remember(tok string, c *Claims) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.cache) >= maxCache {
		r.cache = make(map[string]*Claims, maxCache/4)
	}
	r.cache[strings.Clone(tok)] = c
}

// Faults of Verify.
var (
	ErrMalformed      = fault.New(fault.Unauthenticated, "token_malformed", "the token is not a signed JSON web token")
	ErrSignature      = fault.New(fault.Unauthenticated, "token_signature", "the token's signature does not match any key of this project")
	ErrClaims         = fault.New(fault.Unauthenticated, "token_claims", "the token's claims could not be read")
	ErrExpired        = fault.New(fault.Unauthenticated, "token_expired", "JWT expired")
	ErrNotYet         = fault.New(fault.Unauthenticated, "token_not_yet", "JWT not yet valid")
	ErrIssuedInFuture = fault.New(fault.Unauthenticated, "token_future", "JWT issued at future")
)
