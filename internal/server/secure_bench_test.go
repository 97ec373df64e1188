package server

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/cert"
	"github.com/plinth-dev/plinth/internal/wire/http1"
)

// BenchmarkSecure is what TLS and HTTP/2 add to a request over a connection that stays, and
// what a handshake costs; the handler does nothing. cpu-µs is the time of the process, the
// client's half included. "Go" is with Go's client, which alone speaks HTTP/2.
func BenchmarkSecure(b *testing.B) {
	nothing := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"status":"ok"}`) })
	crt, key, err := cert.Sign([]string{"127.0.0.1"})
	if err != nil {
		b.Fatal(err)
	}
	pair, err := tls.X509KeyPair(crt, key)
	if err != nil {
		b.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(crt)
	trusting := &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}
	shown := cert.Config(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &pair, nil }, tls.VersionTLS12)
	plain, safe := benchServer(b, nothing, nil), benchServer(b, nothing, shown)
	token := strings.Repeat("t", 600) // as long as a real one
	text := []byte("GET /rest/v1/rooms?id=eq.1 HTTP/1.1\r\nHost: x\r\nApikey: " + localKeys().Publishable + "\r\nAuthorization: Bearer " + token + "\r\nAccept-Encoding: gzip, deflate\r\n\r\n")
	over := func(conn net.Conn, err error) func(*testing.B) {
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { conn.Close() })
		in := bufio.NewReaderSize(conn, 64<<10)
		return func(b *testing.B) {
			if _, err := conn.Write(text); err != nil {
				b.Fatal(err)
			}
			if err := discard(in); err != nil {
				b.Fatal(err)
			}
		}
	}
	run := func(name string, once func(*testing.B)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			before := cpuTime(b)
			for b.Loop() {
				once(b)
			}
			b.ReportMetric(float64((cpuTime(b)-before).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
		})
	}
	run("off", over(net.Dial("tcp", plain)))
	run("TLS", over(tls.Dial("tcp", safe, trusting)))
	web := &http.Client{Transport: &http.Transport{TLSClientConfig: trusting.Clone(), ForceAttemptHTTP2: true}, Timeout: time.Minute}
	ask := func(url string) func(*testing.B) {
		return func(b *testing.B) {
			req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url+"/rest/v1/rooms?id=eq.1", nil)
			if err != nil {
				b.Fatal(err)
			}
			req.Header.Set("Apikey", localKeys().Publishable)
			req.Header.Set("Authorization", "Bearer "+token)
			res, err := web.Do(req)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
	}
	run("Go", ask("http://"+plain))
	run("Go HTTP2", ask("https://"+safe))
	run("handshake", func(b *testing.B) {
		conn, err := tls.Dial("tcp", safe, trusting)
		if err != nil {
			b.Fatal(err)
		}
		conn.Close()
	})
}

// benchServer serves h on a port of its own.
func benchServer(b *testing.B, h http.Handler, conf *tls.Config) string {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv := http1.New(&http.Server{Handler: h, TLSConfig: conf})
	go srv.Serve(ln)
	b.Cleanup(func() { srv.Close() })
	return ln.Addr().String()
}
