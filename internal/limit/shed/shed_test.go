package shed

import (
	"container/heap"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/db/turn"
)

// sim is a line with a number of servers in a time of its own.
type sim struct {
	l       *turn.Line
	v       *Valve
	now     time.Time
	free    int
	service time.Duration
	queue   []time.Time // when those who wait came
	done    ends        // when those served now are ready
	served  int
	waits   []time.Duration
}

type ends []time.Time

func (e ends) Len() int           { return len(e) }
func (e ends) Less(i, j int) bool { return e[i].Before(e[j]) }
func (e ends) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *ends) Push(x any)        { *e = append(*e, x.(time.Time)) }
func (e *ends) Pop() any {
	old := *e
	x := old[len(old)-1]
	*e = old[:len(old)-1]
	return x
}

func newSim(servers int, service, wait time.Duration) *sim {
	l := &turn.Line{Room: servers}
	return &sim{l: l, v: New(l, Config{Wait: wait}), now: time.Unix(1_800_000_000, 0), free: servers, service: service}
}

// until lets the servers work until a time.
func (s *sim) until(at time.Time) {
	for len(s.done) > 0 && !s.done[0].After(at) {
		s.now = heap.Pop(&s.done).(time.Time)
		s.free++
		s.served++
		s.l.Leave()
		s.start()
	}
	s.now = at
}

func (s *sim) start() {
	for s.free > 0 && len(s.queue) > 0 {
		wait := s.now.Sub(s.queue[0])
		s.queue = s.queue[1:]
		s.l.Turn(wait)
		s.waits = append(s.waits, wait)
		s.free--
		heap.Push(&s.done, s.now.Add(s.service/2+rand.N(s.service)))
	}
}

// ask is a request; it reports whether it was let in.
func (s *sim) ask(p Priority) bool {
	if in := int64(s.l.Inside()); in >= s.v.least && !s.v.judge(p, in, s.now) {
		return false
	}
	s.l.Enter()
	s.queue = append(s.queue, s.now)
	s.start()
	return true
}

// load asks at a rate for so long, evenly but for chance, and counts by priority.
func (s *sim) load(rate float64, long time.Duration, of func() Priority) (asked, in [4]int) {
	end := s.now.Add(long)
	for {
		at := s.now.Add(time.Duration(rand.ExpFloat64() / rate * float64(time.Second)))
		if at.After(end) {
			s.until(end)
			return asked, in
		}
		s.until(at)
		p := of()
		asked[p]++
		if s.ask(p) {
			in[p]++
		}
	}
}

func reads() Priority { return Read }

// TestGoodput: at three and at ten times what the servers can, they are as busy as at
// their best, and who is let in waits about as long as is aimed at.
func TestGoodput(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		servers       int
		service, wait time.Duration
		times         float64
	}{
		{4, 4 * time.Millisecond, 50 * time.Millisecond, 3}, {4, 4 * time.Millisecond, 50 * time.Millisecond, 10},
		{20, 10 * time.Millisecond, 50 * time.Millisecond, 3}, {1, time.Millisecond, 20 * time.Millisecond, 3},
		{4, 100 * time.Millisecond, 50 * time.Millisecond, 3}, // work that takes longer than the wait
	} {
		s := newSim(c.servers, c.service, c.wait)
		most := float64(c.servers) / c.service.Seconds()
		s.load(most*c.times, 10*time.Second, reads)
		s.served, s.waits = 0, nil
		s.load(most*c.times, 20*time.Second, reads)
		if good := float64(s.served) / 20 / most; good < 0.95 {
			t.Errorf("%+v: goodput %.2f of the peak, limit %d", c, good, s.v.Limit())
		}
		var sum, longest time.Duration
		for _, w := range s.waits {
			sum, longest = sum+w, max(longest, w)
		}
		if mean := sum / time.Duration(len(s.waits)); mean > 2*c.wait+2*c.service || longest > 5*c.wait+5*c.service {
			t.Errorf("%+v: waited %v on average, %v at most, limit %d", c, mean, longest, s.v.Limit())
		}
	}
}

// TestNobodyIsRefusedInPeace: below what the servers can, nobody is refused, bursts included.
func TestNobodyIsRefusedInPeace(t *testing.T) {
	t.Parallel()
	s := newSim(4, 4*time.Millisecond, 50*time.Millisecond)
	for range 200 {
		for range 20 {
			if !s.ask(Join) {
				t.Fatalf("refused with %d inside, limit %d", s.l.Inside(), s.v.Limit())
			}
		}
		s.until(s.now.Add(50 * time.Millisecond))
	}
	if asked, in := s.load(700, 20*time.Second, reads); asked != in {
		t.Errorf("%v of %v", in, asked)
	}
}

// TestUrgencyDecides: of a mix at three times what the servers can, the urgent are let in
// and the others take what is left.
func TestUrgencyDecides(t *testing.T) {
	t.Parallel()
	s := newSim(4, 4*time.Millisecond, 50*time.Millisecond)
	mix := func() Priority { // refresh 10 %, write 15 %, read 25 %, join 50 %
		switch n := rand.IntN(100); {
		case n < 10:
			return Refresh
		case n < 25:
			return Write
		case n < 50:
			return Read
		}
		return Join
	}
	s.load(3000, 5*time.Second, mix)
	asked, in := s.load(3000, 20*time.Second, mix)
	part := func(p Priority) float64 { return float64(in[p]) / float64(asked[p]) }
	if part(Refresh) < 0.97 || part(Write) < 0.9 || part(Read) > part(Write) || part(Join) > 0.1 {
		t.Errorf("refresh %.2f, write %.2f, read %.2f, join %.2f", part(Refresh), part(Write), part(Read), part(Join))
	}
}

// TestRecovers: after a stall, and after servers were slow for a while, as many are let in as
// before.
func TestRecovers(t *testing.T) {
	t.Parallel()
	s := newSim(4, 4*time.Millisecond, 50*time.Millisecond)
	s.service = time.Second
	s.load(900, 10*time.Second, reads)
	low := s.v.Limit()
	s.service = 4 * time.Millisecond
	s.load(900, 5*time.Second, reads)
	asked, in := s.load(900, 20*time.Second, reads)
	if low > 64 || float64(in[Read]) < 0.98*float64(asked[Read]) {
		t.Errorf("limit %d in bad times; then %d of %d", low, in[Read], asked[Read])
	}
}

func BenchmarkAdmit(b *testing.B) {
	l := &turn.Line{Room: 4}
	v := New(l, Config{Wait: 50 * time.Millisecond})
	b.Run("idle", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			v.Admit(Read)
		}
	})
	for range 1000 {
		l.Enter()
	}
	b.Run("refused", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			v.Admit(Read)
		}
	})
	b.Run("line", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			l.Enter()
			l.Turn(0)
			l.Leave()
		}
	})
}
