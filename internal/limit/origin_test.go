package limit

import (
	"net/http/httptest"
	"net/netip"
	"testing"
)

var proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:ffff::/48")}

func TestClient(t *testing.T) {
	t.Parallel()
	const x, f = "X-Forwarded-For", "Forwarded"
	for _, c := range []struct {
		mode, from, name string
		lines            []string
		want, key        string
	}{
		{"", "192.0.2.1:5", x, nil, "192.0.2.1", "192.0.2.1"},
		{"", "192.0.2.1:5", x, []string{"198.51.100.7"}, "192.0.2.1", "192.0.2.1"}, // whoever is not trusted says what he likes
		{"", "127.0.0.1:5", x, []string{"198.51.100.7"}, "198.51.100.7", "198.51.100.7"},
		{"", "127.0.0.1:5", x, []string{"1.2.3.4, 198.51.100.7, 10.1.1.1"}, "198.51.100.7", "198.51.100.7"},
		{"", "127.0.0.1:5", x, []string{"1.2.3.4, 198.51.100.7", "10.1.1.1"}, "198.51.100.7", "198.51.100.7"},
		{"", "127.0.0.1:5", x, []string{"198.51.100.7:4711"}, "198.51.100.7", "198.51.100.7"},
		{"", "127.0.0.1:5", x, []string{"[2001:db8::1]:4711"}, "2001:db8::1", "2001:db8::"},
		{"", "127.0.0.1:5", x, []string{"1.2.3.4, garbage"}, "127.0.0.1", "127.0.0.1"},
		{"", "127.0.0.1:5", x, []string{"1.2.3.4, unknown, 10.0.0.9"}, "10.0.0.9", "10.0.0.9"},
		{"", "127.0.0.1:5", x, []string{"1.2.3.4,"}, "127.0.0.1", "127.0.0.1"},
		{"", "127.0.0.1:5", f, []string{"for=1.2.3.4"}, "127.0.0.1", "127.0.0.1"}, // not the header of this proxy
		{"", "[2001:db8:1:2:3::4]:5", x, nil, "2001:db8:1:2:3::4", "2001:db8:1:2::"},
		{"", "[2001:db8:ffff::1]:5", x, []string{"2001:db8:9::1"}, "2001:db8:9::1", "2001:db8:9::"},
		{"", "[::ffff:192.0.2.1]:5", x, nil, "192.0.2.1", "192.0.2.1"},
		{"", "[::ffff:127.0.0.1]:5", x, []string{"::ffff:198.51.100.7"}, "198.51.100.7", "198.51.100.7"},
		{"", "@", x, []string{"198.51.100.7"}, "invalid IP", "invalid IP"},
		{"forwarded", "127.0.0.1:5", f, []string{"for=198.51.100.7;proto=https;by=10.0.0.1"}, "198.51.100.7", "198.51.100.7"},
		{"forwarded", "127.0.0.1:5", f, []string{`for=1.2.3.4, For="[2001:db8::1]:80", for=10.0.0.2`}, "2001:db8::1", "2001:db8::"},
		{"forwarded", "127.0.0.1:5", f, []string{`for="1.2.3.4, for=9.9.9.9", proto=http;for="198.51.100.7:1"`}, "198.51.100.7", "198.51.100.7"},
		{"forwarded", "127.0.0.1:5", f, []string{`for="evil, for=198.51.100.7`}, "198.51.100.7", "198.51.100.7"},
		{"forwarded", "127.0.0.1:5", f, []string{"for=_hidden"}, "127.0.0.1", "127.0.0.1"},
		{"forwarded", "127.0.0.1:5", x, []string{"1.2.3.4"}, "127.0.0.1", "127.0.0.1"},
		{"cf-connecting-ip", "127.0.0.1:5", "Cf-Connecting-Ip", []string{"198.51.100.7"}, "198.51.100.7", "198.51.100.7"},
		{"cf-connecting-ip", "192.0.2.1:5", "Cf-Connecting-Ip", []string{"198.51.100.7"}, "192.0.2.1", "192.0.2.1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.from
		r.Header[c.name] = c.lines
		got := Origin{Trusted: proxies, Header: c.mode}.Client(r)
		if got.String() != c.want || Network(got).String() != c.key {
			t.Errorf("%+v: %s, %s", c, got, Network(got))
		}
	}
}

// FuzzClient: whatever stands left of what the trusted proxy wrote changes nothing, and a
// peer that is not trusted changes nothing at all.
func FuzzClient(f *testing.F) {
	f.Add("1.2.3.4, [::1]:5")
	f.Add(`for="x", for=10.0.0.1;by="`)
	f.Fuzz(func(t *testing.T, s string) {
		r := httptest.NewRequest("GET", "/", nil)
		for _, c := range []struct{ mode, name, wrote string }{{"", "X-Forwarded-For", "198.51.100.7"}, {"forwarded", "Forwarded", `for="198.51.100.7:80";proto=https`}} {
			o := Origin{Trusted: proxies, Header: c.mode}
			r.RemoteAddr, r.Header[c.name] = "10.0.0.1:1", []string{s, s + ", " + c.wrote}
			if got := o.Client(r).String(); got != "198.51.100.7" {
				t.Errorf("%s %q: %s", c.name, s, got)
			}
			r.RemoteAddr, r.Header[c.name] = "192.0.2.1:1", []string{s}
			if got := o.Client(r).String(); got != "192.0.2.1" {
				t.Errorf("%s %q: %s", c.name, s, got)
			}
		}
	})
}

func BenchmarkClient(b *testing.B) {
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "127.0.0.1:1"
	o := Origin{Trusted: proxies}
	b.Run("direct", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			o.Client(r)
		}
	})
	r.Header["X-Forwarded-For"] = []string{"1.2.3.4, 198.51.100.7"}
	b.Run("proxied", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			o.Client(r)
		}
	})
}
