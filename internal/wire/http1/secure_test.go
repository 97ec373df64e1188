package http1

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/plinth-dev/plinth/internal/cert"
)

// safe makes what a TLS server shows and what its clients trust.
func safe(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	c, k, err := cert.Sign([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(c, k)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(c)
	get := func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &pair, nil }
	return cert.Config(get, tls.VersionTLS12), &tls.Config{RootCAs: pool}
}

// browser is an HTTP client that speaks TLS, and HTTP/2 where it may.
func browser(t *testing.T, conf *tls.Config, h2 bool) *http.Client {
	t.Helper()
	tr := &http.Transport{TLSClientConfig: conf, ForceAttemptHTTP2: h2}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 60 * time.Second}
}

func TestSecureAnswers(t *testing.T) {
	t.Parallel()
	server, trusted := safe(t)
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %d %v %v", r.Proto, r.URL.Path, len(b), r.TLS != nil && r.TLS.HandshakeComplete, err)
	})
	mux.HandleFunc("/stream", func(w http.ResponseWriter, _ *http.Request) {
		for _, s := range []string{"a", strings.Repeat("b", 40_000)} {
			io.WriteString(w, s)
			w.(http.Flusher).Flush()
		}
	})
	addr := serve(t, &http.Server{Handler: mux, TLSConfig: server}, true)
	for _, h2 := range []bool{false, true} {
		web, proto := browser(t, trusted.Clone(), h2), "HTTP/1.1"
		if h2 {
			proto = "HTTP/2.0"
		}
		post := func(path string, body io.Reader) string {
			t.Helper()
			res, err := web.Post("https://"+addr+path, "a/b", body)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			text, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		for range 2 { // plain, then one that is net/http's on the same connection
			if got, want := post("/x", strings.NewReader("four")), proto+" /x 4 true <nil>"; got != want {
				t.Errorf("%s, want %s", got, want)
			}
			if got, want := post("/chunks", io.MultiReader(strings.NewReader("four"), strings.NewReader("more"))), proto+" /chunks 8 true <nil>"; got != want {
				t.Errorf("%s, want %s", got, want)
			}
			if got := post("/stream", nil); got != "a"+strings.Repeat("b", 40_000) {
				t.Errorf("a stream of %d bytes", len(got))
			}
		}
	}
}

func TestSlowHandshakeEnds(t *testing.T) {
	t.Parallel()
	server, trusted := safe(t)
	std := &http.Server{Handler: http.NotFoundHandler(), TLSConfig: server, ReadHeaderTimeout: 200 * time.Millisecond}
	addr := serve(t, std, true)
	for name, first := range map[string]string{"silent": "", "begun": "\x16\x03\x01\x02\x00\x01", "HTTP": "GET / HTTP/1.1\r\nHost: x\r\n\r\n"} {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		io.WriteString(nc, first)
		nc.SetReadDeadline(time.Now().Add(60 * time.Second))
		said, err := io.ReadAll(nc)
		if err != nil && isTimeout(err) {
			t.Errorf("%s: the connection stays", name)
		}
		if name == "HTTP" && !strings.Contains(string(said), "400 Bad Request") {
			t.Errorf("%s: %q", name, said)
		}
	}
	// After the handshake the head's time counts, as without TLS.
	nc, err := tls.Dial("tcp", addr, trusted)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	io.WriteString(nc, "GET / HTT")
	nc.SetReadDeadline(time.Now().Add(60 * time.Second))
	if _, err := io.ReadAll(nc); err != nil && isTimeout(err) {
		t.Error("half a head over TLS: the connection stays")
	}
}

func TestClientGoneOverTLS(t *testing.T) {
	t.Parallel()
	server, trusted := safe(t)
	at, left := make(chan struct{}), make(chan struct{})
	addr := serve(t, &http.Server{TLSConfig: server, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(at)
		<-r.Context().Done()
		close(left)
	})}, true)
	nc, err := tls.Dial("tcp", addr, trusted)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(nc, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-at
	nc.Close() // which says goodbye in TLS first
	select {
	case <-left:
	case <-time.After(60 * time.Second):
		t.Error("the request runs on without its client")
	}
}

