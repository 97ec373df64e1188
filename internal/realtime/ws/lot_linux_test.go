package ws

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// model is a connection in a Lot with two arrivals and an end, each of whose steps can come
// between any two of the others.
type model struct {
	t      *testing.T
	spot   *spot
	fd     int
	begin  chan struct{} // from ready
	came   int           // arrivals so far
	unread int
	edge   bool // the system has an event
	ends   bool // is to end
	closed bool
	step   int // of the reader: 0 there is none
	seen   uint32
	found  bool
	told   int // how often the reader learnt of the end
}

const (
	arrive = iota
	deliver
	end
	read
	actors
)

func (m *model) can(actor int) bool {
	switch actor {
	case arrive:
		return m.came < 2 && !m.closed
	case deliver:
		return m.edge
	case end:
		return m.ends && !m.closed
	}
	return m.step > 0
}

func (m *model) do(actor int) {
	switch actor {
	case arrive:
		m.came++
		m.unread++
		m.edge = true
	case deliver:
		m.edge = false
		if ready := m.spot.happen(false); ready != nil {
			m.start()
		}
	case end:
		m.closed = true
		parked := m.spot.ready != nil
		if err := m.spot.Close(); err != nil {
			m.t.Error(err)
		}
		if parked {
			<-m.begin
			m.start()
		}
	case read:
		m.read()
	}
	if m.spot.holds > 0 && m.spot.lot.conns[m.fd] == nil {
		m.t.Error("the descriptor was closed under who holds it")
	}
}

func (m *model) start() {
	if m.step != 0 {
		m.t.Error("there are two readers")
	}
	m.step = 1
}

func (m *model) read() {
	switch m.step {
	case 1:
		var ok bool
		if m.seen, ok = m.spot.hold(); !ok {
			m.told++
			m.step = 0
			return
		}
	case 2:
		m.found = m.unread > 0
		m.unread = 0
	case 3:
		m.spot.release()
	case 4:
		if m.step = 0; !m.found && m.spot.park(m.seen, func() { m.begin <- struct{}{} }) {
			return
		}
	}
	m.step++
}

// next returns the first actor from one on that can do something, -1 for none.
func (m *model) next(from int) int {
	for actor := from; actor < actors; actor++ {
		if m.can(actor) {
			return actor
		}
	}
	return -1
}

// In whatever order a connection's events, reads and end come, nothing that arrived is left
// lying, the reader learns of the end once, and the descriptor is closed once, when nobody
// uses it.
func TestNoEventIsLost(t *testing.T) {
	t.Parallel()
	for _, ends := range []bool{false, true} {
		orders := 0
		for plan := []int{}; plan != nil && !t.Failed(); orders++ {
			plan = play(t, plan, ends)
		}
		if t.Logf("%d orders", orders); orders < 100 {
			t.Errorf("%d orders are too few", orders)
		}
	}
}

