package redirect

import (
	"net/url"
	"strings"
	"testing"
)

const site = "https://app.example.com/home"

func list(t testing.TB) *List {
	t.Helper()
	l, err := New(site, []string{"myapp://callback", "myapp://deep/**", "https://*.example.org/cb", "http://localhost:????/x"})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	l := list(t)
	for to, want := range map[string]bool{
		"https://app.example.com/anything?x=1#f": true, "myapp://callback": true, "myapp://callback#x": true, "myapp://deep/a/b?c=d": true,
		"https://a.example.org/cb": true, "http://localhost:3000/x": true,
		"https://app.example.com.evil.example/": false, "http://app.example.com/": false, "https://a.b.example.org/cb": false,
		"https://evil.example/.example.org/cb": false, "https://app.example.com@evil.example/": false, "//evil.example": false, "/path": false,
		"javascript:alert(1)": false, "https://app.example.com\\@evil.example": false, "myapp://callback2": false, "https://a.example.org/cb/../../x": false,
		"http://localhost:30000/x": false, "": false, "https://evil.example\r\nx: y": false,
	} {
		if got := l.Allowed(to); (got == to) != want || !want && got != site {
			t.Errorf("Allowed(%q) = %q", to, got)
		}
	}
}

func TestWith(t *testing.T) {
	t.Parallel()
	v := url.Values{"code": {"a b"}}
	for to, want := range map[string]string{"myapp://x?y=1": "myapp://x?code=a+b&y=1", "https://h/#old": "https://h/?code=a+b#old"} {
		if got := With(to, v, false); got != want {
			t.Errorf("%s becomes %s", to, got)
		}
	}
	if got := With("https://h/#old", v, true); got != "https://h/#code=a+b" {
		t.Errorf("fragment = %s", got)
	}
}

func FuzzAllowed(f *testing.F) {
	l := list(f)
	f.Add("myapp://callback")
	f.Fuzz(func(t *testing.T, to string) {
		got := l.Allowed(to)
		if strings.ContainsAny(got, "\r\n") {
			t.Errorf("%q leads to %q", to, got)
		}
	})
}
