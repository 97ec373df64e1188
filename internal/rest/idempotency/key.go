package idempotency

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// Bounds on a key. A caller without a subject must send at least secretKey
// characters: a UUID has 36.
const (
	maxKey    = 255
	secretKey = 32
)

var (
	errKey = fault.New(fault.Invalid, "PLR020", "The Idempotency-Key is not valid").
		WithDetail("A key has 1 to 255 visible ASCII characters, and a request has one key.").
		WithHint("Send a new UUID for every write, and the same one when you repeat it.")
	errGuessable = fault.New(fault.Invalid, "PLR021", "The Idempotency-Key is too easy to guess").
			WithDetail("Without a signed-in user nothing but the key tells callers apart, so it needs at least 32 characters.").
			WithHint("Send a UUID, or sign in first; anonymous sign-in is enough.")
)

// Request is what a key is bound to.
type Request struct {
	HTTP  *http.Request
	Actor db.Session
	// Trusted callers see everything anyway: their keys may be short.
	Trusted bool
	Body    []byte
	// Headers are those that change what is done or answered.
	Headers []string
}

// Key is a request's place among all that were ever made, and what it asked for.
type Key struct{ scope, request string }

// Of returns the key of a request, nil where it has none.
func Of(r Request) (*Key, error) {
	lines := r.HTTP.Header["Idempotency-Key"]
	if len(lines) == 0 {
		return nil, nil
	}
	text := unquote(lines[0])
	if len(lines) > 1 || text == "" || len(text) > maxKey || !visible(text) {
		return nil, errKey
	}
	sub := subject(r.Actor.Claims)
	if sub == "" && !r.Trusted && len(text) < secretKey {
		return nil, errGuessable
	}
	u := r.HTTP.URL
	asked := make([]string, 0, len(r.Headers)+1)
	for _, name := range r.Headers {
		asked = append(asked, strings.Join(r.HTTP.Header.Values(name), ","))
	}
	return &Key{
		scope:   digest(r.Actor.Role, sub, r.HTTP.Method, u.Path, u.RawQuery, text),
		request: digest(append(asked, string(r.Body))...),
	}, nil
}

// unquote takes the quotes off: the header's draft standard has them, most clients don't.
func unquote(s string) string {
	if n := len(s); n > 1 && s[0] == '"' && s[n-1] == '"' {
		return s[1 : n-1]
	}
	return s
}

func visible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// subject is who the claims speak of.
func subject(claims string) string {
	var c struct{ Sub string }
	if json.Unmarshal([]byte(claims), &c) != nil {
		return ""
	}
	return c.Sub
}

// digest tells lists of parts apart, also where their texts run together alike.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))
}
