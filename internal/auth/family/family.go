// Package family makes and reads refresh tokens: the session's id, a counter, and a MAC
// over both by the key of the session's row. A token needs no row of its own, and none
// can be made without the key. It is pure.
package family

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

const length = 16 + 8 + 16

// New returns the token of a session's counter.
func New(session string, counter uint64, key []byte) string {
	raw, err := hex.DecodeString(strings.ReplaceAll(session, "-", ""))
	if err != nil {
		return "" // session ids are our own
	}
	raw = binary.BigEndian.AppendUint64(raw, counter)
	return base64.RawURLEncoding.EncodeToString(append(raw, mac(raw, key)...))
}

func mac(data, key []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write(data)
	return m.Sum(nil)[:16]
}

// Token is a refresh token whose MAC is not checked yet.
type Token struct {
	Session string
	Counter uint64
	signed  []byte
	mac     []byte
}

// Parse reads a token's form.
func Parse(tok string) (Token, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(tok)
	if err != nil || len(raw) != length {
		return Token{}, false
	}
	h := hex.EncodeToString(raw[:16])
	return Token{
		Session: h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:],
		Counter: binary.BigEndian.Uint64(raw[16:24]),
		signed:  raw[:24], mac: raw[24:],
	}, true
}

// By reports whether the token was made by key. A session that has none made no token.
func (t Token) By(key []byte) bool { return len(key) > 0 && hmac.Equal(mac(t.signed, key), t.mac) }
