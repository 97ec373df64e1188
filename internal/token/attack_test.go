package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"
)

// forge makes a token of any header and payload, signed by HMAC with any key.
func forge(header, payload string, key []byte) string {
	enc := base64.RawURLEncoding
	body := enc.EncodeToString([]byte(header)) + "." + enc.EncodeToString([]byte(payload))
	m := hmac.New(sha256.New, key)
	m.Write([]byte(body))
	return body + "." + enc.EncodeToString(m.Sum(nil))
}

// TestAttacks are the known ways to forge a token.
func TestAttacks(t *testing.T) {
	t.Parallel()
	var keys []*Key
	for _, alg := range []string{"ES256", "RS256", "EdDSA"} {
		k, err := NewKey(alg)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	shared := NewHS256("a shared secret of thirty-two bytes!")
	r, err := NewKeyring(keys[0], keys[1], keys[2], shared)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_800_000_000, 0)
	const admin = `{"role":"service_role","exp":1900000000}`
	secret, _ := shared.private.([]byte)
	stranger, err := NewES256()
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := NewKeyring(&Key{ID: keys[0].ID, Alg: "ES256", private: stranger.private, public: stranger.public})
	if err != nil {
		t.Fatal(err)
	}
	strange, err := foreign.Sign(json.RawMessage(admin))
	if err != nil {
		t.Fatal(err)
	}
	good, err := r.Sign(json.RawMessage(`{"role":"anon","exp":1900000000}`))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	enc := base64.RawURLEncoding
	attacks := map[string]string{
		"none":                     enc.EncodeToString([]byte(`{"alg":"none"}`)) + "." + enc.EncodeToString([]byte(admin)) + ".",
		"None":                     enc.EncodeToString([]byte(`{"alg":"None"}`)) + "." + enc.EncodeToString([]byte(admin)) + ".",
		"no signature":             parts[0] + "." + parts[1] + ".",
		"another payload":          parts[0] + "." + enc.EncodeToString([]byte(admin)) + "." + parts[2],
		"a stranger's key, our id": strange,
		"empty secret":             forge(`{"alg":"HS256","typ":"JWT"}`, admin, nil),
		"kid is a path":            forge(`{"alg":"HS256","kid":"../../../../dev/null"}`, admin, nil),
		"kid is SQL":               forge(`{"alg":"HS256","kid":"x' union select 'secret"}`, admin, []byte("secret")),
		"kid is no text":           forge(`{"alg":"HS256","kid":{"a":1}}`, admin, secret),
		"kid of another algorithm": forge(`{"alg":"HS256","kid":"`+keys[0].ID+`"}`, admin, secret),
		"own jwk in the header":    forge(`{"alg":"HS256","jwk":{"kty":"oct","k":"c2VjcmV0"}}`, admin, []byte("secret")),
		"crit":                     forge(`{"alg":"HS256","crit":["b64"],"b64":false}`, admin, secret),
		"HS512":                    forge(`{"alg":"HS512"}`, admin, secret),
		"expired":                  forge(`{"alg":"HS256"}`, `{"role":"service_role","exp":1700000000}`, secret),
		"of the future":            forge(`{"alg":"HS256"}`, `{"role":"service_role","iat":1900000000}`, secret),
		"not yet":                  forge(`{"alg":"HS256"}`, `{"role":"service_role","nbf":1900000000}`, secret),
		"two roles":                forge(`{"alg":"HS256"}`, `{"role":"anon","exp":1900000000,"role":"service_role"}`, secret),
		"a role in capitals":       forge(`{"alg":"HS256"}`, `{"role":"anon","ROLE":"service_role"}`, secret),
		"time is a text":           forge(`{"alg":"HS256"}`, `{"role":"service_role","exp":"tomorrow"}`, secret),
		"an array":                 forge(`{"alg":"HS256"}`, `["service_role"]`, secret),
		"null":                     forge(`{"alg":"HS256"}`, `null`, secret),
		"four parts":               good + ".x",
		"spaces":                   " " + good,
		"huge":                     forge(`{"alg":"HS256"}`, `{"role":"service_role","x":"`+strings.Repeat("x", maxToken)+`"}`, secret),
	}
	for _, k := range keys { // the public key as a shared secret, in each form in which it is known
		der, err := x509.MarshalPKIXPublicKey(k.public)
		if err != nil {
			t.Fatal(err)
		}
		for form, text := range map[string][]byte{
			"DER": der, "PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "JWKS": r.JWKS(), "id": []byte(k.ID),
		} {
			attacks[k.Alg+"'s "+form+" as secret"] = forge(`{"alg":"HS256","typ":"JWT"}`, admin, text)
			attacks[k.Alg+"'s "+form+" as secret, with its id"] = forge(`{"alg":"HS256","kid":"`+k.ID+`"}`, admin, text)
		}
	}
	for name, tok := range attacks {
		for range 2 {
			if c, err := r.Verify(tok, now); err == nil {
				t.Errorf("%s: accepted as %q", name, c.Role)
			}
		}
	}
	for _, tok := range []string{good, forge(`{"alg":"HS256"}`, admin, secret)} {
		if _, err := r.Verify(tok, now); err != nil {
			t.Errorf("a good token: %v", err)
		}
	}
	c, err := r.Verify(forge(`{"alg":"HS256"}`, `{"aud":["a","b"]}`, secret), now)
	if err != nil || !c.For("a") || c.For("c") {
		t.Errorf("audience = %+v, %v", c, err)
	}
}

