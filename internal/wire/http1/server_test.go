package http1

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// handler answers each path in another way.
func handler(t *testing.T) http.Handler {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte(strings.Repeat("0123456789", 30_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	on := func(path string, fn func(w http.ResponseWriter, r *http.Request)) { mux.HandleFunc(path, fn) }
	on("/{$}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %v", r.Method, r.URL, r.Header["A"])
	})
	on("/nothing", func(http.ResponseWriter, *http.Request) {})
	on("/echo", func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "x/y")
		w.Header().Set("Content-Length", fmt.Sprint(len(b)))
		w.WriteHeader(201)
		if _, err2 := w.Write(b); errors.Join(err, err2) != nil {
			t.Error(err, err2)
		}
	})
	on("/unread", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "not read") })
	on("/big", func(w http.ResponseWriter, _ *http.Request) {
		for range 50 {
			io.WriteString(w, strings.Repeat("x", 1000))
		}
	})
	on("/huge", func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 300_000)) })
	on("/stream", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(202)
		for _, s := range []string{"", "a", strings.Repeat("b", 40_000), ""} {
			io.WriteString(w, s)
			w.(http.Flusher).Flush()
		}
	})
	for _, code := range []int{204, 304, 404, 299} {
		on(fmt.Sprintf("/status/%d", code), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "a/b")
			w.WriteHeader(code)
			w.WriteHeader(500)
			w.Header().Set("Late", "1")
			w.Write([]byte("no body where none may be"))
		})
	}
	on("/short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		io.WriteString(w, "short")
	})
	on("/long", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "4")
		for range 3 {
			if _, err := io.WriteString(w, "long"); err != nil && !errors.Is(err, http.ErrContentLength) {
				t.Error(err)
			}
		}
	})
	on("/odd", func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Bad name"] = []string{"x"}
		w.Header()["Split"] = []string{"a\r\nSet-Cookie: b", " c "}
		w.Header()["Date"] = nil
		io.WriteString(w, "<html>")
	})
	on("/hints", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</a>")
		w.WriteHeader(103)
		io.WriteString(w, "after")
	})
	on("/close", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		io.WriteString(w, "bye")
	})
	on("/panic", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	on("/file", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) })
	return mux
}

// serve starts handler with or without what is tested.
func serve(t *testing.T, std *http.Server, ours bool) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	std.ErrorLog = log.New(io.Discard, "", 0)
	ended := make(chan error, 1)
	if !ours {
		go func() { ended <- std.Serve(ln) }()
		t.Cleanup(func() { std.Close(); <-ended })
		return ln.Addr().String()
	}
	s := New(std)
	go func() { ended <- s.Serve(ln) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return ln.Addr().String()
}

// exchange sends text and returns every answer to it, for n requests.
func exchange(t *testing.T, addr, text string, methods ...string) string {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if err := nc.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(nc, text); err != nil {
		t.Fatal(err)
	}
	nc.(*net.TCPConn).CloseWrite()
	in := bufio.NewReader(nc)
	var out strings.Builder
	for _, method := range methods {
		res, err := http.ReadResponse(in, &http.Request{Method: method})
		if err != nil {
			fmt.Fprintf(&out, "the connection ended\n")
			break
		}
		body, err := io.ReadAll(res.Body)
		_, dated := res.Header["Date"]
		res.Header.Del("Date")
		fmt.Fprintf(&out, "%s %v %v close=%v dated=%v length=%d body=%d %.60q %v\n", res.Status, res.Header, res.TransferEncoding, res.Close, dated, res.ContentLength, len(body), body, err)
		if res.StatusCode == 103 {
			if res, err = http.ReadResponse(in, nil); err == nil {
				fmt.Fprintf(&out, "then %s %v\n", res.Status, res.ContentLength)
				io.Copy(io.Discard, res.Body)
			}
		}
		if res == nil || res.Close {
			break
		}
	}
	return out.String()
}

