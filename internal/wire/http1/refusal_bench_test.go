package http1

import (
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkTurnAway is what a refusal at the gate costs where many wait: each of 200
// connections has sent its request before the first is answered. cpu-µs is the process'
// time, the clients' writing and reading included, which the second line has alone: it is
// the same with a server that reads and writes and does nothing else.
func BenchmarkTurnAway(b *testing.B) {
	answer := []byte("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 300\r\n\r\n" + strings.Repeat("x", 300))
	text := "GET /rest/v1/rooms?id=eq.1 HTTP/1.1\r\nHost: x\r\nApikey: " + strings.Repeat("k", 46) + "\r\nAuthorization: Bearer " + strings.Repeat("t", 600) + "\r\nAccept-Encoding: gzip, deflate\r\nUser-Agent: app\r\nX-Client-Info: supabase-js/2\r\n\r\n"
	b.Run("gate", func(b *testing.B) {
		s := New(&http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute})
		s.Stall = time.Minute
		s.Gate = func(a Arrival) []byte { a.Waited(); return answer }
		many(b, s.Serve, text, len(answer))
	})
	b.Run("least", func(b *testing.B) { many(b, echo(len(text), answer), text, len(answer)) })
}

// echo answers whatever comes.
func echo(size int, answer []byte) func(net.Listener) error {
	return func(ln net.Listener) error {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return err
			}
			go func() {
				for in := make([]byte, size); ; {
					if _, err := io.ReadFull(nc, in); err != nil {
						nc.Close()
						return
					}
					if _, err := nc.Write(answer); err != nil {
						nc.Close()
						return
					}
				}
			}()
		}
	}
}

func many(b *testing.B, serve func(net.Listener) error, text string, size int) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serve(ln) }()
	var conns []net.Conn
	for range 200 {
		nc, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		conns = append(conns, nc)
	}
	out, in := []byte(text), make([]byte, size)
	round := func() {
		for _, nc := range conns {
			if _, err := nc.Write(out); err != nil {
				b.Fatal(err)
			}
		}
		for _, nc := range conns {
			if _, err := io.ReadFull(nc, in); err != nil {
				b.Fatal(err)
			}
		}
	}
	round()
	b.ReportAllocs()
	before := spent(b)
	for n := 0; n < b.N; n += len(conns) {
		if n == 0 {
			b.ResetTimer()
		}
		round()
	}
	rounds := (b.N + len(conns) - 1) / len(conns)
	b.ReportMetric(float64((spent(b)-before).Nanoseconds())/1000/float64(rounds*len(conns)), "cpu-µs/op")
	for _, nc := range conns {
		nc.Close()
	}
	ln.Close()
	<-ended
}

func spent(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