// Every algorithm signs, is read back from its JWK, and shows no private part.
func TestAlgorithms(t *testing.T) {
	t.Parallel()
	for _, alg := range []string{"ES256", "RS256", "EdDSA", "HS256"} {
		k, err := NewKey(alg)
		if err != nil {
			t.Fatal(err)
		}
		text, err := k.MarshalJWK()
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseJWK(text)
		if err != nil || back.ID != k.ID || back.Alg != alg || !back.Signs() {
			t.Fatalf("%s: %+v, %v", alg, back, err)
		}
		a, err := NewKeyring(k)
		if err != nil {
			t.Fatal(err)
		}
		b, err := NewKeyring(back)
		if err != nil {
			t.Fatal(err)
		}
		tok, err := a.Sign(map[string]any{"sub": "x"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Verify(tok, time.Now()); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
		if s := string(a.JWKS()); strings.Contains(s, `"d":`) || strings.Contains(s, `"k":`) || (alg == "HS256") != (s == `{"keys":[]}`) {
			t.Errorf("%s: %s", alg, s)
		}
	}
	if _, err := NewKey("RS1"); err == nil {
		t.Error("there is an RS1")
	}
	for name, text := range map[string]string{
		"short secret":      `{"kty":"oct","k":"c2VjcmV0"}`,
		"another algorithm": `{"kty":"oct","alg":"ES256","k":"` + strings.Repeat("c2Vj", 12) + `"}`,
		"no key":            `{}`,
		"no JSON":           `x`,
	} {
		if _, err := ParseJWK([]byte(text)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

// A key that is taken away takes along what it verified; one that is only replaced
// does not; and a ring is asked for a key that it does not have, before it refuses.
func TestReplace(t *testing.T) {
	t.Parallel()
	one, _ := NewKey("ES256")
	two, _ := NewKey("ES256")
	r, err := NewKeyring(one)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	tok, _ := r.Sign(map[string]any{"sub": "x"})
	check := func(want bool, what string) {
		t.Helper()
		if _, err := r.Verify(tok, now); (err == nil) != want || err != nil && !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", what, err)
		}
	}
	check(true, "at first")
	if err := r.Replace(two, one); err != nil {
		t.Fatal(err)
	}
	check(true, "after a rotation")
	if err := r.Replace(two); err != nil {
		t.Fatal(err)
	}
	check(false, "after a revocation")
	var asked []string
	r.OnMissing(func(id string) {
		asked = append(asked, id)
		if err := r.Replace(two, one); err != nil {
			t.Error(err)
		}
	})
	check(true, "after it was asked for")
	if len(asked) != 1 || asked[0] != one.ID {
		t.Errorf("asked for %q", asked)
	}
	if err := r.Replace(&Key{ID: "x", Alg: "ES256", public: one.public}); err == nil {
		t.Error("a key that cannot sign is current")
	}
}
