package upgrade

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestWhereHTTPSIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ host, port, external, path, want string }{
		{"a.test", "443", "", "/x?y=1", "https://a.test/x?y=1"}, {"a.test:80", "443", "", "/", "https://a.test/"},
		{"a.test:80", "8443", "", "/a%2Fb", "https://a.test:8443/a%2Fb"}, {"[::1]:80", "443", "", "/", "https://[::1]/"}, {"[::1]", "8443", "", "/", "https://[::1]:8443/"},
		{"10.0.0.1:80", "8443", "https://api.test", "/x", "https://api.test/x"}, {"a.test", "443", "http://api.test", "/", "https://a.test/"},
		{"a.test", "443", "", "//evil.test/x", "https://a.test//evil.test/x"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host, r.URL.RawQuery = c.host, ""
		if u, err := r.URL.Parse("http://a.test" + c.path); err != nil {
			t.Fatal(err)
		} else {
			r.URL.Path, r.URL.RawPath, r.URL.RawQuery = u.Path, u.RawPath, u.RawQuery
		}
		w := httptest.NewRecorder()
		Handler(Config{Port: c.port, External: c.external, Keyed: func(*http.Request) bool { return false }}).ServeHTTP(w, r)
		if got := w.Header().Get("Location"); got != c.want || w.Code != http.StatusPermanentRedirect {
			t.Errorf("%+v: %d %s", c, w.Code, got)
		}
	}
}
