package oauth_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/plinth-dev/plinth/internal/auth/oauth"
	"github.com/plinth-dev/plinth/internal/token"
)

type object = map[string]any

// world stands for all providers: every address leads to it. It holds requests to
// what the providers' documentation asks for.
type world struct {
	t       *testing.T
	key     *ecdsa.PrivateKey
	apple   *ecdsa.PrivateKey
	secret  token.Secret
	claims  object            // of the ID token; nil for none
	answers map[string]string // by host and path
	nonce   string            // of the last ask
	now     time.Time
	client  *http.Client
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Now()}
	for _, k := range []**ecdsa.PrivateKey{&w.key, &w.apple} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		*k = key
	}
	srv := httptest.NewTLSServer(w)
	t.Cleanup(srv.Close)
	addr := srv.Listener.Addr().String()
	w.client = &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // the one certificate stands for all names
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", addr)
		},
	}}
	t.Cleanup(w.client.CloseIdleConnections)
	return w
}

func (w *world) provider(name, url string, secret token.Secret) *oauth.Provider {
	w.t.Helper()
	w.secret = secret
	p, err := oauth.New(oauth.Client{Name: name, IDs: []string{"web-id", "ios-id"}, Secret: secret, URL: url, Now: func() time.Time { return w.now }, HTTP: w.client})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) sign(claims object) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: w.key}, (&jose.SignerOptions{}).WithHeader("kid", "k"))
	if err != nil {
		w.t.Fatal(err)
	}
	text, _ := json.Marshal(claims)
	obj, err := signer.Sign(text)
	if err != nil {
		w.t.Fatal(err)
	}
	out, _ := obj.CompactSerialize()
	return out
}

func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	path := r.Host + r.URL.Path
	switch {
	case r.Method == http.MethodPost:
		w.trade(rw, r)
	case strings.Contains(path, "keys") || strings.Contains(path, "certs") || strings.Contains(path, "jwks"):
		_ = json.NewEncoder(rw).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &w.key.PublicKey, KeyID: "k", Algorithm: "ES256"}}})
	case w.answers[path] != "":
		if r.Header.Get("Authorization") != "Bearer the-access" {
			w.t.Errorf("%s without the access token", path)
		}
		if r.Host == "api.twitch.tv" && r.Header.Get("Client-Id") != "web-id" {
			w.t.Error("Twitch without a client id")
		}
		if r.Host == "graph.facebook.com" {
			m := hmac.New(sha256.New, []byte(w.secret))
			m.Write([]byte("the-access"))
			if r.URL.Query().Get("appsecret_proof") != hex.EncodeToString(m.Sum(nil)) {
				w.t.Error("Facebook without a proof")
			}
		}
		io.WriteString(rw, w.answers[path])
	default:
		w.t.Errorf("nobody is at %s %s", r.Method, path)
		http.NotFound(rw, r)
	}
}

func (w *world) trade(rw http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		w.t.Error(err)
	}
	id, secret, basic := r.BasicAuth()
	if basic {
		secret, _ = url.QueryUnescape(secret)
	} else {
		id, secret = r.Form.Get("client_id"), r.Form.Get("client_secret")
	}
	if r.Host == "appleid.apple.com" {
		w.checkApple(secret)
	} else if secret != string(w.secret) {
		w.t.Errorf("%s: secret %q", r.Host, secret)
	}
	if id != "web-id" || r.Form.Get("grant_type") != "authorization_code" || r.Form.Get("redirect_uri") != "https://api.example/callback" {
		w.t.Errorf("%s: %v", r.Host, r.Form)
	}
	if v := r.Form.Get("code_verifier"); v != "" && v != "the verifier" {
		w.t.Errorf("verifier %q", v)
	}
	if r.Form.Get("code") != "good" {
		rw.WriteHeader(http.StatusBadRequest)
		io.WriteString(rw, `{"error":"invalid_grant"}`)
		return
	}
	out := object{"access_token": "the-access", "refresh_token": "the-refresh", "token_type": "bearer"}
	if w.claims != nil {
		c := maps.Clone(w.claims)
		for name, v := range (object{"nonce": w.nonce, "aud": "web-id", "exp": w.now.Unix() + 60, "iat": w.now.Unix()}) {
			if _, ok := c[name]; !ok {
				c[name] = v
			}
		}
		out["id_token"] = w.sign(c)
	}
	_ = json.NewEncoder(rw).Encode(out)
}

// checkApple reads the client secret as Apple does.
func (w *world) checkApple(secret string) {
	obj, err := jose.ParseSignedCompact(secret, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		w.t.Fatalf("Apple's client secret: %v", err)
	}
	text, err := obj.Verify(&w.apple.PublicKey)
	if err != nil {
		w.t.Fatal(err)
	}
	var c struct {
		Iss, Aud, Sub string
		Exp           int64
	}
	_ = json.Unmarshal(text, &c)
	if c.Iss != "TEAM" || c.Sub != "web-id" || c.Aud != "https://appleid.apple.com" || c.Exp <= w.now.Unix() || obj.Signatures[0].Header.KeyID != "KEY" {
		w.t.Errorf("Apple's client secret says %s", text)
	}
}

func (w *world) appleSecret() token.Secret {
	der, err := x509.MarshalPKCS8PrivateKey(w.apple)
	if err != nil {
		w.t.Fatal(err)
	}
	text, _ := json.Marshal(object{"team_id": "TEAM", "key_id": "KEY", "private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))})
	return token.Secret(text)
}

// come walks the whole way and returns the person.
func (w *world) come(p *oauth.Provider, code string) (*oauth.Person, error) {
	w.t.Helper()
	ask := oauth.Ask{State: "the state", Nonce: "n-" + fmt.Sprint(w.now.UnixNano()), Verifier: "the verifier", Scopes: "more", Fallback: "https://api.example/callback"}
	w.nonce = ask.Nonce
	to, err := p.AuthURL(w.t.Context(), ask)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(to)
	q := u.Query()
	if err != nil || q.Get("client_id") != "web-id" || q.Get("state") != "the state" || q.Get("response_type") != "code" || !strings.HasSuffix(" "+q.Get("scope"), " more") {
		w.t.Errorf("%s sends people to %s", p.Name, to)
	}
	if c := q.Get("code_challenge"); c != "" && c != oauth.Challenge("the verifier") {
		w.t.Errorf("challenge %q", c)
	}
	tokens, err := p.Exchange(w.t.Context(), code, ask)
	if err != nil {
		return nil, err
	}
	tokens.User = `{"name":{"firstName":"Ann","lastName":"Ode"}}`
	return p.Person(w.t.Context(), tokens, ask.Nonce)
}
