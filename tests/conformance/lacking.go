package conformance

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/token"
)

// Lack is what the data lost of a case when it was taken out of the specification, put
// back as it stands there; or why we answer otherwise. docs/compatibility.md says it.
type Lack struct {
	What   string          `json:"lacks"`
	Differ string          `json:"differs"` // why the answer is another one on purpose
	Token  *minted         `json:"token"`
	Before []*Case         `json:"before"` // requests that make the state
	After  []*Case         `json:"after"`  // and take it away again
	Key    json.RawMessage `json:"key"`    // a JWK in place of the secret
}

// minted is a token that the specification makes while it runs.
type minted struct {
	Payload string `json:"payload"` // #{now} is the time, and so many seconds
	Seconds int64  `json:"seconds"`
	Secret  string `json:"secret"` // "" is the configuration's
}

// ReadLacking reads what the cases lack, by their IDs.
func ReadLacking(file string) (map[string]*Lack, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var out map[string]*Lack
	return out, json.Unmarshal(text, &out)
}

func (m *minted) sign() string {
	now := strconv.FormatInt(time.Now().Unix()+m.Seconds, 10)
	enc := base64.RawURLEncoding.EncodeToString
	text := enc([]byte(`{"alg":"HS256"}`)) + "." + enc([]byte(strings.ReplaceAll(m.Payload, "#{now}", now)))
	key := m.Secret
	if key == "" {
		key = secret
	}
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return text + "." + enc(h.Sum(nil))
}

// whole returns c with what it lacks.
func (l *Lack) whole(c *Case) *Case {
	w := *c
	if l.Token != nil {
		w.Headers = slices.Clone(c.Headers)
		for i, h := range w.Headers {
			if h[0] == "Authorization" {
				w.Headers[i][1] = "Bearer " + l.Token.sign()
			}
		}
	}
	return &w
}

// send makes the request of c, with what it lacks around it.
func (l *Lack) send(c *Case, client *http.Client, base string) (string, error) {
	around := func(list []*Case) (string, error) {
		for _, o := range list {
			why, err := o.Send(client, base)
			if err != nil || why != "" {
				return fmt.Sprintf("%s %s: %s", o.Method, o.Path, why), err
			}
		}
		return "", nil
	}
	if why, err := around(l.Before); err != nil || why != "" {
		return why, err
	}
	why, err := l.whole(c).Send(client, base)
	if after, err2 := around(l.After); err == nil && why == "" {
		return after, err2
	}
	return why, err
}

// ring is the keys that verify the tokens of c, which may be of a set of its own.
func (l *Lack) ring(otherwise *token.Keyring) (*token.Keyring, error) {
	if l.Key == nil {
		return otherwise, nil
	}
	k, err := token.ParseJWK(l.Key)
	if err != nil {
		return nil, err
	}
	own, err := token.NewES256() // a ring signs, too
	if err != nil {
		return nil, err
	}
	return token.NewKeyring(own, k)
}