// play goes through the order that begins with plan, and returns the beginning of the next.
func play(t *testing.T, plan []int, ends bool) []int {
	fd, err := syscall.Open(os.DevNull, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	m := &model{t: t, fd: fd, begin: make(chan struct{}, 1), ends: ends, step: 1}
	lot := &Lot{conns: make([]*Conn, fd+1)}
	lot.conns[fd] = &Conn{}
	m.spot = &spot{lot: lot, fd: fd}
	var did, other []int
	for {
		from := 0
		if len(did) < len(plan) {
			from = plan[len(did)]
		}
		actor := m.next(from)
		if actor < 0 {
			break
		}
		did, other = append(did, actor), append(other, m.next(actor+1))
		m.do(actor)
	}
	left := lot.conns[fd] != nil
	switch {
	case ends && (m.told != 1 || left || m.spot.holds != 0):
		t.Errorf("%v: the reader learnt of the end %d times, the descriptor is open: %v, %d hold it", did, m.told, left, m.spot.holds)
	case !ends && (m.unread > 0 || m.spot.ready == nil):
		t.Errorf("%v: %d messages are unread, it is parked: %v", did, m.unread, m.spot.ready != nil)
	case !ends:
		_ = syscall.Close(fd)
	}
	for i := len(did) - 1; i >= 0; i-- {
		if other[i] >= 0 {
			return append(did[:i], other[i])
		}
	}
	return nil
}

// lots is a Config with a Lot.
func lots(t *testing.T) Config {
	t.Helper()
	cfg := limits
	cfg.Quick, cfg.Flusher, cfg.Lot = echo, NewFlusher(), NewLot()
	if cfg.Lot == nil {
		t.Fatal("there is no Lot")
	}
	t.Cleanup(cfg.Lot.Stop)
	t.Cleanup(cfg.Flusher.Stop)
	return cfg
}

// A connection in a Lot is one descriptor and no goroutine, until something else than a
// heartbeat comes, and again after it; in the end nothing is left of it.
func TestParkedIsOneDescriptor(t *testing.T) {
	cfg := lots(t)
	const conns = 100
	files, goroutines := openFiles(t), runtime.NumGoroutine()
	var all []*Conn
	var ended []<-chan error
	for range conns {
		c, client := line(t, cfg)
		ended = append(ended, serve(c, func(msg []byte) { c.Send(Text(msg)) }))
		all = append(all, c)
		for _, msg := range []string{"?a", "x", "?b"} {
			client.Write(join(masked(0x81, msg), masked(0x89, "ping")))
			if _, err := io.ReadFull(client, make([]byte, 2+len(msg)+6)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := openFiles(t) - files; n != 2*conns {
		t.Errorf("%d descriptors for both ends of %d connections", n, conns)
	}
	settles(t, "goroutines", func() int { return runtime.NumGoroutine() - goroutines })
	for i, c := range all {
		c.Abort()
		if err := <-ended[i]; err == nil {
			t.Error("it reads on")
		}
	}
	settles(t, "descriptors", func() int { return openFiles(t) - files - conns }) // the clients' own
}

// The Lot rests while much comes, and not after a silence or between a few messages.
func TestOften(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var o often
	for i, step := range []struct {
		after time.Duration
		n     int
		want  bool
	}{
		{0, 1, false}, {2 * lotPause, 5, false}, {lotPause, 20, false}, {lotPause, 20, true}, {lotPause, 20, true},
		{lotPause, 0, true}, {lotPause, 0, true}, {lotPause, 5, false}, {time.Hour, 200, false}, {lotPause, 0, false},
	} {
		now = now.Add(step.after)
		if got := o.busy(step.n, now); got != step.want {
			t.Errorf("step %d: %v", i, got)
		}
	}
}

// settles waits until there are none left.
func settles(t *testing.T, what string, left func() int) {
	t.Helper()
	for until := time.Now().Add(5 * time.Second); left() > 0; runtime.Gosched() {
		if time.Now().After(until) {
			t.Fatalf("%d %s are left", left(), what)
		}
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list) - 1 // but for the folder's own
}

// A client that ends its side together with its last words, and waits for what comes, is
// not left waiting.
func TestHalfClosedIsNoticed(t *testing.T) {
	t.Parallel()
	cfg := lots(t)
	for range 20 {
		c, client := line(t, cfg)
		client.Write(masked(0x81, "?"))
		client.CloseWrite()
		ended := serve(c, func([]byte) {})
		if all, err := io.ReadAll(client); err != nil || string(all) != "\x81\x01!" {
			t.Errorf("%q, %v", all, err)
		}
		<-ended
	}
}

// Many clients whose bytes come in pieces of any size are answered each in its order, while
// connections around them end from both sides.
func TestLotUnderLoad(t *testing.T) {
	t.Parallel()
	cfg := lots(t)
	cfg.MaxQueue = 1 << 20
	var work sync.WaitGroup
	for n := range 16 {
		work.Go(func() { converse(t, cfg, uint64(n)) })
		work.Go(func() {
			for i := range 100 {
				c, client := line(t, cfg)
				ended := serve(c, func(msg []byte) { c.Send(Text(msg)) })
				client.Write(join(masked(0x81, "?x"), masked(0x81, "y")))
				if i%2 == 0 {
					c.Abort()
				} else {
					client.Close()
				}
				<-ended
			}
		})
	}
	work.Wait()
}

// converse sends messages of every kind and checks their answers.
func converse(t *testing.T, cfg Config, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	c, client := line(t, cfg)
	ended := serve(c, func(msg []byte) { c.Send(Text(msg)) })
	var in, want bytes.Buffer
	for i := range 500 {
		quick := fmt.Sprintf("?%d", i)
		slow := fmt.Sprintf("%d%s", i, bytes.Repeat([]byte("."), rnd.IntN(150)))
		in.Write(join(masked(0x81, quick), masked(0x81, slow)))
		want.Write(join(Text([]byte("!"+quick[1:])), Text([]byte(slow))))
	}
	go func() {
		for in.Len() > 0 {
			client.Write(in.Next(1 + rnd.IntN(200)))
			if rnd.IntN(3) == 0 {
				runtime.Gosched()
			}
		}
	}()
	got := make([]byte, want.Len())
	if _, err := io.ReadFull(client, got); err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%v, %d bytes of %d are as they should be", err, len(got), want.Len())
	}
	client.Close()
	<-ended
}

// A Lot's end is that of its connections; who comes later waits for himself.
func TestLotStops(t *testing.T) {
	t.Parallel()
	cfg := lots(t)
	c, _ := line(t, cfg)
	ended := serve(c, func([]byte) {})
	cfg.Lot.Stop()
	<-ended
	late, client := line(t, cfg)
	if late.spot != nil {
		t.Error("it took another")
	}
	ended = serve(late, func([]byte) {})
	client.Close()
	<-ended
	cfg.Lot.Stop()
}

// What a connection in a Lot reads is what one outside does, however the bytes are cut.
func FuzzLot(f *testing.F) {
	lot := NewLot()
	f.Cleanup(lot.Stop)
	f.Add(join(masked(0x81, "?ab"), masked(0x81, "x"), masked(0x88, "")), byte(3))
	f.Add(join(masked(0x01, "a"), masked(0x89, "hi"), masked(0x80, "b")), byte(1))
	f.Add([]byte{0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 9, 1, 2, 3, 4}, byte(9))
	f.Fuzz(func(t *testing.T, in []byte, cut byte) {
		if len(in) > 2000 {
			return
		}
		var heard [2]string
		for i, lot := range []*Lot{nil, lot} {
			cfg := limits
			cfg.Quick, cfg.Flusher, cfg.Lot, cfg.MaxQueue = echo, NewFlusher(), lot, 1<<20
			c, client := line(t, cfg)
			ended := serve(c, func(msg []byte) { c.Send(Text(msg)) })
			go func() {
				for b := in; len(b) > 0; b = b[min(len(b), 1+int(cut)):] {
					client.Write(b[:min(len(b), 1+int(cut))])
				}
				client.CloseWrite()
			}()
			all, _ := io.ReadAll(client)
			heard[i] = string(all)
			<-ended
			cfg.Flusher.Stop()
		}
		if heard[0] != heard[1] {
			t.Errorf("%q of a connection alone, %q of one in a Lot", heard[0], heard[1])
		}
	})
}
