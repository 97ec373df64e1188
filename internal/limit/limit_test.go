package limit

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unsafe"
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

// TestLongRun: over a long time nobody gets more than the rate and one burst, and who
// asks at the rate is never refused.
func TestLongRun(t *testing.T) {
	t.Parallel()
	for _, b := range []Bound{{N: 7, Window: time.Second}, {N: 600, Window: time.Minute, Burst: 20}, {N: 1, Window: time.Hour}} {
		l, begin := New(), time.Unix(1_800_000_000, 0)
		key, each := l.Text("x", "greedy"), b.Window/time.Duration(b.N)
		taken, now := 0, begin
		for range 20_000 {
			if l.Spend(key, b, now).Wait == 0 {
				taken++
			}
			now = now.Add(each / 3)
		}
		most := int(now.Sub(begin)/each) + b.burst() + 1
		if taken > most || taken < most-b.burst()-3 {
			t.Errorf("%+v: %d taken, at most %d", b, taken, most)
		}
		patient := l.Text("x", "patient")
		for i := range 1000 {
			if left := l.Spend(patient, b, now.Add(time.Duration(i)*each)); left.Wait != 0 {
				t.Fatalf("%+v: who asks at the rate waits %v", b, left.Wait)
			}
		}
	}
}

// TestWaitIsTrue: who comes after the wait that he was told is served, a nanosecond
// sooner he is not.
func TestWaitIsTrue(t *testing.T) {
	t.Parallel()
	l, now := New(), time.Unix(1_800_000_000, 0)
	b := Bound{N: 10, Window: 7 * time.Second, Burst: 3}
	key := l.Addr("x", netip.MustParseAddr("192.0.2.1"))
	for i := range 3 {
		if left := l.Spend(key, b, now); left.Wait != 0 || left.N != 2-i {
			t.Errorf("%d: %+v", i, left)
		}
	}
	left := l.Spend(key, b, now)
	if left.Wait != 700*time.Millisecond || left.Reset != 2100*time.Millisecond {
		t.Errorf("%+v", left)
	}
	if l.Spend(key, b, now.Add(left.Wait-1)).Wait == 0 || l.Spend(key, b, now.Add(left.Wait)).Wait != 0 {
		t.Error("the wait is not what was told")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	l, now := New(), time.Unix(1_800_000_000, 0)
	for i := range maxKeys * 3 / 2 {
		l.Take(fmt.Sprint(i), Bound{N: 3, Window: time.Hour}, now)
	}
	n := 0
	for i := range l.shards {
		n += len(l.shards[i].due)
	}
	if n > maxKeys || n < maxKeys/2 {
		t.Errorf("%d keys", n)
	}
}

func TestBoundText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Bound{
		"600/1m": {N: 600, Window: time.Minute}, "1/24h": {N: 1, Window: 24 * time.Hour}, "": {}, "0": {},
		" 600/1m burst 50 ": {N: 600, Window: time.Minute, Burst: 50},
	} {
		var b Bound
		if err := b.UnmarshalText([]byte(text)); err != nil || b != want {
			t.Errorf("%q: %+v %v", text, b, err)
		}
	}
	for _, text := range []string{"600", "600/", "/1m", "-1/1m", "0/1m", "1/0s", "1/-1m", "a/1m", "1/1m burst 0", "1/1m burst x", "9999999999/1s", "2/1ns", "1/9000h", "1/700h burst 1000"} {
		var b Bound
		if err := b.UnmarshalText([]byte(text)); err == nil || b != (Bound{}) {
			t.Errorf("%q is %+v", text, b)
		}
	}
}

func TestTold(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	Told(h, "data-ip", Bound{N: 600, Window: time.Minute, Burst: 50}, Left{N: 12, Reset: 3500 * time.Millisecond})
	Told(h, "data-user", Bound{N: 10, Window: time.Second}, Left{Wait: time.Millisecond})
	if got := h.Get("RateLimit-Policy"); got != `"data-ip";q=50;w=5, "data-user";q=10;w=1` {
		t.Error(got)
	}
	if got := h.Get("RateLimit"); got != `"data-ip";r=12;t=4, "data-user";r=0;t=1` {
		t.Error(got)
	}
}

func FuzzBound(f *testing.F) {
	for _, s := range []string{"600/1m", "600/1m burst 50", "1/1ns", "9223372036854775807/1h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var b, again Bound
		if b.UnmarshalText([]byte(s)) != nil || b.N == 0 {
			return
		}
		text, _ := b.MarshalText()
		if err := again.UnmarshalText(text); err != nil || again != b {
			t.Errorf("%q → %q → %+v %v", s, text, again, err)
		}
		l, now := New(), time.Unix(1_800_000_000, 0)
		if left := l.Spend(1, b, now); left.Wait != 0 || left.N < 0 || left.N >= b.burst() {
			t.Errorf("%q: %+v", s, left)
		}
		Told(http.Header{}, strings.Repeat("x", 3), b, Left{})
	})
}

func BenchmarkSpend(b *testing.B) {
	l, ip := New(), netip.MustParseAddr("192.0.2.1")
	bound := Bound{N: 1_000_000_000, Window: time.Second}
	b.ReportAllocs()
	for b.Loop() {
		if l.Spend(l.Addr("data", ip), bound, time.Now()).Wait > 0 {
			b.Fatal("refused")
		}
	}
}

func BenchmarkTold(b *testing.B) {
	h, bound := http.Header{}, Bound{N: 600, Window: time.Minute}
	b.ReportAllocs()
	for b.Loop() {
		clear(h)
		Told(h, "data-ip", bound, Left{N: 12, Reset: time.Second})
	}
}

// TestAClockThatIsSetBack: what is left of a bound goes by the clock that never jumps.
func TestAClockThatIsSetBack(t *testing.T) {
	t.Parallel()
	l, b, now := New(), Bound{N: 3, Window: time.Minute}, time.Now()
	back := func(d time.Duration) time.Time { // its wall clock is d behind, its monotonic one is not
		moved := now
		const behindWall = 33 // bits of seconds above those of nanoseconds
		p := (*struct {
			wall uint64
			ext  int64
			loc  *time.Location
		})(unsafe.Pointer(&moved))
		p.wall -= uint64(d/time.Second) << (63 - behindWall)
		return moved
	}
	if l.Take("a", b, now) != 0 {
		t.Fatal("the first was refused")
	}
	behind := back(2 * time.Hour)
	if d := now.Round(0).Sub(behind.Round(0)); d != 2*time.Hour {
		t.Fatalf("the wall clock is %v behind", d)
	}
	for i, wait := range []bool{false, false, true} {
		if got := l.Take("a", b, behind); (got != 0) != wait || got > time.Minute {
			t.Errorf("%d: waits %v", i, got)
		}
	}
}
