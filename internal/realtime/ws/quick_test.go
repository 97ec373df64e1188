package ws

import (
	"bytes"
	"io"
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

// A quick answer comes in its place among what else is sent, long or short; what has
// none is read.
func TestQuick(t *testing.T) { each(t, testQuick) }

func testQuick(t *testing.T, cfg Config) {
	cfg.Quick, cfg.MaxQueue = echo, 1<<20
	c, client := line(t, cfg)
	const rounds = 200
	var in, want bytes.Buffer
	for range rounds {
		in.Write(join(masked(0x81, "?"), masked(0x81, "?a"), masked(0x81, "x"), masked(0x01, "?"), masked(0x80, "b")))
		want.Write(join(Text([]byte("!")), Text([]byte("!a")), Text([]byte("got x")), Text([]byte("got ?b"))))
	}
	go client.Write(in.Bytes())
	ended := serve(c, func(msg []byte) { c.Send(Text(append([]byte("got "), msg...))) })
	got := make([]byte, want.Len())
	if _, err := io.ReadFull(client, got); err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Fatalf("%v\n%q\n%q", err, got, want.Bytes())
	}
	if n := c.Taken(); n > uint64(want.Len()) {
		t.Errorf("%d bytes were taken of %d", n, want.Len())
	}
	c.Abort()
	<-ended
}

// A short text that is no UTF-8 ends the connection, with Quick too.
func TestQuickChecksText(t *testing.T) {
	t.Parallel()
	cfg := limits
	cfg.Quick = echo
	c, client := line(t, cfg)
	client.Write(masked(0x81, "\xff"))
	client.CloseWrite()
	if _, _, err := c.Read(); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("%v", err)
	}
}

// A failure in Quick is one where the message is read, and of that connection alone.
func TestQuickFails(t *testing.T) { each(t, testQuickFails) }

func testQuickFails(t *testing.T, cfg Config) {
	cfg.Quick = func(dst, msg []byte) []byte {
		if string(msg) == "?fail" {
			panic("a failure")
		}
		return echo(dst, msg)
	}
	c, client := line(t, cfg)
	other, bystander := line(t, cfg)
	serve(other, func([]byte) {})
	failed := make(chan any)
	c.Next(func() {
		defer func() { failed <- recover() }()
		_, _, _ = c.Read()
	})
	client.Write(join(masked(0x81, "?a"), masked(0x81, "?fail")))
	if p := <-failed; p != "a failure" {
		t.Errorf("Read failed with %v", p)
	}
	bystander.Write(masked(0x81, "?b"))
	if _, err := io.ReadFull(bystander, make([]byte, 4)); err != nil {
		t.Error(err)
	}
}

// BenchmarkHeartbeat is one message and its answer over TCP, both ends counted.
func BenchmarkHeartbeat(b *testing.B) {
	lot := NewLot()
	defer lot.Stop()
	for name, cfg := range map[string]Config{"lot": {Quick: echo, Lot: lot}, "quick": {Quick: echo}, "read": {}} {
		b.Run(name, func(b *testing.B) {
			cfg.MaxMessage, cfg.MaxQueue, cfg.WriteTimeout = limits.MaxMessage, limits.MaxQueue, limits.WriteTimeout
			cfg.Flusher = NewFlusher()
			defer cfg.Flusher.Stop()
			c, client := line(b, cfg)
			ended := serve(c, func(msg []byte) { c.Send(Text(echo(nil, msg))) })
			in, out := masked(0x81, "?heartbeat"), make([]byte, 12)
			b.ReportAllocs()
			for b.Loop() {
				client.Write(in)
				if _, err := io.ReadFull(client, out); err != nil {
					b.Fatal(err)
				}
			}
			c.Abort()
			<-ended
		})
	}
}
