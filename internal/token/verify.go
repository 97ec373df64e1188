package token

import (
	"bytes"
	"crypto"
	_ "crypto/sha256" // registers SHA-256 for thumbprints
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
	early    = 90 // and for when a token was issued: another node's clock may be a minute ahead
)

// Keyring signs and verifies. Its keys may be replaced while it is in use.
type Keyring struct {
	now     atomic.Pointer[keyset]
	missing func(id string) // see OnMissing
}

// keyset is one state of a Keyring. Verified tokens are remembered with the keys that
// verified them, so a key that is taken away takes them along.
type keyset struct {
	current *Key
	keys    []*Key
	byID    map[string]*Key
	signer  jose.Signer
	jwks    []byte

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
	r := &Keyring{}
	return r, r.Replace(current, others...)
}

// Replace signs with current from now on, and accepts current and others alone.
func (r *Keyring) Replace(current *Key, others ...*Key) error {
	if !current.Signs() {
		return errors.New("token: the current key cannot sign: it has no private part")
	}
	next := &keyset{current: current, byID: map[string]*Key{}, cache: map[string]*Claims{}}
	next.keys = append([]*Key{current}, others...)
	for _, k := range next.keys {
		next.byID[k.ID] = k
	}
	next.jwks = jwks(next.keys)
	opts := (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", current.ID)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(current.Alg), Key: current.private}, opts)
	if err != nil {
		return err
	}
	next.signer = signer
	r.now.Store(next)
	return nil
}

// OnMissing sets what is called for a key id that the ring does not have, before the
// token is refused: another node may have made the key a moment ago. It must be set
// before the ring is used.
func (r *Keyring) OnMissing(fn func(id string)) { r.missing = fn }

// JWKS returns the public keys as a JSON Web Key Set. Shared secrets are left out.
func (r *Keyring) JWKS() []byte { return r.now.Load().jwks }

// Sign returns a compact token over claims, which is marshalled to JSON.
func (r *Keyring) Sign(claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	obj, err := r.now.Load().signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return obj.CompactSerialize()
}

// Verify checks a token's signature and times. Its faults are ErrMalformed,
// ErrSignature, ErrExpired and ErrNotYet.
func (r *Keyring) Verify(tok string, now time.Time) (*Claims, error) {
	c, err := r.claims(tok)
	if err != nil {
		return nil, err
	}
	if c.Expires != 0 && now.Unix() > c.Expires+leeway {
		return nil, ErrExpired
	}
	if now.Unix() < c.NotBefore-leeway {
		return nil, ErrNotYet
	}
	if now.Unix() < c.IssuedAt-early {
		return nil, ErrIssuedInFuture
	}
	return c, nil
}

// claims returns what a token says, from memory where it was verified before.
func (r *Keyring) claims(tok string) (*Claims, error) {
	keys := r.now.Load()
	keys.mu.RLock()
	c, ok := keys.cache[tok]
	keys.mu.RUnlock()
	if ok {
		return c, nil
	}
	obj, err := parse(tok)
	if err != nil {
		return nil, err
	}
	if id := obj.Signatures[0].Header.KeyID; id != "" && keys.byID[id] == nil && r.missing != nil {
		r.missing(id)
		keys = r.now.Load()
	}
	payload, err := keys.payload(obj)
	if err != nil {
		return nil, err
	}
	if c, err = parseClaims(payload); err != nil {
		return nil, err
	}
	keys.remember(tok, c)
	return c, nil
}

// parse reads a token's form. The list of algorithms is ours, never the token's.
func parse(tok string) (*jose.JSONWebSignature, error) {
	if len(tok) > maxToken || strings.Count(tok, ".") != 2 {
		return nil, ErrMalformed
	}
	algs := []jose.SignatureAlgorithm{jose.ES256, jose.HS256, jose.RS256, jose.EdDSA}
	obj, err := jose.ParseSignedCompact(tok, algs)
	if err != nil {
		return nil, ErrMalformed.WithCause(err)
	}
	return obj, nil
}

// payload verifies obj with the key that its header names, or, for tokens made
// elsewhere without a key id, with every key of the same algorithm.
func (r *keyset) payload(obj *jose.JSONWebSignature) ([]byte, error) {
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
	if err := once(payload); err != nil {
		return nil, ErrClaims.WithCause(err)
	}
	if err := json.Unmarshal(payload, &p); err != nil {
		return nil, badClaim(err)
	}
	return &Claims{
		JSON: string(payload), Subject: p.Subject, Role: p.Role, SessionID: p.SessionID, Issuer: p.Issuer,
		Audience: p.Audience, Expires: int64(p.Expires), NotBefore: int64(p.NotBefore), IssuedAt: int64(p.IssuedAt),
	}, nil
}

// once refuses a payload in which two members have one name, or names that differ in
// case alone: readers would disagree on what it says.
func once(payload []byte) error {
	d := json.NewDecoder(bytes.NewReader(payload))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("the payload is no object")
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		if name = strings.ToLower(name); seen[name] {
			return errors.New("the payload says two things at once")
		}
		seen[name] = true
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			return err
		}
	}
	return nil
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
func (r *keyset) remember(tok string, c *Claims) {
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
