package bustest

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/bus"
)

// Net is a set of nodes that can reach each other.
type Net interface {
	// Link opens the link of one more node; it returns when the others can reach it.
	Link(t *testing.T, node string) bus.Link
	// Cut keeps everything from and to a node from arriving, or lets it again.
	Cut(node string, cut bool)
}

const (
	patience = 90 * time.Second
	beat     = 100 * time.Millisecond
	dead     = 700 * time.Millisecond
)

// Run proves the contract on nets that open makes.
func Run(t *testing.T, open func(t *testing.T) Net) {
	for name, test := range map[string]func(t *testing.T, w *world){
		"who subscribed gets what another node publishes, in order":     order,
		"what may wait a moment keeps its place on its subject":         soon,
		"a node does not hear itself, nor what it did not subscribe to": others,
		"a message of any size arrives whole":                           sizes,
		"a node that was cut off gets what it missed, before the rest":  cutShort,
		"what is not kept any more is told as lost":                     cutLong,
		"the last message is not lost without a word":                   tail,
		"the last message of a long cut is not lost without a word":     longTail,
		"a node that goes, or is cut off, is down, and up again later":  down,
		"a node that is too slow recovers what it was too slow for":     slow,
		"nothing of what an ended subscription would get arrives":       ended,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, &world{t: t, net: open(t)})
		})
	}
}

type world struct {
	t   *testing.T
	net Net
}

// node is one, and what it got.
type node struct {
	*bus.Bus
	t    *testing.T
	mu   sync.Mutex
	news chan struct{}
	got  []bus.Message
	up   map[string]bool
	met  map[string]bool
	work atomic.Pointer[func()]
}

func (w *world) node(name string, keep int) *node {
	w.t.Helper()
	n := &node{t: w.t, news: make(chan struct{}, 1), up: map[string]bool{}, met: map[string]bool{}}
	b, err := bus.New(bus.Config{
		Node: name, Link: w.net.Link(w.t, name), Log: slog.New(slog.DiscardHandler), Keep: keep,
		Beat: beat, Dead: dead,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := b.Close(); err != nil {
			w.t.Errorf("close: %v", err)
		}
	})
	n.Bus = b
	b.WatchPeers(func(node string, up bool) { n.note(func() { n.up[node] = up }) })
	return n
}

func (n *node) note(fn func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	fn()
	select {
	case n.news <- struct{}{}:
	default:
	}
}

func (n *node) listen(subject string) (stop func()) {
	n.t.Helper()
	return n.hear(subject, func(m bus.Message) {
		if work := n.work.Load(); work != nil {
			(*work)()
		}
		n.note(func() { n.got = append(n.got, m) })
	})
}

func (n *node) hear(subject string, h bus.Handler) (stop func()) {
	n.t.Helper()
	stop, err := n.Subscribe(subject, h)
	if err != nil {
		n.t.Fatal(err)
	}
	return stop
}

func (n *node) say(subject string, body []byte) {
	n.t.Helper()
	if err := n.Publish(subject, body); err != nil {
		n.t.Fatal(err)
	}
}

// until waits for what the node got, or knows of others, to satisfy ok.
func (n *node) until(what string, ok func() bool) {
	n.t.Helper()
	end := time.NewTimer(patience)
	defer end.Stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		n.mu.Lock()
		done := ok()
		n.mu.Unlock()
		if done {
			return
		}
		select {
		case <-n.news:
		case <-look.C:
		case <-end.C:
			n.mu.Lock()
			defer n.mu.Unlock()
			n.t.Fatalf("%s: not so after %s; got %d messages, %v, %+v", what, patience, len(n.got), n.up, n.Stats())
		}
	}
}

// meet returns when all hear what each says on subject: interest travels too.
func meet(t *testing.T, nodes ...*node) {
	t.Helper()
	for _, n := range nodes {
		n.hear("meet", func(m bus.Message) { n.note(func() { n.met[m.From] = true }) })
		n.until("the others are up", func() bool {
			up := 0
			for _, is := range n.up {
				if is {
					up++
				}
			}
			return up == len(nodes)-1
		})
	}
	for _, from := range nodes {
		for _, to := range nodes {
			if from == to {
				continue
			}
			for met := false; !met; {
				from.say("meet", nil)
				to.mu.Lock()
				met = to.met[from.Node()]
				to.mu.Unlock()
				if !met {
					select {
					case <-to.news:
					case <-time.After(20 * time.Millisecond):
					}
				}
			}
		}
	}
}

