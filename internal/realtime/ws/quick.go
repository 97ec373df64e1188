package ws

import (
	"bytes"
	"io"
	"sync"
)

// pen writes to connections whose flushing is its own, without waiting.
type pen struct {
	buf  []byte
	sent int
	err  error
	try  func(fd uintptr) bool // writes buf
}

func newPen() *pen {
	p := &pen{}
	p.try = func(fd uintptr) bool { p.sent, p.err = writeNow(fd, p.buf); return true }
	return p
}

// write writes buf, which is so many frames, to c. What the socket does not take is left
// to a goroutine.
func (p *pen) write(c *Conn, frames int) {
	p.sent, p.err = 0, nil
	if err := c.raw.Write(p.try); err != nil && p.err == nil {
		p.err = err
	}
	c.wrote.Add(uint64(p.sent))
	c.worker.of.writes.Add(1)
	c.worker.of.frames.Add(uint64(frames))
	switch {
	case p.err != nil:
		c.Abort()
	case p.sent < len(p.buf):
		go c.write([][]byte{bytes.Clone(p.buf[p.sent:])})
		return
	}
	c.again()
}

// quick holds a short message and its answer.
type quick struct {
	in [maxControl]byte
	*pen
}

var quicks = sync.Pool{New: func() any { return &quick{pen: newPen()} }}

// short reads a short text and answers it, or leaves it in c.msg.
func (c *Conn) short(h header) (answered bool, err error) {
	q := quicks.Get().(*quick)
	defer quicks.Put(q)
	msg := q.in[:h.n]
	if _, err := io.ReadFull(c.r, msg); err != nil {
		return false, unexpected(err)
	}
	unmask(msg, h.mask)
	out := c.cfg.Quick(append(q.buf[:0], 0x80|byte(OpText), 0), msg)
	if out == nil {
		c.msg = bytes.Clone(msg)
		return false, nil
	}
	n := len(out) - 2
	if n > maxControl {
		c.Send(Text(out[2:]))
		return true, nil
	}
	out[1] = byte(n)
	if q.buf = out; c.claim(len(out)) {
		q.write(c, 1)
	} else {
		c.Send(bytes.Clone(out))
	}
	return true, nil
}

// claim takes the flushing, to write n bytes, where nothing is queued or being written.
func (c *Conn) claim(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.worker == nil || c.flushing || c.closing || c.dead {
		return false
	}
	c.flushing = true
	c.queuedTo += uint64(n)
	return true
}
