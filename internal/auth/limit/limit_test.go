package limit

import (
	"fmt"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"
)

func TestTake(t *testing.T) {
	t.Parallel()
	l, now := New(), time.Unix(1_800_000_000, 0)
	b := Bound{N: 3, Window: 3 * time.Minute}
	for i := range 3 {
		if wait := l.Take("a", b, now); wait != 0 {
			t.Errorf("%d: wait %v", i, wait)
		}
	}
	if wait := l.Take("a", b, now); wait != time.Minute {
		t.Errorf("the fourth waits %v", wait)
	}
	if l.Peek("b", b, now) != 0 || l.Take("b", b, now) != 0 {
		t.Error("another client waits")
	}
	if wait := l.Take("a", b, now.Add(time.Minute)); wait != 0 {
		t.Errorf("a minute later: %v", wait)
	}
	if wait := l.Take("a", b, now.Add(time.Minute)); wait != time.Minute {
		t.Errorf("and again: %v", wait)
	}
	if wait := l.Take("a", Bound{}, now); wait != 0 {
		t.Error("no bound bounds")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	l, now := New(), time.Unix(1_800_000_000, 0)
	for i := range maxKeys + 5000 {
		l.Take(fmt.Sprint(i), Bound{N: 3, Window: time.Hour}, now)
	}
	if len(l.due) > maxKeys {
		t.Errorf("%d keys", len(l.due))
	}
}

func TestClient(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct{ from, forwarded, want, key string }{
		{"192.0.2.1:5", "", "192.0.2.1", "192.0.2.1"},
		{"192.0.2.1:5", "198.51.100.7", "192.0.2.1", "192.0.2.1"}, // whoever is not trusted says what he likes
		{"127.0.0.1:5", "198.51.100.7", "198.51.100.7", "198.51.100.7"},
		{"127.0.0.1:5", "1.2.3.4, 198.51.100.7, 10.1.1.1", "198.51.100.7", "198.51.100.7"},
		{"127.0.0.1:5", "garbage", "127.0.0.1", "127.0.0.1"},
		{"[2001:db8:1:2:3::4]:5", "", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"},
		{"[::ffff:192.0.2.1]:5", "", "192.0.2.1", "192.0.2.1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.from
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := Client(r, trusted); got != c.want || Key(got) != c.key {
			t.Errorf("%+v: %s, %s", c, got, Key(got))
		}
	}
}
