package token

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"

	jose "github.com/go-jose/go-jose/v4"
)

// Key is a signing or verifying key.
type Key struct {
	ID      string
	Alg     string // "ES256", "RS256", "HS256"
	private any    // *ecdsa.PrivateKey, []byte, or nil
	public  any    // what go-jose verifies with
}

// NewES256 makes a fresh P-256 key; its id is the thumbprint of its public half.
func NewES256() (*Key, error) {
	priv, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("token: make key: %w", err)
	}
	return es256(priv)
}

func es256(priv *ecdsa.PrivateKey) (*Key, error) {
	jwk := jose.JSONWebKey{Key: &priv.PublicKey}
	sum, err := jwk.Thumbprint(cryptoSHA256)
	if err != nil {
		return nil, fmt.Errorf("token: thumbprint: %w", err)
	}
	id := base64.RawURLEncoding.EncodeToString(sum)
	return &Key{ID: id, Alg: "ES256", private: priv, public: &priv.PublicKey}, nil
}

// NewHS256 returns the key of a shared secret.
func NewHS256(secret Secret) *Key {
	sum := sha256.Sum256([]byte(secret))
	return &Key{
		ID:      "hs-" + base64.RawURLEncoding.EncodeToString(sum[:6]),
		Alg:     "HS256",
		private: []byte(secret), public: []byte(secret),
	}
}

// ParseJWK reads a private or public JWK (EC P-256, RSA, or oct).
func ParseJWK(text []byte) (*Key, error) {
	var jwk jose.JSONWebKey
	if err := json.Unmarshal(text, &jwk); err != nil || !jwk.Valid() {
		return nil, fmt.Errorf("token: not a JSON web key")
	}
	k := &Key{ID: jwk.KeyID, Alg: jwk.Algorithm}
	switch key := jwk.Key.(type) {
	case *ecdsa.PrivateKey:
		if key.Curve != elliptic.P256() {
			return nil, fmt.Errorf("token: only the curve P-256 is supported")
		}
		e, err := es256(key)
		if err != nil {
			return nil, err
		}
		if k.ID != "" {
			e.ID = k.ID
		}
		return e, nil
	case *ecdsa.PublicKey:
		k.Alg, k.public = "ES256", key
	case []byte:
		k.Alg, k.private, k.public = "HS256", key, key
	default:
		if !jwk.IsPublic() {
			return nil, fmt.Errorf("token: only ES256 and HS256 keys can sign")
		}
		k.Alg, k.public = "RS256", key
	}
	return k, nil
}

// MarshalJWK returns the private JWK, for storage alone.
func (k *Key) MarshalJWK() ([]byte, error) {
	return json.Marshal(jose.JSONWebKey{Key: k.private, KeyID: k.ID, Algorithm: k.Alg, Use: "sig"})
}

// JWKS returns the public keys as a JSON Web Key Set. Shared secrets are left out.
func (r *Keyring) JWKS() []byte {
	set := struct {
		Keys []json.RawMessage `json:"keys"`
	}{Keys: []json.RawMessage{}}
	for _, k := range r.keys {
		if k.Alg == "HS256" {
			continue
		}
		jwk := jose.JSONWebKey{Key: k.public, KeyID: k.ID, Algorithm: k.Alg, Use: "sig"}
		text, err := json.Marshal(jwk)
		if err == nil {
			set.Keys = append(set.Keys, text)
		}
	}
	out, _ := json.Marshal(set) // strings and raw JSON: cannot fail
	return out
}

// Secret is a string that never prints itself.
type Secret string

// String hides the secret.
func (Secret) String() string { return "•••" }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return "•••" }

// MarshalText hides the secret from JSON and logs.
func (Secret) MarshalText() ([]byte, error) { return []byte("•••"), nil }

// ParseP8 reads the PEM text of a P-256 key in PKCS #8, as Apple hands them out.
func ParseP8(text []byte) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("token: the private key is no PEM text")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("token: the private key is not in PKCS #8")
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok || ec.Curve != elliptic.P256() {
		return nil, errors.New("token: the private key is not on P-256")
	}
	return ec, nil
}
