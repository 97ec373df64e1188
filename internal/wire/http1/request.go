package http1

import (
	"bytes"
	"context"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
)

// Bounds of a plain request.
const (
	maxHead  = 4 << 10
	maxBody  = 60 << 10
	maxLines = 48
)

// verdict is what the bytes read so far come to.
type verdict int

const (
	more  verdict = iota // a plain request, not whole yet
	plain                // a plain request
	other                // net/http's
)

// parsed is a plain request.
type parsed struct {
	method, target, host string
	url                  *url.URL
	header               http.Header
	head, size           int // bytes of the head, and of the body behind it
}

// read looks at the bytes of a connection from a request's first one on. The body may
// still be on its way: what is missing is p.head+p.size-len(b).
func read(b []byte) (p parsed, v verdict) {
	if len(b) > 0 && (b[0] < 'A' || b[0] > 'Z') {
		return p, other
	}
	end := bytes.Index(b, []byte("\r\n\r\n"))
	switch {
	case end < 0 && (len(b) > maxHead || bareLine(b)), end > maxHead:
		return p, other
	case end < 0:
		return p, more
	}
	text := string(b[:end+2]) // all of the request's strings are parts of it
	p.head = end + 4
	rest, ok := p.line(text)
	if !ok || !p.fields(rest) {
		return p, other
	}
	if p.size > 0 && (p.method == http.MethodGet || p.method == http.MethodHead) {
		return p, other
	}
	var err error
	if p.url, err = url.ParseRequestURI(p.target); err != nil {
		return p, other
	}
	if len(b) < p.head+p.size {
		return p, more
	}
	return p, plain
}

// bareLine reports a line that ends without \r: net/http takes that for an end.
func bareLine(b []byte) bool {
	for i, c := range b {
		if c == '\n' && (i == 0 || b[i-1] != '\r') {
			return true
		}
	}
	return false
}

// line reads the request line and returns what follows.
func (p *parsed) line(text string) (rest string, ok bool) {
	line, rest, _ := strings.Cut(text, "\r\n")
	method, line, _ := strings.Cut(line, " ")
	target, proto, _ := strings.Cut(line, " ")
	if proto != "HTTP/1.1" || len(target) == 0 || target[0] != '/' {
		return "", false
	}
	for i := range len(target) {
		if target[i] <= ' ' || target[i] >= 0x7f {
			return "", false
		}
	}
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete, http.MethodOptions:
		p.method, p.target = method, target
		return rest, true
	}
	return "", false
}

// fields reads the header fields, each ended by \r\n.
func (p *parsed) fields(text string) bool {
	n := strings.Count(text, "\n")
	if n > maxLines {
		return false
	}
	p.header = make(http.Header, n)
	values := make([]string, 0, n) // of all fields; none grows into its neighbour
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\r\n")
		colon := strings.IndexByte(line, ':')
		if colon <= 0 {
			return false
		}
		value, ok := fieldValue(line[colon+1:])
		name := fieldName(line[:colon])
		if !ok || name == "" {
			return false
		}
		if name == "Host" {
			if p.host != "" || !plainHost(value) {
				return false
			}
			p.host = value
			continue
		}
		old := p.header[name]
		if !p.special(name, value, old != nil) {
			return false
		}
		if old != nil {
			p.header[name] = append(old, value)
			continue
		}
		values = append(values, value)
		p.header[name] = values[len(values)-1 : len(values) : len(values)]
	}
	return p.host != ""
}

// special takes the fields that say where a request ends, and refuses those that say
// what is to become of the connection.
func (p *parsed) special(name, value string, again bool) bool {
	switch name {
	case "Content-Length":
		if again || len(value) == 0 || len(value) > 6 {
			return false
		}
		for i := range len(value) {
			if value[i] < '0' || value[i] > '9' {
				return false
			}
			p.size = p.size*10 + int(value[i]-'0')
		}
		return p.size <= maxBody
	case "Connection":
		return !again && (value == "keep-alive" || value == "Keep-Alive")
	case "Transfer-Encoding", "Upgrade", "Expect", "Trailer", "Te", "Proxy-Connection", "Http2-Settings", "Pragma":
		return false
	}
	return true
}

// fieldValue trims a value; one with other than printable ASCII is not plain.
func fieldValue(v string) (string, bool) {
	for v != "" && (v[0] == ' ' || v[0] == '\t') {
		v = v[1:]
	}
	for v != "" && (v[len(v)-1] == ' ' || v[len(v)-1] == '\t') {
		v = v[:len(v)-1]
	}
	for i := range len(v) {
		if v[i] < ' ' || v[i] >= 0x7f {
			return "", false
		}
	}
	return v, true
}

// plainHost keeps to names, addresses and ports.
func plainHost(v string) bool {
	for _, c := range []byte(v) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c == ':', c == '[', c == ']', c == '_':
		default:
			return false
		}
	}
	return v != ""
}

// usual are the names that clients send, in the forms in which they send them.
var usual = func() map[string]string {
	m := map[string]string{}
	for _, n := range []string{
		"Host", "Apikey", "Authorization", "Accept", "Accept-Encoding", "Accept-Language", "Accept-Profile", "Cache-Control", "Connection",
		"Content-Length", "Content-Profile", "Content-Type", "Cookie", "Idempotency-Key", "If-None-Match", "Origin", "Prefer", "Range", "Referer",
		"Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site", "Traceparent", "User-Agent", "X-Client-Info", "X-Forwarded-For",
		"X-Forwarded-Proto", "X-Request-Id", "X-Retry-Count", "X-Supabase-Api-Version", "X-Upsert",
	} {
		m[n], m[strings.ToLower(n)] = n, n
	}
	m["apiKey"], m["X-Supabase-API-Version"] = "Apikey", "X-Supabase-Api-Version"
	return m
}()

// fieldName returns a name's canonical form, "" for what is no name.
func fieldName(name string) string {
	if known, ok := usual[name]; ok {
		return known
	}
	for _, c := range []byte(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return "" // the other characters of a token are rare enough
		}
	}
	return textproto.CanonicalMIMEHeaderKey(name)
}

// request makes p, which came on c, what a handler knows; body is its whole body.
func (p *parsed) request(ctx context.Context, c *conn, body *body) *http.Request {
	r := &http.Request{
		Method: p.method, URL: p.url, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: p.header, Body: http.NoBody,
		ContentLength: int64(p.size), Host: p.host, RequestURI: p.target, RemoteAddr: c.remote, TLS: c.tls,
	}
	if body != nil {
		r.Body = body
	}
	return r.WithContext(ctx)
}

// body is a body that has arrived.
type body struct {
	bytes.Reader
	closed bool
}

// Read reads, until the body is closed.
func (b *body) Read(p []byte) (int, error) {
	if b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	return b.Reader.Read(p)
}

// Close ends reading.
func (b *body) Close() error {
	b.closed = true
	return nil
}
