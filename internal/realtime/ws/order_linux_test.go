package ws

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const lost = 20 * time.Second // after which what did not come is lost

// yard is a Lot with a few places for connections, and what each of them has to do.
type yard struct {
	t      *testing.T
	cfg    Config
	places [3]*guest
	gone   []*guest
	n      int // messages so far
}

// guest is one connection as the model sees it.
type guest struct {
	t      *testing.T
	c      *Conn
	client *net.TCPConn
	ended  <-chan error
	want   []byte // what the client is to get, and has not read
	tail   []byte // of a frame that is half sent
	answer []byte // to it
	said   string // messages that were sent whole
	later  string // what the half one is

	busy  atomic.Bool
	mu    sync.Mutex
	heard string // messages that were handled
}

func (y *yard) open() *guest {
	g := &guest{t: y.t}
	g.c, g.client = line(y.t, y.cfg)
	_ = g.client.SetDeadline(time.Now().Add(lost))
	g.ended = serve(g.c, func(msg []byte) {
		if !g.busy.CompareAndSwap(false, true) {
			g.t.Error("there are two readers")
		}
		defer g.busy.Store(false)
		g.mu.Lock()
		g.heard += string(msg) + " "
		g.mu.Unlock()
		g.c.Send(Text(msg))
	})
	return g
}

// say sends a frame, after the rest of one that was begun.
func (g *guest) say(frame, answer []byte, msg string) {
	if g.tail != nil {
		_, _ = g.client.Write(g.tail)
		g.want, g.said, g.tail = append(g.want, g.answer...), g.said+g.later, nil
	}
	_, _ = g.client.Write(frame)
	g.want, g.said = append(g.want, answer...), g.said+msg
}

// begin sends the beginning of a message.
func (g *guest) begin(msg string) {
	g.say(nil, nil, "")
	frame := masked(0x81, msg)
	_, _ = g.client.Write(frame[:4])
	g.tail, g.answer, g.later = frame[4:], Text([]byte(msg)), msg+" "
}

// sync reads all that is to come.
func (g *guest) sync() {
	got := make([]byte, len(g.want))
	if n, err := io.ReadFull(g.client, got); err != nil || !bytes.Equal(got, g.want) {
		g.t.Fatalf("the client got %q of %q, %v", got[:n], g.want, err)
	}
	g.want = nil
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.heard != g.said {
		g.t.Fatalf("%q was handled of %q", g.heard, g.said)
	}
}

// leave waits until the reader knows of the end.
func (g *guest) leave() {
	select {
	case <-g.ended:
	case <-time.After(lost):
		g.t.Fatal("the reader does not learn of the end")
	}
}

// end waits for the end; whole says that all has to have been answered before.
func (g *guest) end(whole bool) {
	got, _ := io.ReadAll(g.client)
	g.leave()
	if g.client.Close(); whole && !bytes.Equal(got, g.want) || !bytes.HasPrefix(g.want, got) {
		g.t.Fatalf("the client got %q of %q", got, g.want)
	}
	if g.mu.Lock(); whole && g.heard != g.said || !strings.HasPrefix(g.said+g.later, g.heard) {
		g.t.Fatalf("%q was handled of %q", g.heard, g.said)
	}
	g.mu.Unlock()
}

// do does one thing with one of the places.
func (y *yard) do(what, at int) {
	y.n++
	g := y.places[at]
	if g == nil {
		y.places[at] = y.open()
		return
	}
	left := true
	switch name := fmt.Sprint(y.n); what {
	case 0:
		g.say(masked(0x81, "?"+name), Text([]byte("!"+name)), "")
	case 1:
		g.say(masked(0x81, name), Text([]byte(name)), name+" ")
	case 2:
		g.say(masked(0x89, name), encode(opPong, []byte(name)), "")
	case 3:
		g.begin(name)
	case 4:
		g.sync()
		g.c.Send(Text([]byte(name)))
		g.want = append(g.want, Text([]byte(name))...)
	case 5:
		g.sync()
	case 6: // as an event that comes late does
		if g.c.spot != nil {
			g.c.event(false)
		}
	default:
		left = !y.finish(what, g)
	}
	if !left {
		y.places[at], y.gone = nil, append(y.gone, g)
	}
}

// finish ends a connection from one of both sides.
func (y *yard) finish(how int, g *guest) (ended bool) {
	switch how {
	case 7:
		g.c.Abort()
		g.end(false)
	case 8:
		g.client.Close()
		g.leave()
	case 9:
		_ = g.client.CloseWrite()
		g.end(g.tail == nil) // in the middle of a frame it is a breach
	case 10:
		g.sync()
		g.c.Close(CodeRestart, "")
		g.want = encodeClose(CodeRestart, "")
		g.sync()
		_ = g.client.CloseWrite()
		g.end(true)
	case 11:
		y.cfg.Lot.mu.Lock()
		y.cfg.Lot.calmDown()
		y.cfg.Lot.mu.Unlock()
		return false
	}
	return true
}

// stop ends the Lot: its connections go, and those that come wait for themselves.
func (y *yard) stop() {
	y.cfg.Lot.Stop()
	for i, g := range y.places {
		if g != nil && g.c.spot != nil {
			g.end(false)
			y.places[i], y.gone = nil, append(y.gone, g)
		}
	}
}

// check says what must be true when all have gone.
func (y *yard) check() {
	for i, g := range y.places {
		if g != nil {
			g.sync()
			g.c.Abort()
			g.end(false)
			y.places[i], y.gone = nil, append(y.gone, g)
		}
	}
	y.cfg.Lot.Stop()
	y.cfg.Flusher.Stop() // it may have been writing to one of them
	for _, c := range y.cfg.Lot.conns {
		if c != nil {
			y.t.Error("a descriptor is open")
		}
	}
	if n := len(y.cfg.Lot.talking); n > 0 {
		y.t.Errorf("%d of those that are gone are talkers", n)
	}
	for _, g := range y.gone {
		if s := g.c.spot; s != nil && (s.holds != 0 || s.ready != nil || !s.closed) {
			y.t.Errorf("%d hold it, it is parked: %v, closed: %v", s.holds, s.ready != nil, s.closed)
		}
		if len(g.ended) > 0 {
			y.t.Error("it ended twice")
		}
	}
}

// In whatever order connections in a Lot come, are spoken to, speak, wake, park, become
// talkers and calm, and end from either side or with the Lot, each message is handled and
// answered once and in order, by one reader at a time, and nothing of them is left.
func FuzzLotOrder(f *testing.F) {
	const finishes, stops = 12, 255
	f.Add([]byte{0, 0, 1, 0, 3, 11, 11, 0, 9})
	f.Add([]byte{0, 12, 24, 1, 13, 25, 6, 18, 7, 8 + 12, 9 + 24, stops, 0, 1, 5})
	f.Add([]byte{0, 1, 11, 1, 11, 11, 6, 6, 3, 2, 4, 10, 0, 1, 7, 0, 3, 9, 0, 3, 8})
	f.Fuzz(func(t *testing.T, plan []byte) {
		if len(plan) > 100 {
			return
		}
		cfg := limits
		cfg.Quick, cfg.Flusher, cfg.Lot, cfg.MaxQueue = echo, NewFlusher(), NewLot(), 1<<20
		cfg.Lot.most = 2
		y := &yard{t: t, cfg: cfg}
		for _, b := range plan {
			if b == stops {
				y.stop()
				continue
			}
			y.do(int(b)%finishes, int(b)/finishes%len(y.places))
		}
		y.check()
	})
}