// TestAnswersAsNetHTTP: whatever is sent, plain or not, is answered as by net/http alone.
func TestAnswersAsNetHTTP(t *testing.T) {
	t.Parallel()
	h := handler(t)
	want, got := serve(t, &http.Server{Handler: h}, false), serve(t, &http.Server{Handler: h}, true)
	check := func(text string, methods ...string) {
		t.Helper()
		w, g := exchange(t, want, text, methods...), exchange(t, got, text, methods...)
		if w != g {
			t.Errorf("%.200q:\n%s\nnet/http:\n%s", text, g, w)
		}
	}
	for _, path := range []string{"/?a=b", "/nothing", "/unread", "/big", "/huge", "/stream", "/status/204", "/status/304", "/status/404", "/status/299", "/short", "/long", "/odd", "/hints", "/close", "/panic", "/file", "/none"} {
		for _, method := range []string{"GET", "HEAD", "POST"} {
			head := method + " " + path + " HTTP/1.1\r\nHost: x\r\nA: b\r\n"
			if method == "POST" {
				check(head+"Content-Length: 4\r\n\r\nbody"+get, method, "GET")
				continue
			}
			check(head+"\r\n"+get, method, "GET") // two in one
			check(head+"Range: bytes=5-9\r\n\r\n", method)
		}
	}
	for _, c := range requests {
		if c.want != more {
			check(c.text+"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", strings.Fields(c.text + " GET")[0], "GET")
		}
	}
	for _, size := range []int{1, 4000, 5000, maxBody, maxBody + 1, 900_000} {
		check(fmt.Sprintf("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", size, strings.Repeat("y", size))+get, "POST", "GET")
	}
	check("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"+get, "POST", "GET")
	check("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", "POST")
	check(strings.Repeat(get, 100), strings.Split(strings.Repeat("GET ", 100), " ")[:100]...)
}

// TestClientGone: the context of a request ends with its client, and with the handler.
func TestClientGone(t *testing.T) {
	t.Parallel()
	came, left := make(chan context.Context, 1), make(chan error, 1)
	addr := serve(t, &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		came <- r.Context()
		if r.URL.Path == "/wait" {
			<-r.Context().Done()
			left <- r.Context().Err()
		}
	})}, true)
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(nc, get)
	<-(<-came).Done() // ended with its handler
	io.WriteString(nc, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
	<-came
	if nc.Close(); !errors.Is(<-left, context.Canceled) {
		t.Error("the handler was not told")
	}
}

// TestSlowHead: who sends half a head, or nothing, is not waited for.
func TestSlowHead(t *testing.T) {
	t.Parallel()
	addr := serve(t, &http.Server{Handler: handler(t), ReadHeaderTimeout: 50 * time.Millisecond, IdleTimeout: 60 * time.Millisecond}, true)
	for _, text := range []string{"", "GET / HT", "POST /echo HTTP/1.1\r\nHost: x\r\n", get, get + "GE"} {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		nc.SetDeadline(time.Now().Add(20 * time.Second))
		io.WriteString(nc, text)
		if _, err := io.Copy(io.Discard, nc); err != nil {
			t.Errorf("after %q: %v, want the end", text, err)
		}
		nc.Close()
	}
}

// TestDrip: a request has its time as a whole; a byte now and then buys no more.
func TestDrip(t *testing.T) {
	t.Parallel()
	addr := serve(t, &http.Server{Handler: handler(t), ReadHeaderTimeout: 100 * time.Millisecond, IdleTimeout: time.Second}, true)
	for _, start := range []string{"G", "POST /echo HTTP/1.1\r\nHost: x\r\nX-Slow: ", get + "G"} {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			io.Copy(io.Discard, nc)
			close(ended)
		}()
		io.WriteString(nc, start)
		tick := time.NewTicker(20 * time.Millisecond)
		for i := 0; ; i++ {
			select {
			case <-tick.C:
				if i < 1000 {
					io.WriteString(nc, "E")
					continue
				}
				t.Errorf("after %q a thousand bytes were waited for", start)
			case <-ended:
			}
			break
		}
		tick.Stop()
		nc.Close()
	}
}

