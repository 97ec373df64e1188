package server

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/wire/http1"
)

// BenchmarkHTTP is the whole way of a request with the socket, over one connection that
// stays. cpu-µs is the time of the process, the small client's part included; bare is a
// server of net/http alone, and what the client costs.
func BenchmarkHTTP(b *testing.B) {
	f := newFixture(b)
	bare := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"status":"ok"}`) })
	for _, c := range []struct {
		name, path string
		handler    http.Handler
	}{
		{"bare", "/", bare},
		{"health", "/healthz", f.handler},
		{"row", f.row, f.handler},
		{"fifty", f.fifty, f.handler},
	} {
		b.Run(c.name, func(b *testing.B) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			srv := http1.New(&http.Server{Handler: c.handler})
			go srv.Serve(ln)
			defer srv.Close()
			conn, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			text := []byte(fmt.Sprintf("GET %s HTTP/1.1\r\nHost: x\r\nApikey: %s\r\nAuthorization: Bearer %s\r\nX-Client-Info: supabase-js/2.119.1\r\nAccept: */*\r\nUser-Agent: node\r\nAccept-Language: *\r\nSec-Fetch-Mode: cors\r\nAccept-Encoding: gzip, deflate\r\n\r\n",
				c.path, localKeys().Publishable, f.token))
			in := bufio.NewReaderSize(conn, 64<<10)
			b.ReportAllocs()
			before := cpuTime(b)
			for b.Loop() {
				if _, err := conn.Write(text); err != nil {
					b.Fatal(err)
				}
				if err := discard(in); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
		})
	}
}

// discard reads an answer with a Content-Length.
func discard(in *bufio.Reader) error {
	n := 0
	for first := true; ; first = false {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first && string(line[9:12]) != "200" {
			return fmt.Errorf("answer %s", line)
		}
		if len(line) == 2 {
			break
		}
		if len(line) > 16 && string(line[:16]) == "Content-Length: " {
			for _, c := range line[16 : len(line)-2] {
				n = n*10 + int(c-'0')
			}
		}
	}
	_, err := in.Discard(n)
	return err
}

// cpuTime is what the process has used.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
