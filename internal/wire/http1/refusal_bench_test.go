package http1

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

const phones = 1000

var (
	asked  = "GET /rest/v1/rooms?id=eq.1 HTTP/1.1\r\nHost: x\r\nApikey: " + strings.Repeat("k", 46) + "\r\nAuthorization: Bearer " + strings.Repeat("t", 600) + "\r\nAccept-Encoding: gzip, deflate\r\nUser-Agent: app\r\nX-Client-Info: supabase-js/2\r\n\r\n"
	answer = []byte("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 300\r\n\r\n" + strings.Repeat("x", 300))
)

// TestMain is the phones', where a benchmark has started this program as such.
func TestMain(m *testing.M) {
	if addr := os.Getenv("PHONES_OF"); addr != "" {
		if err := ring(addr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// ring sends one request from each phone for every line that comes in, all before the
// first answer is read.
func ring(addr string) error {
	var conns []net.Conn
	for range phones {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			return err
		}
		conns = append(conns, nc)
	}
	out, in := []byte(asked), bufio.NewReader(nil)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		for _, nc := range conns {
			if _, err := nc.Write(out); err != nil {
				return err
			}
		}
		for _, nc := range conns {
			in.Reset(nc)
			res, err := http.ReadResponse(in, nil)
			if err != nil {
				return err
			}
			if _, err := io.Copy(io.Discard, res.Body); err != nil {
				return err
			}
		}
		fmt.Println()
	}
	return nil
}

// BenchmarkTurnAway is what a refusal at the gate costs where many wait: 1,000 phones in a
// process of their own have asked before they read an answer. cpu-µs is the time of the
// server's process. The second line is a server that reads and writes and does nothing
// else; of the third line, one request in ten is let in, and has work to do.
func BenchmarkTurnAway(b *testing.B) {
	gate := func(let func(int) bool) func(net.Listener) error {
		s := New(&http.Server{Handler: http.HandlerFunc(work), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute})
		s.Stall = time.Minute
		n := 0 // no two ask at once: there is one processor
		s.Gate = func(a Arrival) []byte {
			if n++; n%16 == 0 {
				a.Waited()
			}
			if let(n) {
				return nil
			}
			return answer
		}
		return s.Serve
	}
	b.Run("gate", func(b *testing.B) { many(b, gate(func(int) bool { return false })) })
	b.Run("least", func(b *testing.B) { many(b, echo(len(asked), answer)) })
	b.Run("one in ten let in", func(b *testing.B) { many(b, gate(func(n int) bool { return n%10 == 0 })) })
}

var memory [4 << 20]byte

// work takes a stack, and what the processor remembers, as a read of some rows does.
func work(w http.ResponseWriter, _ *http.Request) {
	if deep(20) == 0 {
		w.Write(answer)
	}
}

//go:noinline
func deep(n int) (sum byte) {
	var frame [512]byte
	if n > 0 {
		sum += deep(n - 1)
	}
	for i := n * 64; i < len(memory); i += 20 * 64 {
		sum += memory[i]
	}
	return sum + frame[sum]
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

func many(b *testing.B, serve func(net.Listener) error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serve(ln) }()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "PHONES_OF="+ln.Addr().String())
	child.Stderr = os.Stderr
	to, err := child.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	from, err := child.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := child.Start(); err != nil {
		b.Fatal(err)
	}
	round := func() {
		if _, err := to.Write([]byte("\n")); err != nil {
			b.Fatal(err)
		}
		if _, err := from.Read(make([]byte, 1)); err != nil {
			b.Fatal(err)
		}
	}
	round()
	round()
	b.ReportAllocs()
	before := spent(b)
	for n := 0; n < b.N; n += phones {
		if n == 0 {
			b.ResetTimer()
		}
		round()
	}
	rounds := (b.N + phones - 1) / phones
	b.ReportMetric(float64((spent(b)-before).Nanoseconds())/1000/float64(rounds*phones), "cpu-µs/op")
	to.Close()
	if err := child.Wait(); err != nil {
		b.Error(err)
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
