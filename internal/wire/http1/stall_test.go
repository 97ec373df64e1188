package http1

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// stalling serves answers without an end at /, and told tells how each came to its end.
func stalling(t *testing.T, conf *tls.Config, stall time.Duration) (addr string, told chan error) {
	t.Helper()
	told = make(chan error, 10)
	s := New(&http.Server{TLSConfig: conf, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/some" {
			_, _ = w.Write(make([]byte, someBytes)) // what arrives is what counts
			return
		}
		var err error
		for part := make([]byte, 200_000); err == nil; {
			_, err = w.Write(part)
		}
		told <- err
	})})
	s.Stall = stall
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ln) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		<-ended
	})
	return ln.Addr().String(), told
}

const someBytes = 250_000

func expectEnd(t *testing.T, what string, told chan error) {
	t.Helper()
	select {
	case err := <-told:
		if err == nil {
			t.Errorf("%s: the answer came to its end", what)
		}
	case <-time.After(60 * time.Second):
		t.Errorf("%s: the answer is waited for", what)
	}
}

// TestWhoReadsNothingIsGivenUp: on each way of an answer, a client that takes nothing of it
// holds neither handler nor connection.
func TestWhoReadsNothingIsGivenUp(t *testing.T) {
	t.Parallel()
	const chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" // net/http's
	server, trusted := safe(t)
	plain, toldPlain := stalling(t, nil, 300*time.Millisecond)
	secure, toldSecure := stalling(t, server, 300*time.Millisecond)
	for _, c := range []struct {
		what, text string
		tls        bool
	}{{"plain", get, false}, {"by net/http", chunked, false}, {"plain over TLS", get, true}, {"by net/http over TLS", chunked, true}} {
		addr, told := plain, toldPlain
		if c.tls {
			addr, told = secure, toldSecure
		}
		var nc net.Conn
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		if c.tls {
			conf := trusted.Clone()
			conf.ServerName = "127.0.0.1"
			nc = tls.Client(nc, conf)
		}
		if _, err := io.WriteString(nc, c.text); err != nil {
			t.Fatal(err)
		}
		expectEnd(t, c.what, told)
	}
}

// TestWhoGrantsNothingIsGivenUp: over HTTP/2 a client that reads its connection and grants
// nothing to an answer holds no handler; the connection stays.
func TestWhoGrantsNothingIsGivenUp(t *testing.T) {
	t.Parallel()
	server, trusted := safe(t)
	addr, told := stalling(t, server, 300*time.Millisecond)
	c := openSecond(t, addr, trusted, 10_000)
	c.ask(t, 1, "/")
	expectEnd(t, "granted 10,000 bytes", told)
	for {
		f, err := c.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		if end, ok := f.(*http2.RSTStreamFrame); ok && end.StreamID == 1 {
			break
		}
	}
	if err := c.WritePing(false, [8]byte{1}); err != nil {
		t.Fatal(err)
	}
	for {
		f, err := c.ReadFrame()
		if err != nil {
			t.Fatal("the connection has ended with the answer: ", err)
		}
		if ping, ok := f.(*http2.PingFrame); ok && ping.IsAck() {
			break
		}
	}
}

// TestWhoReadsSlowlyIsNotCut: 2 KB a second with a minute without progress allowed, both in
// a fiftieth of the time, for longer than that: all of it arrives.
func TestWhoReadsSlowlyIsNotCut(t *testing.T) {
	t.Parallel()
	const stall = 1200 * time.Millisecond
	const step, every = 2_000, 20 * time.Millisecond // 100 KB a second
	server, trusted := safe(t)
	plain, _ := stalling(t, nil, stall)
	secure, _ := stalling(t, server, stall)
	tick := func(ctx context.Context, do func() bool) {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for do() {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}
	t.Run("HTTP/1.1", func(t *testing.T) {
		t.Parallel()
		nc, err := net.Dial("tcp", plain)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		if err := nc.(*net.TCPConn).SetReadBuffer(8 << 10); err != nil { // what it does not read, the server keeps
			t.Fatal(err)
		}
		if _, err := io.WriteString(nc, "GET /some HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		got, part := 0, make([]byte, step)
		tick(t.Context(), func() bool {
			n, err := nc.Read(part)
			got += n
			if err != nil {
				t.Errorf("after %d bytes: %v", got, err)
			}
			return err == nil && got < someBytes
		})
	})
	t.Run("HTTP/2", func(t *testing.T) {
		t.Parallel()
		c := openSecond(t, secure, trusted, 0)
		c.ask(t, 1, "/some")
		grants := make(chan error, 1)
		go func() {
			var err error
			tick(t.Context(), func() bool {
				err = errors.Join(c.WriteWindowUpdate(1, step), c.WriteWindowUpdate(0, step))
				return err == nil
			})
			grants <- err
		}()
		for got := 0; got < someBytes; {
			f, err := c.ReadFrame()
			if err != nil {
				t.Fatalf("after %d bytes: %v", got, err)
			}
			switch f := f.(type) {
			case *http2.DataFrame:
				got += len(f.Data())
			case *http2.RSTStreamFrame:
				t.Fatalf("after %d bytes: %v", got, f.ErrCode)
			}
		}
		c.nc.Close()
		<-grants
	})
}

// secondClient speaks HTTP/2 frame by frame.
type secondClient struct {
	*http2.Framer
	nc net.Conn
}

// openSecond connects, and grants each answer so many bytes.
func openSecond(t *testing.T, addr string, trusted *tls.Config, grant uint32) *secondClient {
	t.Helper()
	conf := trusted.Clone()
	conf.NextProtos = []string{"h2"}
	nc, err := tls.Dial("tcp", addr, conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	if err := nc.SetReadDeadline(time.Now().Add(60 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(nc, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	c := &secondClient{http2.NewFramer(nc, nc), nc}
	if err := c.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: grant}); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *secondClient) ask(t *testing.T, id uint32, path string) {
	t.Helper()
	var head bytes.Buffer
	enc := hpack.NewEncoder(&head)
	for _, f := range [][2]string{{":method", "GET"}, {":scheme", "https"}, {":path", path}, {":authority", "x"}} {
		if err := enc.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: head.Bytes(), EndStream: true, EndHeaders: true}); err != nil {
		t.Fatal(err)
	}
}
