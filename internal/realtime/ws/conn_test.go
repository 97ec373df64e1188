package ws

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

var limits = Config{MaxMessage: 200, MaxQueue: 1000, Idle: 5 * time.Second, WriteTimeout: 5 * time.Second}

// masked is a client's frame.
func masked(first byte, payload string) []byte {
	b := []byte{first}
	if n := len(payload); n < 126 {
		b = append(b, 0x80|byte(n))
	} else {
		b = append(b, 0xfe, byte(n>>8), byte(n))
	}
	mask := [4]byte{9, 8, 7, 6}
	b = append(b, mask[:]...)
	for i := range len(payload) {
		b = append(b, payload[i]^mask[i&3])
	}
	return b
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// talk sends bytes to a Conn and returns the messages it read, its error, and what it
// wrote.
func talk(t *testing.T, in []byte) (msgs []string, out []byte, err error) {
	t.Helper()
	server, client := net.Pipe()
	c := newConn(server, in, limits) // all of it came with the handshake
	wrote := make(chan []byte)
	go func() {
		var b bytes.Buffer
		_, _ = io.Copy(&b, client)
		wrote <- b.Bytes()
	}()
	for {
		_, msg, rerr := c.Read()
		if rerr != nil {
			client.Close()
			return msgs, <-wrote, rerr
		}
		msgs = append(msgs, string(msg))
		if len(msgs) == 3 {
			c.Abort()
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	closed := func(code int, reason string) string { return string(encodeClose(code, reason)) }
	bye := masked(0x88, "\x03\xe8bye")
	tests := []struct {
		name string
		in   []byte
		want string // messages
		out  string
	}{
		{"text", join(masked(0x81, "ab"), bye), "ab", closed(1000, "")},
		{"long", join(masked(0x82, strings.Repeat("x", 130)), bye), strings.Repeat("x", 130), closed(1000, "")},
		{"fragments and a ping", join(masked(0x01, "a\xc3"), masked(0x89, "hi"), masked(0x80, "\xa4"), bye), "a\u00e4", "\x8a\x02hi" + closed(1000, "")},
		{"no code", masked(0x88, ""), "", closed(codeNone, "")},
		{"bad code", masked(0x88, "\x03\xed"), "", closed(1002, "bad close frame")},
		{"half a code", masked(0x88, "\x03"), "", closed(1002, "bad close frame")},
		{"not masked", []byte{0x81, 1, 'a'}, "", closed(1002, "a client's frame is not masked")},
		{"reserved", masked(0xc1, "a"), "", closed(1002, "reserved bits are set")},
		{"opcode", masked(0x83, "a"), "", closed(1002, "unknown opcode")},
		{"fragmented ping", masked(0x09, "a"), "", closed(1002, "bad control frame")},
		{"orphan", masked(0x80, "a"), "", closed(1002, "fragments out of order")},
		{"interrupted", join(masked(0x01, "a"), masked(0x81, "b")), "", closed(1002, "fragments out of order")},
		{"not UTF-8", masked(0x81, "\xff"), "", closed(1007, "text is not UTF-8")},
		{"too big", masked(0x82, strings.Repeat("x", 201)), "", closed(1009, "the message is too big")},
		{"too big in parts", join(masked(0x02, strings.Repeat("x", 125)), masked(0x80, strings.Repeat("x", 100))), "", closed(1009, "the message is too big")},
		{"length with sign", []byte{0x82, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}, "", closed(1002, "bad length")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			msgs, out, err := talk(t, tt.in)
			if got := strings.Join(msgs, "|"); got != tt.want || string(out) != tt.out || err == nil {
				t.Errorf("read %q (%v), wrote %q, want %q and %q", got, err, out, tt.want, tt.out)
			}
		})
	}
}

// each runs a test on connections that wait for themselves and, where there is one, on
// those of a Lot.
func each(t *testing.T, test func(t *testing.T, cfg Config)) {
	t.Parallel()
	for name, lot := range map[string]*Lot{"alone": nil, "lot": NewLot()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := limits
			cfg.Flusher, cfg.Lot = NewFlusher(), lot
			t.Cleanup(lot.Stop)
			t.Cleanup(cfg.Flusher.Stop)
			test(t, cfg)
		})
	}
}

// line returns both ends of a connection over TCP, as a server makes it.
func line(t testing.TB, cfg Config) (*Conn, *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c := newConn(server, nil, cfg)
	t.Cleanup(func() { client.Close(); c.Abort() })
	return c, client.(*net.TCPConn)
}

// serve handles a connection's messages in order, as a server does. The channel tells how
// it ended.
func serve(c *Conn, handle func(msg []byte)) <-chan error {
	ended := make(chan error, 1)
	var next func()
	next = func() {
		for {
			op, msg, err := c.Read()
			if err != nil {
				ended <- err
				return
			}
			if op != 0 {
				handle(msg)
			}
			if !c.Buffered() {
				c.Next(next)
				return
			}
		}
	}
	c.Next(next)
	return ended
}

// A client that takes nothing is told to come back, and nobody waits for it.
func TestSlowClientIsToldToReconnect(t *testing.T) { each(t, testSlowClient) }

