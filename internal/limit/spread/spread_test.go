package spread

import (
	"fmt"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/bus"
	"github.com/plinth-dev/plinth/internal/limit"
)

// TestNodesCountTogether: what is taken at one node is taken at all, and what several took
// at once beyond the bound is waited for.
func TestNodesCountTogether(t *testing.T) {
	t.Parallel()
	hub, log := bus.NewHub(), slog.New(slog.DiscardHandler)
	var list []*limit.Limiter
	var buses []*bus.Bus
	for i := range 3 {
		b, err := bus.New(bus.Config{Node: fmt.Sprint("n", i), Link: hub.Link(), Log: log, Beat: 20 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		l := limit.NewKeyed([]byte("a secret"))
		s, err := New(b, l, log)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			s.Close()
			_ = b.Close()
		})
		list, buses = append(list, l), append(buses, b)
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	wait := func(what string, good func() bool) {
		t.Helper()
		for end := time.Now().Add(time.Minute); !good(); <-tick.C {
			if time.Now().After(end) {
				t.Fatalf("not within a minute: %s", what)
			}
		}
	}
	for _, b := range buses {
		wait("they hear each other", func() bool { return len(b.Peers()) == 2 })
	}
	ip, b := netip.MustParseAddr("192.0.2.7"), limit.Bound{N: 10, Window: 24 * time.Hour}
	left := func(i int) int { return list[i].Left(list[i].Addr("x", ip), b, time.Now()).N }
	for range 6 {
		if list[0].Spend(list[0].Addr("x", ip), b, time.Now()).Wait > 0 {
			t.Fatal("refused too early")
		}
	}
	wait("the others know of six", func() bool { return left(1) == 4 && left(2) == 4 })
	for i := 1; i < 3; i++ { // both at once take all that they know of
		for range 4 {
			if list[i].Spend(list[i].Addr("x", ip), b, time.Now()).Wait > 0 {
				t.Fatalf("node %d: refused too early", i)
			}
		}
	}
	each := b.Window / time.Duration(b.N)
	for i := range list {
		wait(fmt.Sprintf("node %d waits for what was taken too much", i), func() bool {
			w := list[i].Left(list[i].Addr("x", ip), b, time.Now()).Wait
			return w > 4*each && w <= 5*each
		})
	}
	if w := list[0].Spend(list[0].Addr("x", netip.MustParseAddr("192.0.2.8")), b, time.Now()).Wait; w > 0 {
		t.Errorf("another address waits %v", w)
	}
}

func FuzzCounts(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Add(encode(map[limit.Key]time.Duration{7: time.Second, 1 << 63: limit.MaxAdd}))
	f.Fuzz(func(t *testing.T, b []byte) {
		taken, err := decode(b)
		if err != nil {
			return
		}
		again, err := decode(encode(taken))
		if err != nil || len(again) != len(taken) {
			t.Fatalf("%v reads as %v, %v", taken, again, err)
		}
		l := limit.NewKeyed([]byte("x"))
		for key, d := range taken {
			if again[key] != d {
				t.Errorf("%d: %v is %v", key, d, again[key])
			}
			l.Add(key, d, time.Unix(1_800_000_000, 0))
		}
	})
}
