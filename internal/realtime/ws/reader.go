package ws

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"sync"
	"syscall"
	"time"
)

// buffers are those of connections that have something to read just now.
var buffers = sync.Pool{New: func() any { b := make([]byte, readBuffer); return &b }}

// source reads what comes where there is no lazy reader, first of all what came with the
// handshake.
func source(nc net.Conn, head []byte) io.Reader {
	var r io.Reader = nc
	if len(head) > 0 {
		r = io.MultiReader(bytes.NewReader(head), nc)
	}
	return bufio.NewReaderSize(r, readBuffer)
}

// lazy is a buffered reader that holds no buffer while it waits.
type lazy struct {
	raw  syscall.RawConn
	c    *Conn
	next bool    // what comes is a new message
	buf  *[]byte // of the pool
	rest []byte  // what is not read of it
	err  error   // the last, there is no reading after it
}

func (l *lazy) Read(p []byte) (int, error) {
	if len(l.rest) == 0 {
		if err := l.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, l.rest)
	if l.rest = l.rest[n:]; len(l.rest) == 0 {
		l.release()
	}
	return n, nil
}

// await waits until something can be read; fresh says that a message begins.
func (l *lazy) await(fresh bool) error {
	if len(l.rest) > 0 {
		return nil
	}
	l.next = fresh
	err := l.fill()
	l.next = false
	return err
}

func (l *lazy) release() {
	if l.buf != nil {
		buffers.Put(l.buf)
		l.buf, l.rest = nil, nil
	}
}

// look is a try of await that does not wait.
func (l *lazy) look(fd uintptr) (found bool) {
	l.next = true
	found = l.take(fd)
	l.next = false
	return found
}

func (l *lazy) fill() error {
	if l.err == nil {
		if err := l.raw.Read(l.take); err != nil {
			return err
		}
	}
	return l.err
}

// take reads what is there; false says to wait for more. Messages that can be answered at
// once are answered here: a phone that sends heartbeats costs one read and one write each
// time, and nothing else of its connection is touched.
func (l *lazy) take(fd uintptr) bool {
	for {
		l.release()
		l.buf = buffers.Get().(*[]byte)
		n, wait, err := readNow(fd, *l.buf)
		switch {
		case wait:
			l.release()
			return false
		case err != nil:
			l.err = err
		case n == 0:
			l.err = io.EOF
		}
		if l.rest = (*l.buf)[:n]; n == 0 {
			l.release()
			return true
		}
		if !l.next || !l.glance(fd) {
			return true
		}
		// All of it was answered. Less than the buffer holds was all that there was: what
		// comes next wakes us. A client that closed after its message and is not there to
		// get the answer does so, too.
		if n < readBuffer {
			l.release()
			return false
		}
	}
}

// glance answers the messages at the start of what was read, and reports whether that was
// all.
func (l *lazy) glance(fd uintptr) bool {
	c, b := l.c, l.rest
	if c.worker == nil || c.cfg.Quick == nil {
		return false
	}
	for len(b) > 0 {
		n := quickSize(b)
		if n == 0 {
			break
		}
		var mask [4]byte
		copy(mask[:], b[2:])
		msg := b[6:n]
		unmask(msg, mask)
		out := c.quick(b[len(b):], msg)
		if out == nil || !c.claim(len(out)) {
			unmask(msg, mask) // as it was: somebody else reads it
			break
		}
		sent, err := writeSmall(fd, out)
		if c.wroteNow(out, sent, 1, err); err != nil {
			l.err = err // who reads ends the connection
		}
		b = b[n:]
	}
	if len(b) < len(l.rest) {
		c.heard.Store(time.Now().UnixNano())
	}
	l.rest = b
	return len(b) == 0 && l.err == nil
}

// quickSize is the size of the frame at the start of b, 0 where it is not all there or is
// no short text.
func quickSize(b []byte) int {
	if len(b) < 6 || b[0] != 0x80|byte(OpText) || b[1] < 0x80 || b[1] > 0x80|maxControl {
		return 0
	}
	if n := 6 + int(b[1]&0x7f); n <= len(b) {
		return n
	}
	return 0
}
