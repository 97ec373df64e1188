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
	more   verdict = iota // a plain request, not whole yet
	plain                 // a plain request
	socket                // net/http's, for it asks for another protocol, but whole: the gate may refuse it
	other                 // net/http's
)

// parsed is a plain request. At first it is known where its parts are; what a handler needs
// is made of them once the request was let in.
type parsed struct {
	method, target   string
	head, size       int // bytes of the head, and of the body behind it
	origin           bool
	upgrade, changes bool   // it names another protocol, and says that the connection changes to it
	raw              []byte // the head, in the connection's buffer
	at               [maxLines]place
	n, host          int // how many fields there are, and which is Host

	text   string // the head; all strings of url and header are parts of it
	url    *url.URL
	header http.Header
}

// place is where a header field stands in the text.
type place struct{ from, colon, to uint16 }

// read looks at the bytes of a connection from a request's first one on, and fills p. The
// body may still be on its way: what is missing is p.head+p.size-len(b).
func (p *parsed) read(b []byte) verdict {
	p.n, p.size, p.head, p.host = 0, 0, 0, -1
	p.origin, p.upgrade, p.changes = false, false, false
	if len(b) > 0 && (b[0] < 'A' || b[0] > 'Z') {
		return other
	}
	end := bytes.Index(b, []byte("\r\n\r\n"))
	switch {
	case end < 0 && (len(b) > maxHead || bareLine(b)), end > maxHead:
		return other
	case end < 0:
		return more
	}
	p.raw, p.head = b[:end+2], end+4
	target, rest, ok := p.line(p.raw)
	switch {
	case !ok || !p.fields(len(p.raw)-len(rest)), p.size > 0 && (p.method == http.MethodGet || p.method == http.MethodHead):
		return other
	case len(b) < p.head+p.size:
		return more
	case (p.upgrade || p.changes) && !(p.upgrade && p.changes && p.method == http.MethodGet):
		return other
	}
	if p.target = string(target); p.upgrade {
		return socket
	}
	return plain
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

// methods are the usual ones.
var methods = [...]string{
	http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions,
}

// line reads the request line and returns what follows.
func (p *parsed) line(text []byte) (target, rest []byte, ok bool) {
	line, rest, _ := bytes.Cut(text, []byte("\r\n"))
	method, line, _ := bytes.Cut(line, []byte(" "))
	target, proto, _ := bytes.Cut(line, []byte(" "))
	if string(proto) != "HTTP/1.1" || len(target) == 0 || target[0] != '/' || !printable(target, '!') {
		return nil, nil, false
	}
	for _, m := range methods {
		if string(method) == m {
			p.method = m
			return target, rest, true
		}
	}
	return nil, nil, false
}

// fields finds the header fields from a place in the text on, each ended by \r\n.
func (p *parsed) fields(from int) bool {
	var seen [3]bool
	for from < len(p.raw) {
		end := from + bytes.IndexByte(p.raw[from:], '\r') // there is one
		line := p.raw[from:end]
		colon := nameLen(line)
		if colon == 0 || colon == len(line) || line[colon] != ':' || p.n == maxLines || p.raw[end+1] != '\n' {
			return false
		}
		value, ok := fieldValue(line[colon+1:])
		if !ok || !p.special(line[:colon], value, &seen) {
			return false
		}
		p.at[p.n] = place{uint16(from), uint16(from + colon), uint16(end)}
		p.n++
		from = end + 2
	}
	return p.host >= 0
}

// special takes the fields that say where a request ends and whom it is for, none of which
// may come twice, and refuses those that say what is to become of the connection.
func (p *parsed) special(name, value []byte, seen *[3]bool) bool {
	once := func(n int) bool { was := seen[n]; seen[n] = true; return !was }
	is := func(what string) bool { return strings.EqualFold(string(name), what) }
	switch len(name) {
	case len("te"):
		return !is("te")
	case len("host"):
		if is("host") {
			p.host = p.n
			return once(0) && plainHost(value)
		}
	case len("expect"):
		p.origin = p.origin || is("origin")
		return !is("expect") && !is("pragma")
	case len("upgrade"):
		p.upgrade = p.upgrade || is("upgrade")
		return !is("trailer")
	case len("connection"):
		return !is("connection") || once(1) && p.connection(value)
	case len("content-length"):
		if is("content-length") {
			return once(2) && p.length(value)
		}
		return !is("http2-settings")
	case len("proxy-connection"):
		return !is("proxy-connection")
	case len("transfer-encoding"):
		return !is("transfer-encoding")
	}
	return true
}

// connection takes the words for a connection that stays, and for one that changes.
func (p *parsed) connection(value []byte) bool {
	switch string(value) {
	case "keep-alive", "Keep-Alive":
		return true
	case "Upgrade", "upgrade", "keep-alive, Upgrade":
		p.changes = true
		return true
	}
	return false
}

func (p *parsed) length(value []byte) bool {
	if len(value) == 0 || len(value) > 6 {
		return false
	}
	for i := range len(value) {
		if value[i] < '0' || value[i] > '9' {
			return false
		}
		p.size = p.size*10 + int(value[i]-'0')
	}
	return p.size <= maxBody
}

// make makes what a handler needs. It reports whether the request is still a plain one.
func (p *parsed) make() bool {
	var err error
	if p.url, err = url.ParseRequestURI(p.target); err != nil {
		return false
	}
	p.text = string(p.raw)
	p.header = make(http.Header, p.n)
	values := make([]string, 0, p.n) // of all fields; none grows into its neighbour
	for _, at := range p.at[:p.n] {
		name := fieldName(p.text[at.from:at.colon])
		if name == "Host" {
			continue
		}
		value := p.value(at)
		if old := p.header[name]; old != nil {
			p.header[name] = append(old, value)
			continue
		}
		values = append(values, value)
		p.header[name] = values[len(values)-1 : len(values) : len(values)]
	}
	return true
}

func (p *parsed) value(at place) string {
	v, _ := fieldValue(p.text[at.colon+1 : at.to]) // it was seen to be one
	return v
}

// forget lets go of the request's text: the connection may wait for long.
func (p *parsed) forget() {
	p.method, p.target, p.raw, p.text, p.url, p.header = "", "", nil, "", nil, nil
}

// fieldValue trims a value; one with other than printable ASCII is not plain.
func fieldValue[T string | []byte](v T) (T, bool) {
	for len(v) > 0 && (v[0] == ' ' || v[0] == '\t') {
		v = v[1:]
	}
	for len(v) > 0 && (v[len(v)-1] == ' ' || v[len(v)-1] == '\t') {
		v = v[:len(v)-1]
	}
	return v, printable(v, ' ')
}

// printable reports that all bytes are ASCII from least on that can be seen. It looks at
// eight at a time: a token is long, and is looked at before anything is refused.
func printable[T string | []byte](v T, least byte) bool {
	const each, high = 0x0101010101010101, 0x8080808080808080
	below := uint64(least) * each
	for ; len(v) >= 8; v = v[8:] {
		x := uint64(v[0]) | uint64(v[1])<<8 | uint64(v[2])<<16 | uint64(v[3])<<24 | uint64(v[4])<<32 | uint64(v[5])<<40 | uint64(v[6])<<48 | uint64(v[7])<<56
		if (x|(x+each)|(x-below)&^x)&high != 0 { // too high, DEL, or too low
			return false
		}
	}
	for i := range len(v) {
		if v[i] < least || v[i] >= 0x7f {
			return false
		}
	}
	return true
}

// plainHost keeps to names, addresses and ports.
func plainHost(v []byte) bool {
	for _, c := range v {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c == ':', c == '[', c == ']', c == '_':
		default:
			return false
		}
	}
	return len(v) > 0
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

// nameBytes are the characters that names have; the others of a token are rare enough.
var nameBytes = func() (is [256]bool) {
	for _, c := range []byte("-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		is[c] = true
	}
	return is
}()

// nameLen is how much of the beginning of a line is a name.
func nameLen(line []byte) int {
	for i := range len(line) {
		if !nameBytes[line[i]] {
			return i
		}
	}
	return len(line)
}

// fieldName returns a name's canonical form.
func fieldName(name string) string {
	if known, ok := usual[name]; ok {
		return known
	}
	return textproto.CanonicalMIMEHeaderKey(name)
}

// request makes p, which came on c, what a handler knows; body is its whole body.
func (p *parsed) request(ctx context.Context, c *conn, body *body) *http.Request {
	r := &http.Request{
		Method: p.method, URL: p.url, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: p.header, Body: http.NoBody,
		ContentLength: int64(p.size), Host: p.value(p.at[p.host]), RequestURI: p.target, RemoteAddr: c.remote, TLS: c.tls,
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
