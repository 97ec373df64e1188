// Package content writes an answer that is whole in memory: with an ETag, as 304 where
// the caller has it already, and compressed where that pays. A body is hashed and
// compressed once, after it was encoded once.
//
// It is for answers that hold no secret beside what a caller may choose: where both
// are in one body, its compressed length tells. Sign-in does not use it. Anything here
// may be called at once from many goroutines.
//
//	content.Write(w, r, http.StatusOK, body)
package content

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Least is the length in bytes from which a body is compressed: below it, it travels
// in one packet anyway.
const Least = 1400

// Write sends status and body under the headers that w has. It sets Content-Length,
// ETag, Vary and Content-Encoding.
func Write(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	h := w.Header()
	said := new([2]string) // the values of two headers, in one piece
	read := r.Method == http.MethodGet && status == http.StatusOK
	if read && h["Etag"] == nil {
		tag := Tag(body, beside(h))
		h["Etag"] = said[:1:1]
		said[0] = tag
		if has := r.Header["If-None-Match"]; len(has) > 0 && matches(has, tag) {
			varies(h)
			delete(h, "Content-Length")
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if c, may := codingFor(h, r, body); may || read {
		varies(h)
		if c != identity {
			c.send(w, status, body)
			return
		}
	}
	h["Content-Length"] = said[1:]
	said[1] = strconv.Itoa(len(body))
	w.WriteHeader(status)
	w.Write(body) // the client may be gone; there is nobody to tell
}

// Long sends a body that may be long and is asked for seldom: compressed where that pays,
// without an ETag.
func Long(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	h := w.Header()
	if c, may := codingFor(h, r, body); may {
		h["Vary"] = append(h["Vary"][:len(h["Vary"]):len(h["Vary"])], "Accept-Encoding")
		if c != identity {
			c.send(w, status, body)
			return
		}
	}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	w.Write(body) // as in Write
}

// codingFor is the coding for body; may says that another caller would get another one.
func codingFor(h http.Header, r *http.Request, body []byte) (c coding, may bool) {
	if len(body) < Least || h["Content-Encoding"] != nil || !pays(h["Content-Type"]) {
		return identity, false
	}
	return choose(r.Header["Accept-Encoding"]), true
}

// Pays reports whether bodies of a type are worth compressing.
func Pays(contentType string) bool { return pays([]string{contentType}) }

// beside is what an answer says of its body that may change without it.
func beside(h http.Header) string {
	if r := h["Content-Range"]; len(r) > 0 {
		return r[0]
	}
	return ""
}

// pays reports a type that is text; pictures and archives are small already.
func pays(types []string) bool {
	return len(types) > 0 && (strings.HasPrefix(types[0], "text/") || strings.Contains(types[0], "json") || strings.Contains(types[0], "xml"))
}

// varies says what an answer depends on, beside what SQL has said of it.
func varies(h http.Header) {
	if said := h["Vary"]; len(said) > 0 {
		h["Vary"] = append(said[:len(said):len(said)], vary...)
		return
	}
	h["Vary"] = vary
}

// vary is shared and never changed: who asks is part of the question.
var vary = []string{"Accept, Accept-Encoding, Accept-Profile, Authorization, Apikey, Prefer, Range"}

// Tag is the weak entity tag of a body and of what else an answer says beside it. The
// same on every node and after every start.
func Tag(body []byte, beside string) string {
	sum := xxhash.Sum64(body)
	if beside != "" {
		sum = sum*31 + xxhash.Sum64String(beside)
	}
	var b [20]byte
	out := append(b[:0], `W/"`...)
	const hex = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		out = append(out, hex[sum>>shift&15])
	}
	return string(append(out, '"'))
}

// matches compares weakly, as RFC 9110 wants for If-None-Match.
func matches(has []string, tag string) bool {
	opaque := strings.TrimPrefix(tag, "W/")
	for _, line := range has {
		for one := range strings.SplitSeq(line, ",") {
			one = strings.TrimSpace(one)
			if one == "*" || strings.TrimPrefix(one, "W/") == opaque {
				return true
			}
		}
	}
	return false
}

// coding is a content coding.
type coding int

const (
	identity coding = iota
	inGzip
	inBrotli
	inZstd
)

// choose returns the best coding that the caller takes: zstd, else brotli, for 1.3 times its
// CPU and the same length, else gzip. Apple's phones take brotli and no zstd: they get a
// quarter less than by gzip.
func choose(accept []string) coding {
	best := identity
	for _, line := range accept {
		for one := range strings.SplitSeq(line, ",") {
			name, weight, _ := strings.Cut(one, ";")
			if refused(weight) {
				continue
			}
			switch name = strings.TrimSpace(name); {
			case strings.EqualFold(name, "zstd"):
				return inZstd
			case strings.EqualFold(name, "br"):
				best = inBrotli
			case strings.EqualFold(name, "gzip"):
				best = max(best, inGzip)
			}
		}
	}
	return best
}

// refused reports a weight of zero.
func refused(weight string) bool {
	weight = strings.ReplaceAll(weight, " ", "")
	value, ok := strings.CutPrefix(weight, "q=")
	if !ok {
		return false
	}
	q, err := strconv.ParseFloat(value, 64)
	return err != nil || q <= 0
}

func (c coding) send(w http.ResponseWriter, status int, body []byte) {
	h, buf := w.Header(), lend()
	defer back(buf)
	switch c {
	case inZstd:
		h["Content-Encoding"] = []string{"zstd"}
		e := zstds.Get().(*zstd.Encoder)
		buf.b = e.EncodeAll(body, buf.b)
		zstds.Put(e)
	case inBrotli:
		h["Content-Encoding"] = []string{"br"}
		through(&brotlis, buf, body)
	default:
		h["Content-Encoding"] = []string{"gzip"}
		through(&gzips, buf, body)
	}
	h["Content-Length"] = []string{strconv.Itoa(len(buf.b))}
	w.WriteHeader(status)
	w.Write(buf.b) // as in Write
}

// writer is what gzip and brotli have in common.
type writer interface {
	io.WriteCloser
	Reset(io.Writer)
}

func through(pool *sync.Pool, buf *buffer, body []byte) {
	z := pool.Get().(writer)
	z.Reset(buf)
	_, err := z.Write(body)
	if err == nil {
		err = z.Close()
	}
	pool.Put(z)
	if err != nil { // a buffer in memory takes everything
		panic(err)
	}
}

// buffer is a body on its way.
type buffer struct{ b []byte }

// Write appends.
func (b *buffer) Write(p []byte) (int, error) {
	b.b = append(b.b, p...)
	return len(p), nil
}

const keep = 64 << 10 // a larger buffer is not kept

var buffers = sync.Pool{New: func() any { return new(buffer) }}

func lend() *buffer { return buffers.Get().(*buffer) }

func back(b *buffer) {
	if cap(b.b) <= keep {
		b.b = b.b[:0]
		buffers.Put(b)
	}
}

var gzips = sync.Pool{New: func() any {
	g, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil { // the level is one
		panic(err)
	}
	return g
}}

var brotlis = sync.Pool{New: func() any { return brotli.NewWriterV2(nil, 1) }}

var zstds = sync.Pool{New: func() any {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(128<<10))
	if err != nil { // the options are right
		panic(err)
	}
	return e
}}
