package idempotency

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

const (
	uuid = "8f14e45f-ceea-467f-a0e6-2a1f0f9b8a11"
	ann  = `{"role":"authenticated","sub":"a"}`
)

// ask is a request by ann, unless it is changed.
func ask(line, body string, keys ...string) Request {
	method, target, _ := strings.Cut(line, " ")
	r := httptest.NewRequest(method, target, nil)
	if keys != nil {
		r.Header["Idempotency-Key"] = keys
	}
	return Request{HTTP: r, Actor: db.Session{Role: "authenticated", Claims: ann}, Body: []byte(body), Headers: []string{"Prefer"}}
}

func TestKey(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		keys   []string
		claims string
		code   string
	}{
		{[]string{"k"}, ann, ""},
		{[]string{`"k"`}, ann, ""},
		{[]string{strings.Repeat("k", maxKey)}, ann, ""},
		{[]string{strings.Repeat("k", maxKey+1)}, ann, "PLR020"},
		{[]string{""}, ann, "PLR020"},
		{[]string{`""`}, ann, "PLR020"},
		{[]string{"a b"}, ann, "PLR020"},
		{[]string{"a\x7f"}, ann, "PLR020"},
		{[]string{"ä"}, ann, "PLR020"},
		{[]string{"k", "k"}, ann, "PLR020"},
		{[]string{"k"}, "", "PLR021"},
		{[]string{"k"}, `{"sub":""}`, "PLR021"},
		{[]string{"k"}, `{"sub":5}`, "PLR021"},
		{[]string{strings.Repeat("k", secretKey-1)}, "", "PLR021"},
		{[]string{`"` + strings.Repeat("k", secretKey-2) + `"`}, "", "PLR021"}, // the quotes are no secret
		{[]string{uuid}, "", ""},
	} {
		r := ask("POST /a", "{}", c.keys...)
		r.Actor.Claims = c.claims
		k, err := Of(r)
		if fault.CodeOf(err) != c.code || (k == nil) != (c.code != "") {
			t.Errorf("%q of %q: %v, %v", c.keys, c.claims, k, err)
		}
	}
	if k, err := Of(ask("POST /a", "{}")); k != nil || err != nil {
		t.Errorf("a request without a key has the key %v, %v", k, err)
	}
	r := ask("POST /a", "{}", "k")
	r.Actor.Claims, r.Trusted = "", true
	if _, err := Of(r); err != nil {
		t.Errorf("a trusted caller's short key: %v", err)
	}
}

// TestKeyBelongsTo: what makes another scope, and what makes another request within one.
func TestKeyBelongsTo(t *testing.T) {
	t.Parallel()
	first := ask("POST /a?x=1", "{}", "k")
	of := func(change func(*Request)) Key {
		r := first
		r.HTTP = first.HTTP.Clone(t.Context())
		change(&r)
		k, err := Of(r)
		if err != nil {
			t.Fatal(err)
		}
		return *k
	}
	was := of(func(*Request) {})
	for name, c := range map[string]struct {
		change             func(*Request)
		sameScope, sameAsk bool
	}{
		"itself":         {func(*Request) {}, true, true},
		"quoted":         {func(r *Request) { r.HTTP.Header["Idempotency-Key"] = []string{`"k"`} }, true, true},
		"another header": {func(r *Request) { r.HTTP.Header.Set("User-Agent", "x") }, true, true},
		"body":           {func(r *Request) { r.Body = []byte("{ }") }, true, false},
		"prefer":         {func(r *Request) { r.HTTP.Header.Set("Prefer", "return=minimal") }, true, false},
		"header to body": {func(r *Request) { r.HTTP.Header.Set("Prefer", "{"); r.Body = []byte("}") }, true, false},
		"key":            {func(r *Request) { r.HTTP.Header["Idempotency-Key"] = []string{"l"} }, false, true},
		"method":         {func(r *Request) { r.HTTP.Method = http.MethodPatch }, false, true},
		"path":           {func(r *Request) { r.HTTP.URL.Path = "/b" }, false, true},
		"query":          {func(r *Request) { r.HTTP.URL.RawQuery = "x=2" }, false, true},
		"path and query": {func(r *Request) { r.HTTP.URL.Path, r.HTTP.URL.RawQuery = "/ax", "=1" }, false, true},
		"caller":         {func(r *Request) { r.Actor.Claims = `{"sub":"b"}` }, false, true},
		"role":           {func(r *Request) { r.Actor.Role = "other" }, false, true},
		"another claim":  {func(r *Request) { r.Actor.Claims = `{"sub":"a","exp":5}` }, true, true},
	} {
		if k := of(c.change); (k.scope == was.scope) != c.sameScope || (k.request == was.request) != c.sameAsk {
			t.Errorf("%s: same scope %v, same request %v", name, k.scope == was.scope, k.request == was.request)
		}
	}
}

// FuzzKey: a key is refused or taken, and is the same with quotes or without.
func FuzzKey(f *testing.F) {
	for _, s := range []string{"k", `"k"`, `""`, `"`, "a b", uuid, "\x00", strings.Repeat("k", maxKey+2)} {
		f.Add(s, ann)
		f.Add(s, `{"sub":`)
	}
	f.Fuzz(func(t *testing.T, text, claims string) {
		r := ask("POST /a", "", text)
		r.Actor.Claims = claims
		k, err := Of(r)
		if err != nil {
			if c := fault.CodeOf(err); c != "PLR020" && c != "PLR021" {
				t.Fatal(err)
			}
			return
		}
		if n := len(unquote(text)); n == 0 || n > maxKey || subject(claims) == "" && n < secretKey {
			t.Fatalf("%q was taken for %q", text, claims)
		}
		if unquote(text) != text {
			return
		}
		if q, err := Of(Request{HTTP: ask("POST /a", "", `"`+text+`"`).HTTP, Actor: r.Actor, Headers: r.Headers}); err != nil || *q != *k {
			t.Fatalf("%q is another key with quotes: %v", text, err)
		}
	})
}
