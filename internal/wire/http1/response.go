package http1

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// held is how much of a body of unknown length waits for its end; what is longer goes
// out in chunks.
const held = 16 << 10

// known is how long a body may be for HEAD to tell its length, where the handler did not.
const known = 2 << 10

// response is the answer to one request; its buffers are lent to it.
type response struct {
	c        *conn
	head     bool // asked for by HEAD
	header   http.Header
	status   int   // 0 before WriteHeader
	declared int64 // the length that the handler gave, -1 for none
	written  int64
	sent     bool // the head is out
	typed    bool // a type was given, or is not wanted
	dated    bool
	chunked  bool
	close    bool // the connection ends with this answer
	err      error
	out      []byte // what is about to be written: the head, later chunks' sizes
	body     []byte // what is held back
}

// Header returns the headers to be sent.
func (w *response) Header() http.Header { return w.header }

// WriteHeader fixes status and headers. They leave with the body's first bytes.
func (w *response) WriteHeader(code int) {
	if code < 100 || code > 999 {
		panic(fmt.Sprintf("invalid WriteHeader code %v", code))
	}
	if w.status != 0 {
		return
	}
	w.out = statusLine(w.out, code)
	if code < 200 && code != http.StatusSwitchingProtocols {
		w.fields()
		w.out = append(w.out, "\r\n"...)
		w.write(nil)
		return
	}
	w.status, w.declared = code, -1
	w.fields()
	if text := w.header["Content-Length"]; len(text) > 0 && bodyAllowed(code) {
		if n, err := strconv.ParseInt(textproto.TrimString(text[0]), 10, 64); err == nil && n >= 0 {
			w.declared = n
			w.length(n)
		}
	}
	_, w.typed = w.header["Content-Type"]
	_, w.dated = w.header["Date"]
	w.typed = w.typed || w.header["Content-Encoding"] != nil && w.header["Content-Encoding"][0] != ""
}

func (w *response) length(n int64) {
	w.out = append(w.out, "Content-Length: "...)
	w.out = append(strconv.AppendInt(w.out, n, 10), "\r\n"...)
}

func statusLine(b []byte, code int) []byte {
	if code == http.StatusOK {
		return append(b, "HTTP/1.1 200 OK\r\n"...)
	}
	b = strconv.AppendInt(append(b, "HTTP/1.1 "...), int64(code), 10)
	b = append(b, ' ')
	if text := http.StatusText(code); text != "" {
		b = append(b, text...)
	} else {
		b = strconv.AppendInt(append(b, "status code "...), int64(code), 10)
	}
	return append(b, "\r\n"...)
}

// fields writes the handler's headers; what frames the answer is ours.
func (w *response) fields() {
	for name, values := range w.header {
		switch name {
		case "Content-Length", "Transfer-Encoding":
			continue
		case "Content-Type":
			if w.status == http.StatusNotModified {
				continue
			}
		case "Connection":
			w.close = w.close || len(values) > 0 && strings.EqualFold(values[0], "close")
			continue
		}
		if !fieldOK(name) {
			continue
		}
		for _, v := range values {
			w.out = append(append(w.out, name...), ": "...)
			w.out = appendValue(w.out, v)
			w.out = append(w.out, "\r\n"...)
		}
	}
}

func fieldOK(name string) bool {
	for _, c := range []byte(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return name != ""
}

// appendValue keeps a value on its line.
func appendValue(b []byte, v string) []byte {
	from := len(b)
	b = append(b, textproto.TrimString(v)...)
	for i := from; i < len(b); i++ {
		if b[i] == '\r' || b[i] == '\n' {
			b[i] = ' '
		}
	}
	return b
}

func bodyAllowed(code int) bool {
	return code >= 200 && code != http.StatusNoContent && code != http.StatusNotModified
}

// Write adds to the body.
func (w *response) Write(p []byte) (int, error) {
	if err := w.begin(p); err != nil || len(p) == 0 {
		return 0, err
	}
	w.written += int64(len(p))
	switch {
	case w.declared >= 0 && w.written > w.declared:
		return 0, http.ErrContentLength
	case w.head:
		return len(p), nil
	case len(w.body)+len(p) <= held && w.written != w.declared:
		w.body = append(w.body, p...)
		return len(p), w.err
	}
	w.flush(p, false)
	return len(p), w.err
}

// begin fixes the head before the body's first bytes, p.
func (w *response) begin(p []byte) error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if !bodyAllowed(w.status) {
		return http.ErrBodyNotAllowed
	}
	if !w.typed && len(p) > 0 {
		w.typed = true
		w.out = append(append(append(w.out, "Content-Type: "...), http.DetectContentType(p)...), "\r\n"...)
	}
	return w.err
}

