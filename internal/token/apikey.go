package token

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
)

// The keys that every local Supabase has. A server that others can reach refuses
// them.
const (
	LocalSecret      Secret = "super-secret-jwt-token-with-at-least-32-characters-long"
	LocalPublishable        = "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH"
	LocalSecretKey   Secret = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz"
	localExpiry             = 1983812996
)

// APIKeys are a project's two opaque keys.
type APIKeys struct {
	Publishable string
	Secret      Secret
}

// Role returns the role that an opaque key stands for: "anon", "service_role" or "".
func (k APIKeys) Role(key string) string {
	switch {
	case same(key, k.Publishable):
		return "anon"
	case same(key, string(k.Secret)):
		return "service_role"
	}
	return ""
}

func same(a, b string) bool {
	return b != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// IsOpaque reports whether key has the form sb_….
func IsOpaque(key string) bool { return strings.HasPrefix(key, "sb_") }

// NewAPIKeys makes a project's own keys.
func NewAPIKeys() APIKeys {
	return APIKeys{Publishable: newKey("sb_publishable_"), Secret: Secret(newKey("sb_secret_"))}
}

func newKey(prefix string) string {
	raw := make([]byte, 16)
	rand.Read(raw) // never fails
	body := prefix + base64.RawURLEncoding.EncodeToString(raw)
	sum := sha256.Sum256([]byte(body))
	return body + "_" + base64.RawURLEncoding.EncodeToString(sum[:6])
}

// LegacyKey returns the long-lived HS256 token of role that clients send as apikey.
// With LocalSecret and issuer "supabase-demo" it is the well-known local key.
func LegacyKey(secret Secret, issuer, role string) (string, error) {
	ring, err := NewKeyring(NewHS256(secret))
	if err != nil {
		return "", err
	}
	return ring.signPlain(struct {
		Issuer string `json:"iss"`
		Role   string `json:"role"`
		Exp    int64  `json:"exp"`
	}{issuer, role, localExpiry})
}

// NewSecret makes a shared secret of 256 bits.
func NewSecret() Secret {
	raw := make([]byte, 32)
	rand.Read(raw) // never fails
	return Secret(base64.RawURLEncoding.EncodeToString(raw))
}
