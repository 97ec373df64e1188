package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
)

// signPlain signs without a key id in the header, byte for byte as the well-known
// local keys were made.
func (r *Keyring) signPlain(claims any) (string, error) {
	secret, ok := r.now.Load().current.private.([]byte)
	if !ok {
		return "", errors.New("token: a plain token needs a shared secret")
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	enc := base64.RawURLEncoding
	body := enc.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + enc.EncodeToString(payload)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(body))
	return body + "." + enc.EncodeToString(mac.Sum(nil)), nil
}
