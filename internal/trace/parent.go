package trace

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
)

// ID names a trace.
type ID [16]byte

// SpanID names a span of a trace.
type SpanID [8]byte

// Parent is what a traceparent header says: the caller's span.
type Parent struct {
	Trace   ID
	Span    SpanID
	Sampled bool
}

// headerLen is the length of version 00.
const headerLen = 55

// Parse reads a traceparent header ("00-<32 hex>-<16 hex>-<2 hex>"). A later version is
// read as far as version 00 goes, as the standard asks.
func Parse(header string) (p Parent, ok bool) {
	if len(header) < headerLen || header[2] != '-' || header[35] != '-' || header[52] != '-' {
		return Parent{}, false
	}
	var version, flags [1]byte
	ok = lowerHex(version[:], header[:2]) && lowerHex(p.Trace[:], header[3:35]) &&
		lowerHex(p.Span[:], header[36:52]) && lowerHex(flags[:], header[53:55])
	switch {
	case !ok, version[0] == 0xff, p.Trace == ID{}, p.Span == SpanID{}:
		return Parent{}, false
	case version[0] == 0 && len(header) != headerLen, len(header) > headerLen && header[headerLen] != '-':
		return Parent{}, false
	}
	p.Sampled = flags[0]&1 == 1
	return p, true
}

// lowerHex decodes lower-case digits, the only ones that the standard has.
func lowerHex(dst []byte, text string) bool {
	for i := range dst {
		hi, lo := digit(text[2*i]), digit(text[2*i+1])
		if hi > 15 || lo > 15 {
			return false
		}
		dst[i] = hi<<4 | lo
	}
	return true
}

func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}

// Append writes the header's text.
func (p Parent) Append(dst []byte) []byte {
	dst = hex.AppendEncode(append(dst, "00-"...), p.Trace[:])
	dst = hex.AppendEncode(append(dst, '-'), p.Span[:])
	if p.Sampled {
		return append(dst, "-01"...)
	}
	return append(dst, "-00"...)
}

// String returns the header's text.
func (p Parent) String() string { return string(p.Append(make([]byte, 0, headerLen))) }

// New returns the start of a trace that nobody follows here: for whoever hands a
// traceparent on although the caller gave none.
func New() Parent {
	return Parent{Trace: newID(), Span: newSpanID()}
}

// The names guard nothing, so they need no cryptographic randomness.
func newID() (id ID) {
	binary.LittleEndian.PutUint64(id[:8], rand.Uint64())
	binary.LittleEndian.PutUint64(id[8:], rand.Uint64()|1) // never all zero
	return id
}

func newSpanID() (id SpanID) {
	binary.LittleEndian.PutUint64(id[:], rand.Uint64()|1)
	return id
}