func testSlowClient(t *testing.T, cfg Config) {
	f := cfg.Flusher
	cfg.MaxQueue = 64 << 10
	slow, client := line(t, cfg)
	quick, other := line(t, cfg)
	frame, ok := Text(bytes.Repeat([]byte("x"), 32<<10)), Text([]byte("ok"))
	for f.Counts().Slow == 0 {
		slow.Send(frame)
		runtime.Gosched()
	}
	quick.Send(ok)
	got := make([]byte, len(ok))
	if _, err := io.ReadFull(other, got); err != nil || !bytes.Equal(got, ok) {
		t.Errorf("the other client got %q, %v", got, err)
	}
	ended := serve(slow, func([]byte) {})
	all, _ := io.ReadAll(client)
	want := encodeClose(CodeTryAgain, "too slow, please reconnect")
	if !bytes.HasSuffix(all, want) || (len(all)-len(want))%len(frame) != 0 {
		t.Errorf("%d bytes end with %q, want whole frames and %q", len(all), all[max(0, len(all)-40):], want)
	}
	slow.Send(frame)
	slow.Close(CodeNormal, "")
	client.Close()
	<-ended
}

// What many goroutines send through one flusher arrives whole, each one's in its order.
func TestFlusherKeepsOrder(t *testing.T) { each(t, testOrder) }

func testOrder(t *testing.T, cfg Config) {
	f := cfg.Flusher
	cfg.MaxQueue = 64 << 20
	const conns, frames = 20, 2000
	var done sync.WaitGroup
	var all []*Conn
	for range conns {
		c, client := line(t, cfg)
		all = append(all, c)
		done.Go(func() {
			b := make([]byte, 10)
			for i := range frames {
				if _, err := io.ReadFull(client, b); err != nil || string(b[2:]) != fmt.Sprintf("%08d", i) {
					t.Errorf("frame %d is %q, %v", i, b, err)
					return
				}
			}
		})
	}
	for i := range frames {
		frame := Text(fmt.Appendf(nil, "%08d", i))
		for _, c := range all {
			c.Send(frame)
		}
		if i == frames/2 {
			done.Go(f.Stop) // connections go on by themselves
		}
	}
	done.Wait()
	if n := f.Counts(); n.Writes > n.Frames || n.Frames == 0 {
		t.Errorf("%+v", n)
	}
}

// A silent client's connection is ended from outside, once it has been silent for long.
func TestEndIdle(t *testing.T) { each(t, testEndIdle) }

func testEndIdle(t *testing.T, cfg Config) {
	cfg.Quick = echo
	c, client := line(t, cfg)
	ended := serve(c, func([]byte) {})
	for _, early := range []time.Duration{time.Second, -time.Second} {
		client.Write(masked(0x81, "?"))
		if _, err := io.ReadFull(client, make([]byte, 3)); err != nil {
			t.Fatal(err)
		}
		c.EndIdle(time.Now().Add(cfg.Idle - early))
	}
	if err := <-ended; err == nil {
		t.Error("it was not ended")
	}
}

// So is one that can't be looked at without waiting.
func TestIdleEnds(t *testing.T) {
	t.Parallel()
	server, client := net.Pipe()
	defer client.Close()
	c := newConn(server, nil, limits)
	ended := serve(c, func([]byte) {})
	c.EndIdle(time.Now().Add(limits.Idle + time.Second))
	if err := <-ended; err == nil {
		t.Error("it was not ended")
	}
}

// A connection may be ended while its client's messages are being answered.
func TestAbortAmongAnswers(t *testing.T) { each(t, testAbort) }

func testAbort(t *testing.T, cfg Config) {
	cfg.Quick = echo
	many := bytes.Repeat(masked(0x81, "?"), 50)
	for range 100 {
		c, client := line(t, cfg)
		ended := serve(c, func([]byte) {})
		go func() {
			for {
				if _, err := client.Write(many); err != nil {
					return
				}
			}
		}()
		go io.Copy(io.Discard, client)
		for c.wrote.Load() == 0 {
			runtime.Gosched()
		}
		c.Abort()
		if err := <-ended; err == nil {
			t.Error("it reads on")
		}
		client.Close()
	}
}

func TestEncode(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 125, 126, 65535, 65536} {
		f := Text(make([]byte, n))
		want := map[bool]int{n < 126: 2, n >= 126 && n < 65536: 4, n > 65535: 10}[true]
		if len(f)-n != want {
			t.Errorf("header of %d bytes: %d, want %d", n, len(f)-n, want)
		}
	}
	if f := encodeClose(1000, strings.Repeat("\u00e4", 100)); len(f) > 2+maxControl {
		t.Errorf("close frame of %d bytes", len(f))
	}
}

func FuzzRead(f *testing.F) {
	f.Add(join(masked(0x81, "ab"), masked(0x88, "")))
	f.Add(join(masked(0x01, "a"), masked(0x89, "hi"), masked(0x80, "b")))
	f.Add([]byte{0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 9, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, in []byte) {
		server, client := net.Pipe()
		client.Close()
		c := newConn(server, in, limits)
		for {
			op, msg, err := c.Read()
			if err != nil {
				return
			}
			if op != OpText && op != OpBinary || len(msg) > limits.MaxMessage {
				t.Fatalf("read %d %q", op, msg)
			}
		}
	})
}
