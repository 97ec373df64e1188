package ws

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
)

// echo answers messages that begin with "?".
func echo(dst, msg []byte) []byte {
	if !bytes.HasPrefix(msg, []byte("?")) {
		return nil
	}
	return append(append(dst, "!"...), msg[1:]...)
}

// line returns both ends of a connection over TCP.
func line(t testing.TB, cfg Config) (*Conn, net.Conn) {
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
	t.Cleanup(func() { client.Close(); server.Close() })
	return newConn(server, nil, cfg), client
}

// A quick answer comes in its place among what else is sent, long or short; what has
// none is read.
func TestQuick(t *testing.T) {
	t.Parallel()
	cfg := limits
	cfg.Quick, cfg.MaxQueue, cfg.Flusher = echo, 1<<20, NewFlusher()
	defer cfg.Flusher.Stop()
	c, client := line(t, cfg)
	const rounds = 200
	var in, want bytes.Buffer
	for range rounds {
		in.Write(join(masked(0x81, "?"), masked(0x81, "?a"), masked(0x81, "x"), masked(0x01, "?"), masked(0x80, "b")))
		want.Write(join(Text([]byte("!")), Text([]byte("!a")), Text([]byte("got x")), Text([]byte("got ?b"))))
	}
	go client.Write(in.Bytes())
	go func() {
		for range 2 * rounds {
			_, msg, err := c.Read()
			if err != nil {
				t.Error(err)
				break
			}
			c.Send(Text(append([]byte("got "), msg...)))
		}
		_, _, err := c.Read()
		if err == nil {
			t.Error("something is left")
		}
	}()
	got := make([]byte, want.Len())
	if _, err := io.ReadFull(client, got); err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Fatalf("%v\n%q\n%q", err, got, want.Bytes())
	}
	if n := c.Taken(); n > uint64(want.Len()) {
		t.Errorf("%d bytes were taken of %d", n, want.Len())
	}
	c.Abort()
}

// A short text that is no UTF-8 ends the connection, with Quick too.
func TestQuickChecksText(t *testing.T) {
	t.Parallel()
	cfg := limits
	cfg.Quick = echo
	c, client := line(t, cfg)
	client.Write(masked(0x81, "\xff"))
	client.(*net.TCPConn).CloseWrite()
	if _, _, err := c.Read(); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("%v", err)
	}
}

// BenchmarkHeartbeat is one message and its answer over TCP, both ends counted.
func BenchmarkHeartbeat(b *testing.B) {
	for name, quick := range map[string]func(dst, msg []byte) []byte{"quick": echo, "read": nil} {
		b.Run(name, func(b *testing.B) {
			cfg := limits
			cfg.Quick, cfg.Flusher = quick, NewFlusher()
			defer cfg.Flusher.Stop()
			c, client := line(b, cfg)
			go func() {
				for {
					_, msg, err := c.Read()
					if err != nil {
						return
					}
					c.Send(Text(echo(nil, msg)))
				}
			}()
			in, out := masked(0x81, "?heartbeat"), make([]byte, 12)
			b.ReportAllocs()
			for b.Loop() {
				client.Write(in)
				if _, err := io.ReadFull(client, out); err != nil {
					b.Fatal(err)
				}
			}
			c.Abort()
		})
	}
}
