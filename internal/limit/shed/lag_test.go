package shed

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

// processors serve requests in turn, in a time of their own: those that are refused take
// a part of the time, too.
type processors struct {
	l          *Lag
	now        time.Duration // since 0
	free       time.Duration // when the next request is looked at
	work, turn time.Duration // what a request costs, and its refusal
}

func (s *processors) ask(p Priority) (in bool, waited time.Duration) {
	begin := max(s.now, s.free)
	waited = begin - s.now
	at := int64(time.Hour + begin)
	s.l.rate.note(s.l.begun.Add(1), at)
	if in = s.l.judge(p, waited, at); in {
		s.free = begin + s.work
	} else {
		s.free = begin + s.turn
	}
	return in, waited
}

// load asks at a rate for so long and counts by priority; longest is the longest wait of
// those who were let in in the second half.
func (s *processors) load(rate float64, long time.Duration, of func() Priority) (asked, in [4]int, longest time.Duration) {
	begin := s.now
	for s.now < begin+long {
		s.now += time.Duration(rand.ExpFloat64() / rate * float64(time.Second))
		p := of()
		ok, waited := s.ask(p)
		if s.now < begin+long/2 {
			continue
		}
		asked[p]++
		if ok {
			in[p]++
			longest = max(longest, waited)
		}
	}
	return asked, in, longest
}

const aim = 20 * time.Millisecond

func newProcessors() *processors {
	return &processors{l: NewLag(aim), work: 400 * time.Microsecond, turn: 20 * time.Microsecond}
}

// TestLagKeepsGoodput: at three and at ten times what the processors can, what refusals
// leave of them goes into work, and nobody who is let in has waited long.
func TestLagKeepsGoodput(t *testing.T) {
	t.Parallel()
	for _, times := range []float64{3, 5, 10} {
		s := newProcessors()
		most := float64(time.Second) / float64(s.work)
		asked, in, longest := s.load(most*times, 10*time.Second, reads)
		// n asked a second, x of them let in: x·work + (n-x)·turn = a second
		want := (float64(time.Second) - most*times*float64(s.turn)) / float64(s.work-s.turn)
		if got := float64(in[Read]) / 5; got < 0.97*want {
			t.Errorf("%v times: %v a second, want %v", times, got, want)
		}
		if longest > aim || asked[Read] == in[Read] {
			t.Errorf("%v times: waited %v; %d of %d", times, longest, in[Read], asked[Read])
		}
	}
}

// TestLagLetsTheUrgentIn: of a mix at three times what the processors can.
func TestLagLetsTheUrgentIn(t *testing.T) {
	t.Parallel()
	s := newProcessors()
	asked, in, _ := s.load(7500, 10*time.Second, func() Priority { // refresh 5 %, write 15 %, read 60 %, join 20 %
		switch n := rand.IntN(100); {
		case n < 5:
			return Refresh
		case n < 20:
			return Write
		case n < 80:
			return Read
		}
		return Join
	})
	part := func(p Priority) float64 { return float64(in[p]) / float64(asked[p]) }
	if part(Refresh) < 0.99 || part(Write) < 0.99 || part(Read) > 0.5 || part(Join) > 0.05 {
		t.Errorf("refresh %.2f, write %.2f, read %.2f, join %.2f", part(Refresh), part(Write), part(Read), part(Join))
	}
}

// TestLagRefusesNobodyInPeace: neither below what the processors can, nor in bursts, nor
// where others take the processors for a while, nor where few wait, however long.
func TestLagRefusesNobodyInPeace(t *testing.T) {
	t.Parallel()
	s := newProcessors()
	for range 30 { // every second a stall of 200 ms
		if asked, in, _ := s.load(1500, time.Second, reads); asked != in {
			t.Fatalf("%v of %v", in, asked)
		}
		s.free = s.now + 200*time.Millisecond
	}
	few := newProcessors()
	few.work = 50 * time.Millisecond
	if asked, in, _ := few.load(15, time.Minute, reads); asked != in {
		t.Errorf("few: %v of %v", in, asked)
	}
	after := newProcessors()
	after.load(7500, 5*time.Second, reads)
	after.load(100, 10*time.Second, reads)
	if asked, in, _ := after.load(1500, 10*time.Second, reads); asked != in {
		t.Errorf("after an overload: %v of %v", in, asked)
	}
}

// TestLagLooksNowAndThen: in quiet times few are asked how long they waited, afterwards one
// in a millisecond, and the others have waited as long as that one.
func TestLagLooksNowAndThen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, looks := NewLag(aim), 0
		l.alert.Store(since(time.Now())) // the bubble's clock is behind
		l.last.Store(since(time.Now()))
		l.stand.end.Store(since(time.Now().Add(time.Hour)))
		wait := time.Duration(0)
		waited := func() (time.Duration, bool) { looks++; return wait, true }
		many := func() {
			for range 100 {
				for range 10 {
					l.Admit(Read, waited)
				}
				<-time.After(time.Millisecond)
			}
		}
		many()
		if looks < 19 || looks > 20 {
			t.Errorf("%d looks in 100 ms of quiet times", looks)
		}
		looks, wait = 0, aim
		l.stand.all.Store(0)
		many()
		if looks < 96 || looks > 100 {
			t.Errorf("%d looks in 100 ms where somebody had waited", looks)
		}
		if l.stand.all.Load() < 900 {
			t.Errorf("%d of 1,000 were judged", l.stand.all.Load())
		}
	})
}
