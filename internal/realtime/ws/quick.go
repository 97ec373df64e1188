package ws

import (
	"bytes"
	"io"
	"sync"
)

// maxSmall is how many bytes writeSmall may be given, so that it stays short.
const maxSmall = 16 << 10

// pen writes to connections whose flushing is its own, without waiting.
type pen struct {
	out  []byte
	sent int
	err  error
	try  func(fd uintptr) bool // writes out
}

func newPen() *pen {
	p := &pen{}
	p.try = func(fd uintptr) bool {
		write := writeNow
		if len(p.out) <= maxSmall {
			write = writeSmall
		}
		p.sent, p.err = write(fd, p.out)
		return true
	}
	return p
}

// write writes b, which is so many frames, to c.
func (p *pen) write(c *Conn, b []byte, frames int) {
	p.out, p.sent, p.err = b, 0, nil
	if err := c.raw.Write(p.try); err != nil && p.err == nil {
		p.err = err
	}
	p.out = nil
	if c.wroteNow(b, p.sent, frames, p.err); p.err != nil {
		c.Abort()
	}
}

// wroteNow ends a write of b, which is so many frames, that was made without waiting.
// What the socket did not take is left to a goroutine.
func (c *Conn) wroteNow(b []byte, sent, frames int, err error) {
	c.wrote.Add(uint64(sent))
	c.worker.of.writes.Add(1)
	c.worker.of.frames.Add(uint64(frames))
	if err == nil && sent < len(b) {
		go c.write([][]byte{bytes.Clone(b[sent:])})
		return
	}
	c.again()
}

// quick makes the frame that answers msg, nil where there is none or dst has no room.
func (c *Conn) quick(dst, msg []byte) (out []byte) {
	defer func() {
		if recover() != nil {
			out = nil // it fails again where Read shows it, which is somebody's to tell of
		}
	}()
	room := cap(dst)
	if room < 2 {
		return nil
	}
	out = c.cfg.Quick(append(dst, 0x80|byte(OpText), 0), msg)
	if out == nil || len(out) > room || len(out)-2 > maxControl {
		return nil
	}
	out[1] = byte(len(out) - 2)
	return out
}

// quick holds a short message and its answer.
type quick struct {
	in  [maxControl]byte
	buf []byte
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
		q.write(c, out, 1)
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