// Flush sends what is there.
func (w *response) Flush() { _ = w.FlushError() }

// FlushError sends what is there.
func (w *response) FlushError() error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	w.flush(nil, false)
	return w.err
}

// ReadFrom sends src, by the kernel where it can.
func (w *response) ReadFrom(src io.Reader) (int64, error) {
	to, ok := w.c.nc.(io.ReaderFrom)
	if !ok || w.head || w.status == 0 || !w.typed || w.declared < 0 || w.written >= w.declared || !bodyAllowed(w.status) || w.err != nil {
		return io.Copy(onlyWriter{w}, src)
	}
	w.flush(nil, false)
	if w.err != nil {
		return 0, w.err
	}
	left := w.declared - w.written
	if part, ok := src.(*io.LimitedReader); !ok || part.N > left {
		src = io.LimitReader(src, left) // a file behind two of them would be copied by hand
	}
	n, err := to.ReadFrom(src)
	w.written += n
	w.err = err
	return n, err
}

type onlyWriter struct{ io.Writer }

// SetReadDeadline does nothing: the request has arrived.
func (w *response) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline bounds the writing of this answer.
func (w *response) SetWriteDeadline(t time.Time) error {
	w.c.bounded = true
	return w.c.nc.SetWriteDeadline(t)
}

// EnableFullDuplex does nothing: the request has arrived.
func (w *response) EnableFullDuplex() error { return nil }

// flush sends the head, where it is not out yet, what is held back and p; last says
// that nothing follows.
func (w *response) flush(p []byte, last bool) {
	n := len(w.body) + len(p)
	if !w.sent {
		w.finishHead(n, last)
	}
	if w.chunked && n > 0 {
		w.out = append(strconv.AppendInt(w.out, int64(n), 16), "\r\n"...)
	}
	w.out = append(w.out, w.body...)
	w.body = w.body[:0]
	switch {
	case !w.chunked:
		w.write(p)
	case n > 0 && len(p) > held:
		w.write(p)
		w.out = append(w.out, "\r\n"...)
	case n > 0:
		w.out = append(append(w.out, p...), "\r\n"...)
	}
	if w.chunked && last {
		w.out = append(w.out, "0\r\n\r\n"...)
	}
	w.write(nil)
}

func (w *response) finishHead(n int, last bool) {
	w.sent, w.typed = true, true
	switch {
	case w.declared >= 0 || !bodyAllowed(w.status):
	case last && !w.head:
		w.length(int64(n))
	case last && w.written > 0 && w.written <= known:
		w.length(w.written)
	case !last && !w.head:
		w.chunked = true
		w.out = append(w.out, "Transfer-Encoding: chunked\r\n"...)
	}
	if !w.dated {
		w.out = append(append(append(w.out, "Date: "...), w.c.s.dates.date(time.Now())...), "\r\n"...)
	}
	if w.close {
		w.out = append(w.out, "Connection: close\r\n"...)
	}
	w.out = append(w.out, "\r\n"...)
}

// write sends out and p, in one write if they are small.
func (w *response) write(p []byte) {
	if w.err == nil {
		switch {
		case len(p) > held:
			both := net.Buffers{w.out, p}
			_, w.err = both.WriteTo(w.c.nc)
		case len(w.out)+len(p) > 0:
			w.out = append(w.out, p...)
			_, w.err = w.c.nc.Write(w.out)
		}
	}
	w.out = w.out[:0]
}

// end sends what is left. It reports whether the connection can go on.
func (w *response) end() bool {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	w.close = w.close || w.c.s.draining.Load()
	if !w.sent || w.chunked || len(w.body) > 0 {
		w.flush(nil, true)
	}
	wrong := w.declared >= 0 && w.written != w.declared && !w.head && bodyAllowed(w.status)
	return w.err == nil && !w.close && !wrong
}

// stamp is the text of a second.
type stamp struct {
	second int64
	text   string
}

// calendar remembers the text of the current second.
type calendar struct{ now atomic.Pointer[stamp] }

// date returns the Date header of a moment.
func (c *calendar) date(now time.Time) string {
	s := c.now.Load()
	if s == nil || s.second != now.Unix() {
		s = &stamp{now.Unix(), now.UTC().Format(http.TimeFormat)}
		c.now.Store(s)
	}
	return s.text
}
