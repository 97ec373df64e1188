package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/plinth-dev/plinth/internal/auth"
	"github.com/plinth-dev/plinth/internal/auth/oauth"
)

// issuer signs ID tokens and serves its keys.
type issuer struct {
	t   *testing.T
	key *ecdsa.PrivateKey
	url string
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{t: t, key: key}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/.well-known/openid-configuration" {
			_ = json.NewEncoder(w).Encode(object{"issuer": i.url, "authorization_endpoint": i.url + "/a", "token_endpoint": i.url + "/t", "jwks_uri": i.url + "/k"})
			return
		}
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k1", Algorithm: "ES256"}}})
	}))
	t.Cleanup(srv.Close)
	i.url = srv.URL
	return i
}

func (i *issuer) sign(alg jose.SignatureAlgorithm, key any, kid string, claims object) string {
	i.t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", kid))
	if err != nil {
		i.t.Fatal(err)
	}
	text, _ := json.Marshal(claims)
	obj, err := signer.Sign(text)
	if err != nil {
		i.t.Fatal(err)
	}
	out, err := obj.CompactSerialize()
	if err != nil {
		i.t.Fatal(err)
	}
	return out
}

func TestIDTokens(t *testing.T) {
	t.Parallel()
	iss := newIssuer(t)
	optional := false
	s := withMail(t, func(c *auth.Config) {
		c.Providers = []oauth.Client{{Name: "anybody", URL: iss.url, IDs: []string{"com.example.app"}, NoAddress: optional}}
	})
	sum := sha256.Sum256([]byte("raw nonce"))
	good := object{"iss": iss.url, "aud": "com.example.app", "sub": "a1", "exp": s.now.Unix() + 60, "iat": s.now.Unix(),
		"email": "Ann@example.com", "email_verified": "true", "nonce": hex.EncodeToString(sum[:]), "name": "Ann"}
	with := func(patch object) string {
		c := maps.Clone(good)
		maps.Copy(c, patch)
		return iss.sign(jose.ES256, iss.key, "k1", c)
	}
	body := func(tok, nonce string) string {
		text, _ := json.Marshal(object{"provider": "anybody", "id_token": tok, "nonce": nonce, "client_id": "com.evil", "issuer": "https://evil.example"})
		return string(text)
	}
	const path = "/token?grant_type=id_token"
	var wg sync.WaitGroup
	for range 8 { // the first sign-in, many times at once
		wg.Go(func() { s.call("POST", path, "", body(with(nil), "raw nonce")) })
	}
	wg.Wait()
	got := s.want(200, "POST", path, "", body(with(nil), "raw nonce"))
	u := got["user"].(object)
	if u["email"] != "ann@example.com" || u["email_confirmed_at"] == nil || u["app_metadata"].(object)["provider"] != "anybody" || u["user_metadata"].(object)["name"] != "Ann" {
		t.Errorf("user = %v", u)
	}
	if n := s.count("select count(*) from auth.users"); n != 1 {
		t.Errorf("%d users", n)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"another key":     body(iss.sign(jose.ES256, other, "k1", good), "raw nonce"),
		"unknown key":     body(iss.sign(jose.ES256, iss.key, "k2", good), "raw nonce"),
		"hmac":            body(iss.sign(jose.HS256, []byte("0123456789abcdef0123456789abcdef"), "k1", good), "raw nonce"),
		"another app":     body(with(object{"aud": "com.evil"}), "raw nonce"),
		"no audience":     body(with(object{"aud": nil}), "raw nonce"),
		"another issuer":  body(with(object{"iss": "https://evil.example"}), "raw nonce"),
		"expired":         body(with(object{"exp": s.now.Unix() - 60}), "raw nonce"),
		"of the future":   body(with(object{"iat": s.now.Unix() + 600}), "raw nonce"),
		"no subject":      body(with(object{"sub": ""}), "raw nonce"),
		"no nonce":        body(with(object{"nonce": ""}), "raw nonce"),
		"nonce not given": body(with(nil), ""),
		"another nonce":   body(with(nil), "other"),
		"no token":        body("a.b.c", "raw nonce"),
	} {
		if code, got := s.call("POST", path, "", bad); code != 400 || got["code"] != "validation_failed" {
			t.Errorf("%s: %d %v", name, code, got)
		}
	}
	s.refused("provider_disabled", 400, "POST", path, "", `{"provider":"google","id_token":"x"}`)
	// An address that the provider has not verified opens nobody's account.
	stranger := s.want(200, "POST", path, "", body(with(object{"sub": "a2", "email_verified": false}), "raw nonce"))["user"].(object)
	if stranger["id"] == u["id"] || stranger["email"] != "" {
		t.Errorf("stranger = %v", stranger)
	}
	// A person of whom no address is named has an account only where the project wants it.
	nameless := body(with(object{"sub": "a3", "email": nil, "email_verified": nil}), "raw nonce")
	s.refused("unexpected_failure", 500, "POST", path, "", nameless)
	optional = true
	s.remake()
	if u := s.want(200, "POST", path, "", nameless)["user"].(object); u["email"] != "" || u["app_metadata"].(object)["provider"] != "anybody" {
		t.Errorf("nameless = %v", u)
	}
	optional = false
	s.remake()
	s.want(200, "POST", path, "", nameless) // who has an account comes in
	// A verified one joins the account that has it, and may leave again.
	s.confirmed("bob@example.com")
	bob := s.want(200, "POST", path, "", body(with(object{"sub": "b1", "email": "bob@example.com", "email_verified": true}), "raw nonce"))
	ids := bob["user"].(object)["identities"].([]any)
	if len(ids) != 2 {
		t.Fatalf("identities = %v", ids)
	}
	s.want(200, "DELETE", "/user/identities/"+ids[1].(object)["identity_id"].(string), access(bob), "")
}
