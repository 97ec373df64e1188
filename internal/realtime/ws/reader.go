package ws

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"sync"
	"syscall"
)

// buffers are those of connections that have something to read just now.
var buffers = sync.Pool{New: func() any { b := make([]byte, readBuffer); return &b }}

// source reads what comes, first of all what came with the handshake.
func source(nc net.Conn, raw syscall.RawConn, head []byte) io.Reader {
	if raw != nil {
		return &lazy{raw: raw, rest: head}
	}
	var r io.Reader = nc
	if len(head) > 0 {
		r = io.MultiReader(bytes.NewReader(head), nc)
	}
	return bufio.NewReaderSize(r, readBuffer)
}

// lazy is a buffered reader that holds no buffer while it waits.
type lazy struct {
	raw  syscall.RawConn
	buf  *[]byte // of the pool
	rest []byte  // what is not read of it
	err  error
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

func (l *lazy) release() {
	if l.buf != nil {
		buffers.Put(l.buf)
		l.buf, l.rest = nil, nil
	}
}

func (l *lazy) fill() error {
	l.err = nil
	if err := l.raw.Read(l.take); err != nil {
		return err
	}
	return l.err
}

// take reads once; false says that there is nothing yet.
func (l *lazy) take(fd uintptr) bool {
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
	}
	return true
}