func number(i int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(i)) }

// numbers are those that a node got on a subject from another; -1 for lost ones.
func (n *node) numbers(subject, from string) []int {
	var out []int
	for _, m := range n.got {
		switch {
		case m.Subject != subject || m.From != from:
		case m.Lost:
			out = append(out, -1)
		default:
			out = append(out, int(binary.BigEndian.Uint32(m.Data)))
		}
	}
	return out
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func order(t *testing.T, w *world) {
	a, b, c := w.node("a", 0), w.node("b", 0), w.node("c", 0)
	b.listen("s")
	c.listen("s")
	meet(t, a, b, c)
	for i := range 500 {
		a.say("s", number(i))
		b.say("s", number(i))
	}
	b.until("all of a", func() bool { return slices.Equal(b.numbers("s", "a"), upTo(500)) })
	c.until("all of a and b", func() bool {
		return slices.Equal(c.numbers("s", "a"), upTo(500)) && slices.Equal(c.numbers("s", "b"), upTo(500))
	})
}

func others(t *testing.T, w *world) {
	a, b := w.node("a", 0), w.node("b", 0)
	a.listen("s")
	b.listen("s")
	b.listen("end")
	meet(t, a, b)
	a.say("s", number(0))
	a.say("other", number(0))
	a.say("end", number(0))
	b.until("the end", func() bool { return len(b.got) == 2 })
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.got) != 0 {
		t.Errorf("a heard itself: %v", a.got)
	}
}

func sizes(t *testing.T, w *world) {
	a, b := w.node("a", 0), w.node("b", 0)
	b.listen("s")
	meet(t, a, b)
	var want [][]byte
	for i, n := range []int{0, 1, 1 << 10, 1<<20 - 200, 1 << 20, 3<<20 + 1} {
		want = append(want, bytes.Repeat([]byte{byte('a' + i)}, n))
		a.say("s", want[i])
	}
	b.until("all", func() bool { return len(b.got) == len(want) })
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, m := range b.got {
		if !bytes.Equal(m.Data, want[i]) || m.Lost {
			t.Errorf("message %d came with %d bytes, lost %v; want %d", i, len(m.Data), m.Lost, len(want[i]))
		}
	}
}

func cutShort(t *testing.T, w *world) {
	a, b, c := w.node("a", 0), w.node("b", 0), w.node("c", 0)
	b.listen("s")
	c.listen("s")
	meet(t, a, b, c)
	a.say("s", number(0))
	b.until("the first", func() bool { return len(b.numbers("s", "a")) == 1 })
	w.net.Cut("b", true)
	for i := 1; i < 300; i++ {
		a.say("s", number(i))
	}
	c.until("c is not held up", func() bool { return slices.Equal(c.numbers("s", "a"), upTo(300)) })
	b.until("b is alone", func() bool { return !b.up["a"] })
	w.net.Cut("b", false)
	b.until("a is back", func() bool { return b.up["a"] })
	a.say("s", number(300))
	b.until("all", func() bool { return slices.Equal(b.numbers("s", "a"), upTo(301)) })
}

func soon(t *testing.T, w *world) {
	a, b := w.node("a", 0), w.node("b", 0)
	b.listen("s")
	meet(t, a, b)
	const n = 3000
	for i := range n {
		if i%7 == 0 {
			a.say("s", number(i))
		} else if err := a.PublishSoon("s", number(i)); err != nil {
			t.Fatal(err)
		}
	}
	b.until("the last", func() bool { return len(b.numbers("s", "a")) == n })
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Equal(b.numbers("s", "a"), upTo(n)) {
		t.Error("they are not in order")
	}
}

func cutLong(t *testing.T, w *world) {
	a, b := w.node("a", 4<<10), w.node("b", 0)
	b.listen("s")
	meet(t, a, b)
	a.say("s", number(0))
	b.until("the first", func() bool { return len(b.numbers("s", "a")) == 1 })
	w.net.Cut("b", true)
	b.until("b is alone", func() bool { return !b.up["a"] })
	a.until("a is alone", func() bool { return !a.up["b"] })
	for i := 1; i < 300; i++ {
		a.say("s", number(i))
	}
	w.net.Cut("b", false)
	b.until("a is back", func() bool { return b.up["a"] })
	a.say("s", number(300))
	b.until("the last", func() bool { l := b.numbers("s", "a"); return l[len(l)-1] == 300 })
	b.mu.Lock()
	defer b.mu.Unlock()
	// On a busy machine the cut may come after the messages: then none is lost.
	if got := b.numbers("s", "a"); !slices.Contains(got, -1) && !slices.Equal(got, upTo(301)) || !slices.IsSorted(slices.DeleteFunc(got, func(i int) bool { return i < 0 })) {
		t.Errorf("got %v", got)
	}
}

