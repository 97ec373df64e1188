package http1

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

const get = "GET /rest/v1/messages?id=eq.1 HTTP/1.1\r\nHost: x:8000\r\napikey: k\r\nAuthorization: Bearer t\r\nAccept: */*\r\n\r\n"

// requests are whole inputs with what is made of them.
var requests = []struct {
	text string
	want verdict
}{
	{get, plain},
	{"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", plain},
	{"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", plain},
	{"DELETE /a%20b//c?x=%zz HTTP/1.1\r\nhOsT: [::1]:80\r\nX-Two: 1\r\nx-two:  2 \r\nconnection: keep-alive\r\n\r\n", plain},
	{"OPTIONS / HTTP/1.1\r\nHost: x\r\nAccess-Control-Request-Method: PATCH\r\n\r\n", plain},
	{"GET //a/../b;c HTTP/1.1\r\nHost: x\r\nEmpty:\r\n\r\n", plain},
	{"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nab", more},
	{"GET /a HTTP/1.1\r\nHost: x\r\n", more},
	{"GET", more},
	// Where a request ends must never be a matter of opinion.
	{"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", other},
	{"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", other},
	{"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc", other},
	{"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc", other},
	{"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0x3\r\n\r\nabc", other},
	{"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\nabc", other},
	{"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\nabc", other},
	{"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", other},
	{"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", other},
	{"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n", other},
	{"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", other},
	{"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", other},
	{"GET /a HTTP/1.1\nHost: x\n\n", other},
	{"GET /a HTTP/1.1\r\nHost: x\n\r\n", other},
	{"GET /a HTTP/1.1\r\nHost: x\r\nA: b\n\r\n\r\n", other},
	{"GET /a HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n", other},
	{"GET /a HTTP/1.1\r\nHost: x\r\nA: b\r\n folded\r\n\r\n", other},
	{"GET /a HTTP/1.1\r\n Host: x\r\n\r\n", other},
	{"GET /a HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n", other},
	{"GET /a HTTP/1.1\r\nHost: x\r\nA\x00: b\r\n\r\n", other},
	{"GET /a HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n", other},
	{"GET /a HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", other},
	{"GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", other},
	{"GET /a HTTP/1.1\r\nHost: x y\r\n\r\n", other},
	{"GET /a HTTP/1.1\r\nA: b\r\n\r\n", other},
	{"GET /a HTTP/1.0\r\nHost: x\r\n\r\n", other},
	{"GET /a HTTP/1.1 \r\nHost: x\r\n\r\n", other},
	{"GET  /a HTTP/1.1\r\nHost: x\r\n\r\n", other},
	{"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", other},
	{"GET http://x/a HTTP/1.1\r\nHost: x\r\n\r\n", other},
	{"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", other},
	{"get /a HTTP/1.1\r\nHost: x\r\n\r\n", other},
	{"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", other},
	{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", other},
	{"\x16\x03\x01\x02\x00", other},
	{"\r\n" + get, other},
	{"GET /a HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", socket},
	{"GET /a HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n", socket},
	{"GET /a HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: close, Upgrade\r\n\r\n", other},
	{"GET /a HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nConnection: close\r\n\r\n", other},
	{"GET /a HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n", other},
	{"GET /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n\r\n", other},
	{"POST /a HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 1\r\n\r\na", other},
	{"GET /a HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\nConnection: Upgrade\r\n\r\n", other},
	{"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", other},
	{"POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", other},
	{"GET /" + strings.Repeat("a", maxHead) + " HTTP/1.1\r\nHost: x\r\n\r\n", other},
	{"GET /a HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("A: b\r\n", maxLines+1) + "\r\n", other},
}

// read is all of the reading of a request.
func read(b []byte) (*parsed, verdict) {
	p := new(parsed)
	v := p.read(b)
	if (v == plain || v == socket) && !p.make() {
		v = other
	}
	return p, v
}

// TestRead: what is plain, and what is left to net/http.
func TestRead(t *testing.T) {
	t.Parallel()
	for _, c := range requests {
		if _, got := read([]byte(c.text)); got != c.want {
			t.Errorf("read(%.80q) = %v, want %v", c.text, got, c.want)
		}
	}
}

// TestReadInPieces: however a plain request arrives, it stays one.
func TestReadInPieces(t *testing.T) {
	t.Parallel()
	for _, c := range requests {
		if c.want != plain && c.want != socket {
			continue
		}
		for n := range c.text {
			if _, v := read([]byte(c.text[:n])); v != more {
				t.Fatalf("read(%q) = %v, want more", c.text[:n], v)
			}
		}
	}
}

// FuzzRead: what is taken as plain, or as whole, is what net/http reads there, to the last
// byte.
func FuzzRead(f *testing.F) {
	for _, c := range requests {
		f.Add([]byte(c.text))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		p, v := read(in)
		if v != plain && v != socket {
			return
		}
		src := bytes.NewReader(in)
		buffered := bufio.NewReader(src)
		want, err := http.ReadRequest(buffered)
		if err != nil {
			t.Fatalf("net/http refuses %q: %v", in, err)
		}
		text, err := io.ReadAll(want.Body)
		if err != nil {
			t.Fatal(err)
		}
		content := new(body)
		content.Reset(in[p.head : p.head+p.size])
		got := p.request(t.Context(), &conn{}, content)
		mine, err := io.ReadAll(got.Body)
		if err != nil {
			t.Fatal(err)
		}
		if read := len(in) - src.Len() - buffered.Buffered(); read != p.head+p.size || !bytes.Equal(mine, text) {
			t.Fatalf("%q: %d bytes with the body %q, want %d with %q", in, p.head+p.size, mine, read, text)
		}
		type facts struct {
			Method, URI, Proto, Host, URL string
			Header                        http.Header
			Length                        int64
			Close                         bool
		}
		of := func(r *http.Request) facts {
			return facts{r.Method, r.RequestURI, r.Proto, r.Host, r.URL.String(), r.Header, r.ContentLength, r.Close}
		}
		if !reflect.DeepEqual(of(want), of(got)) || *want.URL != *got.URL {
			t.Fatalf("%q\n= %+v, %+v\nwant %+v, %+v", in, of(got), got.URL, of(want), want.URL)
		}
	})
}

// BenchmarkRead is what is looked at before a request is let in or refused.
func BenchmarkRead(b *testing.B) {
	in, p := []byte(asked), new(parsed)
	b.ReportAllocs()
	for b.Loop() {
		if p.read(in) != plain {
			b.Fatal("not plain")
		}
	}
}
