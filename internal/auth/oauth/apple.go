package oauth

import (
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/plinth-dev/plinth/internal/token"
)

// Apple's client secret is a token that lives half a year at most. The configuration
// has either such a token, as Supabase's does, or what makes one: a JSON object with
// team_id, key_id and private_key (the PEM text of the .p8 file), of which a fresh
// one is signed each time.
type appleKey struct {
	TeamID     string `json:"team_id"`
	KeyID      string `json:"key_id"`
	PrivateKey string `json:"private_key"`
}

const appleSecretLife = 5 * time.Minute

func parseAppleKey(secret token.Secret) (k appleKey, private *ecdsa.PrivateKey, err error) {
	if err := json.Unmarshal([]byte(secret), &k); err != nil {
		return k, nil, errors.New("it must be a token, or JSON with team_id, key_id and private_key")
	}
	private, err = token.ParseP8([]byte(k.PrivateKey))
	if err == nil && (k.TeamID == "" || k.KeyID == "") {
		err = errors.New("team_id or key_id is missing")
	}
	return k, private, err
}

func checkAppleSecret(secret token.Secret) error {
	if !strings.HasPrefix(string(secret), "{") {
		return nil // native sign-in needs none, and a token is Apple's to judge
	}
	_, _, err := parseAppleKey(secret)
	return err
}

// secret returns what authenticates the project.
func (p *Provider) secret() (string, error) {
	if !p.apple || !strings.HasPrefix(string(p.Secret), "{") {
		return string(p.Secret), nil
	}
	k, private, err := parseAppleKey(p.Secret)
	if err != nil {
		return "", err
	}
	now := p.Now()
	claims, err := json.Marshal(map[string]any{
		"iss": k.TeamID, "iat": now.Unix(), "exp": now.Add(appleSecretLife).Unix(), "aud": "https://appleid.apple.com", "sub": p.IDs[0],
	})
	if err != nil {
		return "", err
	}
	opts := (&jose.SignerOptions{}).WithHeader("kid", k.KeyID)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: private}, opts)
	if err != nil {
		return "", err
	}
	obj, err := signer.Sign(claims)
	if err != nil {
		return "", err
	}
	return obj.CompactSerialize()
}

// appleName reads the name that Apple posts once, at the first sign-in.
func appleName(user string) string {
	var u struct {
		Name struct {
			First string `json:"firstName"`
			Last  string `json:"lastName"`
		} `json:"name"`
	}
	if json.Unmarshal([]byte(user), &u) != nil {
		return ""
	}
	return strings.TrimSpace(u.Name.First + " " + u.Name.Last)
}