func tail(t *testing.T, w *world) {
	a, b := w.node("a", 0), w.node("b", 0)
	b.listen("s")
	meet(t, a, b)
	a.say("s", number(0))
	b.until("the first", func() bool { return len(b.numbers("s", "a")) == 1 })
	w.net.Cut("b", true)
	a.say("s", number(1)) // and nothing after it
	w.net.Cut("b", false)
	b.until("both", func() bool { return slices.Equal(b.numbers("s", "a"), upTo(2)) })
}

// longTail: the cut is longer than beats tell what was published before.
func longTail(t *testing.T, w *world) {
	a, b := w.node("a", 0), w.node("b", 0)
	b.listen("s")
	meet(t, a, b)
	a.say("s", number(0))
	b.until("the first", func() bool { return len(b.numbers("s", "a")) == 1 })
	w.net.Cut("b", true)
	a.say("s", number(1))
	a.until("b is down", func() bool { return !a.up["b"] })
	b.until("a is down", func() bool { return !b.up["a"] })
	time.Sleep(3 * dead) // nothing that can be seen happens when the beats stop to tell
	w.net.Cut("b", false)
	b.until("both", func() bool { return slices.Equal(b.numbers("s", "a"), upTo(2)) })
}

func down(t *testing.T, w *world) {
	a, b, c := w.node("a", 0), w.node("b", 0), w.node("c", 0)
	meet(t, a, b, c)
	w.net.Cut("c", true)
	a.until("c is down", func() bool { return !a.up["c"] && a.up["b"] })
	c.until("c is alone", func() bool { return !c.up["a"] && !c.up["b"] })
	w.net.Cut("c", false)
	a.until("c is up", func() bool { return a.up["c"] })
	c.until("c has all", func() bool { return c.up["a"] && c.up["b"] })
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	a.until("b is down", func() bool { return !a.up["b"] && a.up["c"] })
	t.Logf("who says good-bye is down after %s", time.Since(start))
	if got := a.Peers(); !slices.Equal(got, []string{"c"}) {
		t.Errorf("a has the peers %v", got)
	}
}

// slow: the first message keeps the handler while more come than may wait, the beats that
// tell how many there were among them.
func slow(t *testing.T, w *world) {
	a, b := w.node("a", 64<<20), w.node("b", 0)
	b.listen("slow")
	meet(t, a, b)
	n := 0
	release := make(chan struct{})
	hold := sync.OnceFunc(func() { <-release })
	b.work.Store(&hold)
	for ; n < 5_000 || b.Stats().Dropped == 0 && n < 1_000_000; n++ {
		a.say("slow", number(n))
	}
	full := b.Stats().Dropped
	b.until("the beats are over", func() bool { return b.Stats().Dropped > full+uint64(3*dead/beat) })
	close(release)
	b.until("the last", func() bool {
		l := b.numbers("slow", "a")
		return len(l) > 0 && l[len(l)-1] == n-1
	})
	s := b.Stats()
	t.Logf("of %d messages %d were dropped, %d sent again, %d holes, %d lost", n, s.Dropped, s.Recovered, s.Holes, s.Lost)
	if s.Dropped == 0 {
		t.Error("nobody was too slow")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Equal(b.numbers("slow", "a"), upTo(n)) {
		t.Error("not all came, or not in order")
	}
}

func ended(t *testing.T, w *world) {
	a, b := w.node("a", 0), w.node("b", 0)
	stop := b.listen("s")
	b.listen("end")
	meet(t, a, b)
	stop()
	stop()
	a.say("s", number(0))
	a.say("end", number(0))
	b.until("the end", func() bool { return len(b.got) > 0 })
	b.mu.Lock()
	if b.got[0].Subject != "end" {
		t.Errorf("got %v", b.got)
	}
	b.mu.Unlock()
	b.listen("s")
	again := func() bool { a.say("s", number(1)); return len(b.numbers("s", "a")) > 0 }
	b.until("the new subscription gets something", again)
}