// TestHijack: an upgrade gets the connection, with what was sent behind it.
func TestHijack(t *testing.T) {
	t.Parallel()
	addr := serve(t, &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			return
		}
		nc, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		io.WriteString(nc, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
		io.CopyN(nc, rw, 5)
		nc.Close()
	})}, true)
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	io.WriteString(nc, get+"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello")
	b, err := io.ReadAll(nc)
	if err != nil || !strings.HasSuffix(string(b), "101 Switching Protocols\r\n\r\nhello") || strings.Count(string(b), "HTTP/1.1 200") != 1 {
		t.Errorf("%q %v", b, err)
	}
}

// TestShutdown: what is under way is answered, what waits is closed, nothing new comes in.
func TestShutdown(t *testing.T) {
	t.Parallel()
	came, release := make(chan struct{}), make(chan struct{})
	s := New(&http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			close(came)
			<-release
		}
		io.WriteString(w, "done")
	})})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ln) }()
	busy, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(busy, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
	<-came
	idle, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(idle, get)
	if res, err := http.ReadResponse(bufio.NewReader(idle), nil); err != nil || res.StatusCode != 200 {
		t.Fatal(err)
	}
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(t.Context()) }()
	if _, err := io.Copy(io.Discard, idle); err != nil {
		t.Errorf("the idle connection: %v, want its end", err)
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
	if nc, err := net.Dial("tcp", ln.Addr().String()); err == nil {
		nc.Close()
		t.Error("a new connection was taken")
	}
	close(release)
	b, err := io.ReadAll(busy)
	if err != nil || !strings.Contains(string(b), "Connection: close") || !strings.HasSuffix(string(b), "done") {
		t.Errorf("%q %v", b, err)
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
}

// TestWhoReadsNoRefusalIsLeft: a client that sends one refused request after the other and
// reads nothing does not keep its connection.
func TestWhoReadsNoRefusalIsLeft(t *testing.T) {
	t.Parallel()
	s := New(&http.Server{ReadHeaderTimeout: 100 * time.Millisecond, Handler: http.NotFoundHandler()})
	s.Gate = func(Arrival) []byte {
		return []byte("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ln) }()
	nc, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if err := nc.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	many := strings.Repeat("GET /no HTTP/1.1\r\nHost: x\r\n\r\n", 1000)
	for err == nil {
		_, err = io.WriteString(nc, many)
	}
	if isTimeout(err) {
		t.Error("the connection stays")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	<-ended
}

// TestTheGateAnswersInPlace: what the gate answers is sent in place of the handler's answer,
// the request's body is passed over, and the connection goes on.
func TestTheGateAnswersInPlace(t *testing.T) {
	t.Parallel()
	handled := make(chan string, 10)
	s := New(&http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handled <- fmt.Sprint(r.URL.Path, " ", Gated(r.Context()))
		if waited, ok := Waited(r.Context()); runtime.GOOS == "linux" && (!ok || waited < 0) {
			t.Errorf("waited %v, known: %v", waited, ok)
		}
	})})
	s.Gate = func(a Arrival) []byte {
		if waited, ok := a.Waited(); runtime.GOOS == "linux" && (!ok || waited < 0) {
			t.Errorf("waited %v, known: %v", waited, ok)
		}
		if a.Target == "/no" {
			return []byte("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno")
		}
		return nil
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ln) }()
	nc, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	r := bufio.NewReader(nc)
	for _, c := range []struct {
		request string
		status  int
	}{
		{"POST /no HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody", 503},
		{"GET /yes HTTP/1.1\r\nHost: x\r\n\r\n", 200},
		{"GET /no HTTP/1.1\r\nHost: x\r\n\r\n", 503},
		{"GET /no HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 503},
		{"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n", 200},
		{"GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 200}, // from here on net/http's
		{"GET /chunks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200},       // not plain: no gate
	} {
		if _, err := io.WriteString(nc, c.request); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(r, nil)
		if err != nil || res.StatusCode != c.status {
			t.Fatalf("%q: %v %v", c.request, res, err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"/yes true", "/plain true", "/socket false", "/chunks false"} {
		if got := <-handled; got != want {
			t.Errorf("handled %s, want %s", got, want)
		}
	}
	if len(handled) > 0 {
		t.Errorf("handled %s, too", <-handled)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != http.ErrServerClosed {
		t.Error(err)
	}
}