func TestSecondProtocolDrains(t *testing.T) {
	t.Parallel()
	server, trusted := safe(t)
	at, let := make(chan struct{}), make(chan struct{})
	s := New(&http.Server{TLSConfig: server, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(at)
		<-let
		io.WriteString(w, "done")
	})})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ln) }()
	web := browser(t, trusted, true)
	got := make(chan string, 1)
	go func() {
		res, err := web.Get("https://" + ln.Addr().String())
		if err != nil {
			got <- err.Error()
			return
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		got <- fmt.Sprint(res.Proto, " ", string(text), err)
	}()
	<-at
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(context.Background()) }()
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
	close(let)
	if text := <-got; text != "HTTP/2.0 done<nil>" {
		t.Errorf("the request under way: %s", text)
	}
	select {
	case err := <-down:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(60 * time.Second):
		t.Error("the shutdown waits for nobody")
	}
}

// TestRapidReset opens requests and takes them back at once, as fast as it can.
func TestRapidReset(t *testing.T) {
	t.Parallel()
	const most = 20
	server, trusted := safe(t)
	var now, peak atomic.Int32
	let := make(chan struct{})
	addr := serve(t, &http.Server{TLSConfig: server, HTTP2: &http.HTTP2Config{MaxConcurrentStreams: most}, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for old := peak.Load(); n > old && !peak.CompareAndSwap(old, n); old = peak.Load() {
		}
		<-let // work that does not end with its request
	})}, true)
	defer close(let)
	trusted.NextProtos = []string{"h2"}
	nc, err := tls.Dial("tcp", addr, trusted)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(60 * time.Second))
	out := bufio.NewWriter(nc)
	io.WriteString(out, http2.ClientPreface)
	fr := http2.NewFramer(out, nc)
	var head bytes.Buffer
	enc := hpack.NewEncoder(&head)
	for _, f := range [][2]string{{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {":authority", "x"}} {
		enc.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	block := bytes.Clone(head.Bytes())
	go func() { // until the server has had enough
		fr.WriteSettings()
		for id := uint32(1); ; id += 2 {
			err := errors.Join(fr.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block, EndStream: true, EndHeaders: true}),
				fr.WriteRSTStream(id, http2.ErrCodeCancel), out.Flush())
			if err != nil {
				return
			}
			if id == 1 { // the table of the encoder has them now
				head.Reset()
				for _, f := range [][2]string{{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {":authority", "x"}} {
					enc.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
				}
				block = bytes.Clone(head.Bytes())
			}
		}
	}()
	for {
		f, err := fr.ReadFrame()
		if away, ok := f.(*http2.GoAwayFrame); ok && away.ErrCode == http2.ErrCodeEnhanceYourCalm {
			break
		}
		if err != nil {
			if isTimeout(err) {
				t.Error("the server goes on with it")
			}
			break // it may have closed before its last word was read
		}
	}
	if n := peak.Load(); n > most {
		t.Errorf("%d handlers at once, want at most %d", n, most)
	}
}

func TestLargeHeadOverHTTP2(t *testing.T) {
	t.Parallel()
	server, trusted := safe(t)
	addr := serve(t, &http.Server{TLSConfig: server, MaxHeaderBytes: 8 << 10, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, len(r.Header.Get("X")))
	})}, true)
	web := browser(t, trusted, true)
	for size, want := range map[int]int{4 << 10: 200, 30 << 10: 431} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+addr, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X", strings.Repeat("x", size))
		res, err := web.Do(req)
		if err != nil {
			if want == 200 {
				t.Errorf("a head of %d bytes: %v", size, err)
			}
			continue // the client keeps to what the server has told it
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("a head of %d bytes: %d, want %d", size, res.StatusCode, want)
		}
	}
}
