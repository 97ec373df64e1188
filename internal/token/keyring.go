package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
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
	Alg     string // "ES256", "RS256", "EdDSA" or "HS256"
	private any    // what go-jose signs with; nil for a key that verifies alone
	public  any    // what go-jose verifies with
}

// NewKey makes a fresh key. The id of a key pair is the thumbprint of its public half.
func NewKey(alg string) (*Key, error) {
	switch alg {
	case "ES256":
		return NewES256()
	case "RS256":
		priv, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, fmt.Errorf("token: make key: %w", err)
		}
		return pair(alg, priv, &priv.PublicKey)
	case "EdDSA":
		pub, priv, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("token: make key: %w", err)
		}
		return pair(alg, priv, pub)
	case "HS256":
		return NewHS256(NewSecret()), nil
	}
	return nil, fmt.Errorf("token: %q is no algorithm of this server: use ES256, RS256, EdDSA or HS256", alg)
}

// NewES256 makes a fresh P-256 key.
func NewES256() (*Key, error) {
	priv, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("token: make key: %w", err)
	}
	return pair("ES256", priv, &priv.PublicKey)
}

func pair(alg string, private, public any) (*Key, error) {
	jwk := jose.JSONWebKey{Key: public}
	sum, err := jwk.Thumbprint(cryptoSHA256)
	if err != nil {
		return nil, fmt.Errorf("token: thumbprint: %w", err)
	}
	return &Key{ID: base64.RawURLEncoding.EncodeToString(sum), Alg: alg, private: private, public: public}, nil
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

// ParseJWK reads a private or public JWK: EC P-256, RSA of at least 2048 bits,
// Ed25519, or a shared secret of at least 32 bytes.
func ParseJWK(text []byte) (*Key, error) {
	var jwk jose.JSONWebKey
	err := json.Unmarshal(text, &jwk)
	if _, shared := jwk.Key.([]byte); err != nil || !shared && !jwk.Valid() {
		return nil, errors.New("token: not a JSON web key")
	}
	k, err := keyOf(jwk.Key)
	if err != nil {
		return nil, err
	}
	if jwk.Algorithm != "" && jwk.Algorithm != k.Alg {
		return nil, fmt.Errorf("token: the key says that it is for %s, but it is for %s", jwk.Algorithm, k.Alg)
	}
	if jwk.KeyID != "" {
		k.ID = jwk.KeyID
	}
	return k, nil
}

func keyOf(key any) (*Key, error) {
	switch key := key.(type) {
	case *ecdsa.PrivateKey:
		if key.Curve == elliptic.P256() {
			return pair("ES256", key, &key.PublicKey)
		}
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P256() {
			return pair("ES256", nil, key)
		}
	case *rsa.PrivateKey:
		if key.N.BitLen() >= 2048 {
			return pair("RS256", key, &key.PublicKey)
		}
	case *rsa.PublicKey:
		if key.N.BitLen() >= 2048 {
			return pair("RS256", nil, key)
		}
	case ed25519.PrivateKey:
		return pair("EdDSA", key, key.Public())
	case ed25519.PublicKey:
		return pair("EdDSA", nil, key)
	case []byte:
		if len(key) >= 32 {
			return NewHS256(Secret(key)), nil
		}
	}
	return nil, errors.New("token: keys are EC on P-256, RSA of 2048 bits or more, Ed25519, or secrets of 32 bytes or more")
}

// Signs says whether the key can sign.
func (k *Key) Signs() bool { return k.private != nil }

// MarshalJWK returns the private JWK, for storage alone.
func (k *Key) MarshalJWK() ([]byte, error) {
	return json.Marshal(jose.JSONWebKey{Key: k.private, KeyID: k.ID, Algorithm: k.Alg, Use: "sig"})
}

// jwks returns the public keys as a JSON Web Key Set. Shared secrets are left out.
func jwks(keys []*Key) []byte {
	set := struct {
		Keys []json.RawMessage `json:"keys"`
	}{Keys: []json.RawMessage{}}
	for _, k := range keys {
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

// Secret is a string that never prints itself.
type Secret string

// String hides the secret.
func (Secret) String() string { return "•••" }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return "•••" }

// MarshalText hides the secret from JSON and logs.
func (Secret) MarshalText() ([]byte, error) { return []byte("•••"), nil }
