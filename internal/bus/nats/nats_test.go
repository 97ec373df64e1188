//go:build !nobus

package nats

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	ns "github.com/nats-io/nats-server/v2/server"

	"github.com/plinth-dev/plinth/internal/bus"
	"github.com/plinth-dev/plinth/internal/bus/bustest"
)

var quiet = slog.New(slog.DiscardHandler)

// network is a Net of links that can be cut off.
type network struct {
	open  func(t *testing.T, node string) bus.Link
	mu    sync.Mutex
	links map[string]*cuttable
}

func (n *network) Link(t *testing.T, node string) bus.Link {
	c := &cuttable{Link: n.open(t, node), dropped: make(chan struct{}, 1)}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.links[node] = c
	return c
}

func (n *network) Cut(node string, cut bool) {
	n.mu.Lock()
	c := n.links[node]
	n.mu.Unlock()
	if !cut { // what was on its way is gone
		for still := true; still; {
			select {
			case <-c.dropped:
			case <-time.After(50 * time.Millisecond):
				still = false
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = cut
}

type cuttable struct {
	bus.Link
	mu      sync.Mutex
	cut     bool
	dropped chan struct{}
}

func (c *cuttable) isCut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cut
}

func (c *cuttable) Send(subject string, data []byte) error {
	if c.isCut() {
		return nil
	}
	return c.Link.Send(subject, data)
}

func (c *cuttable) Next(stop <-chan struct{}, tick <-chan time.Time) (bus.Frame, bool) {
	f, ok := c.Link.Next(stop, tick)
	if ok && c.isCut() {
		select {
		case c.dropped <- struct{}{}:
		default:
		}
		return f, false
	}
	return f, ok
}

// Every node has a server of its own; they find each other by addresses.
func TestEmbedded(t *testing.T) {
	t.Parallel()
	bustest.Run(t, func(*testing.T) bustest.Net {
		var mu sync.Mutex
		var nodes []*Embedded
		return &network{links: map[string]*cuttable{}, open: func(t *testing.T, node string) bus.Link {
			mu.Lock()
			defer mu.Unlock()
			e := embed(t, node, "0123456789abcdef", "")
			var addrs []string
			for _, o := range nodes {
				addrs = append(addrs, o.Addr())
			}
			if err := e.SetPeers(addrs); err != nil {
				t.Fatal(err)
			}
			nodes = append(nodes, e)
			for _, o := range nodes {
				routes(t, o, len(nodes)-1)
			}
			return e
		}}
	})
}

// All nodes use a server that is there.
func TestByURL(t *testing.T) {
	t.Parallel()
	bustest.Run(t, func(t *testing.T) bustest.Net {
		url := server(t)
		return &network{links: map[string]*cuttable{}, open: func(t *testing.T, _ string) bus.Link {
			l, err := Dial(url, "test", quiet)
			if err != nil {
				t.Fatal(err)
			}
			return l
		}}
	})
}

func server(t *testing.T) string {
	t.Helper()
	s, err := ns.NewServer(&ns.Options{Host: "127.0.0.1", Port: ns.RANDOM_PORT, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(startWait) {
		t.Fatal("NATS does not start")
	}
	return s.ClientURL()
}

func embed(t *testing.T, node, secret, advertise string) *Embedded {
	t.Helper()
	e, err := Embed(Config{Node: node, Secret: []byte(secret), Listen: "127.0.0.1:0", Advertise: advertise, Prefix: "test", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// routes waits for a number of routes.
func routes(t *testing.T, e *Embedded, want int) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); e.Routes() != want; <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("%s has %d routes, want %d", e.Addr(), e.Routes(), want)
		}
	}
}

// Who does not have the secret gets no route, whether it dials or is dialled.
func TestSecret(t *testing.T) {
	t.Parallel()
	a, b := embed(t, "a", "0123456789abcdef", ""), embed(t, "b", "0123456789abcdeg", "")
	c := embed(t, "c", "0123456789abcdef", "")
	for _, e := range []*Embedded{a, b, c} {
		t.Cleanup(func() { _ = e.Close() })
	}
	if err := errors.Join(b.SetPeers([]string{a.Addr(), c.Addr()}), a.SetPeers([]string{b.Addr()}), c.SetPeers([]string{a.Addr(), b.Addr()})); err != nil {
		t.Fatal(err)
	}
	routes(t, a, 1)
	routes(t, c, 1)
	if n := b.Routes(); n != 0 {
		t.Errorf("b has %d routes", n)
	}
	conn, err := net.Dial("tcp", a.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = conn.Write([]byte("CONNECT {}\r\nPUB test.ctl 1\r\nx\r\n"))
	for { // its greeting, and the end
		if _, err := conn.Read(make([]byte, 4096)); err != nil {
			break
		}
	}
	if err := a.SetPeers(nil); err != nil { // a lets go, c tries on
		t.Fatal(err)
	}
	routes(t, a, 1)
	if _, err := Embed(Config{Node: "d", Secret: []byte("short"), Listen: "127.0.0.1:0", Log: quiet}); err == nil {
		t.Error("a short secret was taken")
	}
}

// A route that is cut, its connections broken, is made again, and what was said
// meanwhile arrives.
func TestRouteComesBack(t *testing.T) {
	t.Parallel()
	a, b := embed(t, "a", "0123456789abcdef", ""), embed(t, "b", "0123456789abcdef", "")
	p := newProxy(t, a.Addr())
	if err := b.SetPeers([]string{p.addr()}); err != nil {
		t.Fatal(err)
	}
	routes(t, a, 1)
	from, to := attach(t, "a", a), attach(t, "b", b)
	got := make(chan bus.Message, 100)
	if _, err := to.Subscribe("s", func(m bus.Message) { got <- m }); err != nil {
		t.Fatal(err)
	}
	await := func(want string) {
		t.Helper()
		for end := time.After(20 * time.Second); ; {
			select {
			case m := <-got:
				if string(m.Data) == want {
					return
				}
				if want != "1" {
					t.Fatalf("got %q, want %q", m.Data, want)
				}
			case <-time.After(20 * time.Millisecond):
				if want == "1" {
					_ = from.Publish("s", []byte("1"))
				}
			case <-end:
				t.Fatalf("%q did not come", want)
			}
		}
	}
	await("1")
	p.cut(true)
	routes(t, a, 0)
	_ = from.Publish("s", []byte("2"))
	_ = from.Publish("s", []byte("3"))
	p.cut(false)
	for { // late ones of the first kind
		if m := <-got; string(m.Data) != "1" {
			if string(m.Data) != "2" {
				t.Fatalf("got %q", m.Data)
			}
			break
		}
	}
	await("3")
}

func attach(t *testing.T, node string, l bus.Link) *bus.Bus {
	t.Helper()
	b, err := bus.New(bus.Config{Node: node, Link: l, Log: quiet, Beat: 100 * time.Millisecond, Dead: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// proxy stands before an address, and can break all connections.
type proxy struct {
	ln  net.Listener
	mu  sync.Mutex
	off bool
	all []net.Conn
}

func newProxy(t *testing.T, to string) *proxy {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{ln: ln}
	t.Cleanup(func() { _ = ln.Close(); p.cut(true) })
	go func() {
		for {
			in, err := ln.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil || !p.add(in, out) {
				_ = in.Close()
				if err == nil {
					_ = out.Close()
				}
				continue
			}
			go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
		}
	}()
	return p
}

func (p *proxy) addr() string { return p.ln.Addr().String() }

func (p *proxy) add(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, conns...)
	return !p.off
}

func (p *proxy) cut(off bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.off = off; off {
		for _, c := range p.all {
			_ = c.Close()
		}
		p.all = nil
	}
}

// What a message costs from one node to another.
func BenchmarkAcross(b *testing.B) {
	for name, size := range map[string]int{"200": 200, "4k": 4 << 10} {
		b.Run(name, func(b *testing.B) {
			t := &testing.T{}
			x, y := embed(t, "x", "0123456789abcdef", ""), embed(t, "y", "0123456789abcdef", "")
			if err := y.SetPeers([]string{x.Addr()}); err != nil {
				b.Fatal(err)
			}
			routes(t, x, 1)
			from, err1 := bus.New(bus.Config{Node: "x", Link: x, Log: quiet})
			to, err2 := bus.New(bus.Config{Node: "y", Link: y, Log: quiet})
			if err := errors.Join(err1, err2); err != nil {
				b.Fatal(err)
			}
			defer from.Close()
			defer to.Close()
			got := make(chan struct{}, 1<<16)
			if _, err := to.Subscribe("s", func(bus.Message) { got <- struct{}{} }); err != nil {
				b.Fatal(err)
			}
			body := make([]byte, size)
			for met := false; !met; {
				_ = from.Publish("s", body)
				select {
				case <-got:
					met = true
				case <-time.After(50 * time.Millisecond):
				}
			}
			b.ReportAllocs()
			b.ResetTimer()
			flight := 0
			for range b.N {
				_ = from.Publish("s", body)
				for flight++; flight > 1000; flight-- {
					<-got
				}
			}
			for ; flight > 0; flight-- {
				<-got
			}
			b.StopTimer()
			b.ReportMetric(float64(to.Stats().Holes), "holes")
		})
	}
}
