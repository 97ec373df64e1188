package wire

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// told answers a request of a page of origin by m.
func told(m Manners, method, origin string, secure bool) http.Header {
	r := httptest.NewRequest(method, "/x", nil)
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	if method == http.MethodOptions {
		r.Header.Set("Access-Control-Request-Method", "PATCH")
	}
	if secure {
		r.TLS = &tls.ConnectionState{}
	}
	w := httptest.NewRecorder()
	m.Before(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h["Vary"] = append(h["Vary"][:len(h["Vary"]):len(h["Vary"])], "Accept")
	})).ServeHTTP(w, r)
	return w.Header()
}

func TestWhichPagesMayCall(t *testing.T) {
	t.Parallel()
	list := Manners{Origins: []string{"https://app.example.com", "https://*.example.org", "http://localhost:3000"}, Headers: []string{"x-mine"}, MaxAge: time.Minute}
	for origin, may := range map[string]bool{
		"https://app.example.com": true, "https://APP.example.com": true, "http://localhost:3000": true,
		"https://a.example.org": true, "https://a.b.example.org": true,
		"": false, "null": false, "http://app.example.com": false, "https://app.example.com:8443": false, "https://app.example.com.evil.net": false,
		"https://example.org": false, "https://.example.org": false, "https://evil.net/.example.org": false, "https://evil.net#.example.org": false,
		"https://u@evil.example.org": false, "http://a.example.org": false, "https://evilexample.org": false, "http://localhost:3001": false,
	} {
		for _, method := range []string{"GET", "OPTIONS"} {
			h := told(list, method, origin, false)
			if got := h.Get("Access-Control-Allow-Origin"); (got == origin && origin != "") != may || got != "" && !may {
				t.Errorf("%s of a page of %q: allowed %q", method, origin, got)
			}
			if (h.Get("Access-Control-Allow-Methods") != "") != (may && method == "OPTIONS") {
				t.Errorf("%s of a page of %q: methods %q", method, origin, h.Get("Access-Control-Allow-Methods"))
			}
			if vary := strings.Join(h["Vary"], ","); !strings.HasPrefix(vary, "Origin") {
				t.Errorf("Vary: %s", vary)
			}
		}
	}
	h := told(list, "OPTIONS", "https://app.example.com", false)
	if !strings.HasSuffix(h.Get("Access-Control-Allow-Headers"), ", x-mine") || !strings.Contains(h.Get("Access-Control-Allow-Headers"), "apikey") || h.Get("Access-Control-Max-Age") != "60" {
		t.Errorf("%v", h)
	}
	if h := told(Manners{}, "GET", "https://anybody.example", false); h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Vary") != "Accept" {
		t.Errorf("without a list: %v", h)
	}
}

func TestStrictTransportOverTLSAlone(t *testing.T) {
	t.Parallel()
	m := Manners{HTTPS: time.Hour}
	for _, secure := range []bool{false, true} {
		want := ""
		if secure {
			want = "max-age=3600"
		}
		h := told(m, "GET", "", secure)
		if got := h.Get("Strict-Transport-Security"); got != want || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("over TLS %v: %q, want %q; %v", secure, got, want, h)
		}
	}
	if h := told(Manners{}, "GET", "", true); h.Get("Strict-Transport-Security") != "" {
		t.Error("it was not asked for")
	}
}

// FuzzAllows: a page that a pattern lets in is one of a host below the pattern's, as a
// browser reads its origin.
func FuzzAllows(f *testing.F) {
	for _, s := range []string{"https://a.example.org", "https://evil.net/.example.org", "https://a.example.org:443", "null", "https://[::1].example.org", "https://a\\.example.org"} {
		f.Add(s)
	}
	m := Manners{Origins: []string{"https://*.example.org"}}
	f.Fuzz(func(t *testing.T, origin string) {
		if !m.allows(origin) {
			return
		}
		u, err := url.Parse(origin)
		if err != nil { // no browser sends it
			return
		}
		if !strings.EqualFold(u.Scheme, "https") || !strings.HasSuffix(strings.ToLower(u.Host), ".example.org") || u.User != nil || u.Path != "" {
			t.Errorf("%q is let in", origin)
		}
	})
}

// BenchmarkManners is what each answer pays for what browsers are told.
func BenchmarkManners(b *testing.B) {
	nothing := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	for _, c := range []struct {
		name string
		h    http.Handler
	}{
		{"off", nothing}, {"any origin", Manners{}.Before(nothing)}, {"any origin, strict transport", Manners{HTTPS: time.Hour}.Before(nothing)},
		{"ten origins", Manners{Origins: []string{"https://1.a", "https://2.a", "https://3.a", "https://4.a", "https://5.a", "https://6.a", "https://7.a", "https://8.a", "https://*.b.example", "https://app.example.com"}}.Before(nothing)},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "/x", nil)
			r.Header.Set("Origin", "https://app.example.com")
			r.TLS = &tls.ConnectionState{}
			w := httptest.NewRecorder()
			b.ReportAllocs()
			for b.Loop() {
				clear(w.Header())
				c.h.ServeHTTP(w, r)
			}
		})
	}
}
