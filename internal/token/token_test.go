package token

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestLegacyKeyIsTheWellKnownOne(t *testing.T) {
	t.Parallel()
	got, err := LegacyKey(LocalSecret, "supabase-demo", "anon")
	if err != nil {
		t.Fatal(err)
	}
	const want = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzdXBhYmFzZS1kZW1vIiwicm9sZSI6ImFub24iLCJleHAiOjE5ODM4MTI5OTZ9.CRXP1A7WOeoJeXxjNni43kdQwgnWNReilDMblYTn_I0"
	if got != want {
		t.Errorf("LegacyKey = %s, want %s", got, want)
	}
}

func ring(t *testing.T) *Keyring {
	t.Helper()
	k, err := NewES256()
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewKeyring(k, NewHS256(LocalSecret))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestVerify(t *testing.T) {
	t.Parallel()
	r := ring(t)
	now := time.Unix(1_800_000_000, 0)
	sign := func(claims map[string]any) string {
		s, err := r.Sign(claims)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	legacy, _ := LegacyKey(LocalSecret, "supabase-demo", "service_role")
	stranger, _ := LegacyKey("another secret of sufficient length.....", "supabase-demo", "service_role")
	good := sign(map[string]any{"sub": "u1", "role": "authenticated", "exp": now.Unix() + 60})
	cases := []struct {
		name, tok string
		want      error
	}{
		{"own", good, nil},
		{"legacy", legacy, nil},
		{"expired", sign(map[string]any{"exp": now.Unix() - 60}), ErrExpired},
		{"not yet", sign(map[string]any{"nbf": now.Unix() + 60}), ErrNotYet},
		{"another secret", stranger, ErrSignature},
		{"changed payload", good[:len(good)/2] + "A" + good[len(good)/2+1:], ErrSignature},
		{"not a token", "abc", ErrMalformed},
		{"alg none", "eyJhbGciOiJub25lIn0.e30.", ErrMalformed},
		{"huge", strings.Repeat("a.", maxToken), ErrMalformed},
	}
	for _, c := range cases {
		for range 2 { // the second time from memory
			claims, err := r.Verify(c.tok, now)
			if !errors.Is(err, c.want) && !(c.want == ErrSignature && errors.Is(err, ErrMalformed)) {
				t.Errorf("%s: Verify = %v, want %v", c.name, err, c.want)
			}
			if c.name == "own" && (claims == nil || claims.Subject != "u1" || claims.Role != "authenticated") {
				t.Errorf("%s: claims = %+v", c.name, claims)
			}
		}
	}
}

func TestKeyRoundTrip(t *testing.T) {
	t.Parallel()
	k, err := NewES256()
	if err != nil {
		t.Fatal(err)
	}
	text, err := k.MarshalJWK()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseJWK(text)
	if err != nil || back.ID != k.ID || back.Alg != "ES256" {
		t.Fatalf("ParseJWK = %+v, %v", back, err)
	}
	a, _ := NewKeyring(k)
	b, _ := NewKeyring(back)
	tok, err := a.Sign(map[string]any{"sub": "x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Verify(tok, time.Now()); err != nil {
		t.Errorf("Verify with the key read back: %v", err)
	}
	if strings.Contains(string(a.JWKS()), `"d"`) {
		t.Error("JWKS shows a private key")
	}
}

func TestAPIKeys(t *testing.T) {
	t.Parallel()
	k := NewAPIKeys()
	for key, want := range map[string]string{k.Publishable: "anon", string(k.Secret): "service_role", "": "", "sb_secret_x": ""} {
		if got := k.Role(key); got != want {
			t.Errorf("Role(%q) = %q, want %q", key, got, want)
		}
	}
	if (APIKeys{}).Role("") != "" {
		t.Error("an empty key must stand for nobody")
	}
}

func FuzzVerify(f *testing.F) {
	k := NewHS256(LocalSecret)
	r, err := NewKeyring(k)
	if err != nil {
		f.Fatal(err)
	}
	legacy, _ := LegacyKey(LocalSecret, "supabase-demo", "anon")
	f.Add(legacy)
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, tok string) {
		c, err := r.Verify(tok, time.Unix(1_800_000_000, 0))
		if err == nil && c.Role != "anon" {
			t.Errorf("Verify accepted %q", tok)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	k, _ := NewES256()
	r, _ := NewKeyring(k)
	tok, _ := r.Sign(map[string]any{"sub": "x", "role": "authenticated"})
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Verify(tok, now); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerifyFresh checks a signature each time, as for a token that nobody showed
// before.
func BenchmarkVerifyFresh(b *testing.B) {
	k, _ := NewES256()
	r, _ := NewKeyring(k)
	tok, _ := r.Sign(map[string]any{"sub": "x", "role": "authenticated"})
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		r.now.Load().cache = map[string]*Claims{}
		if _, err := r.Verify(tok, now); err != nil {
			b.Fatal(err)
		}
	}
}
