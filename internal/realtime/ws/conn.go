package ws

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unicode/utf8"
)

const (
	readBuffer = 1 << 10
	closeWait  = 2 * time.Second        // for the client's answer to a close frame
	settleWait = 100 * time.Millisecond // for the client's machine, after its goodbye
)

// ErrClosed is returned by Read after the client said goodbye, or was told to.
var ErrClosed = errors.New("ws: closed")

// Conn is an open connection.
type Conn struct {
	nc   io.ReadWriteCloser
	r    io.Reader // buffered
	cfg  Config
	lazy *lazy  // what r is, where there is raw
	msg  []byte // the message being read

	worker *worker         // writes the queue, nil for a goroutine of its own
	raw    syscall.RawConn // of nc
	spot   *spot           // what both are in the Lot, nil for a connection that waits for itself

	mu       sync.Mutex
	idle     sync.Cond // flushing has ended
	queue    [][]byte
	one      [1][]byte // the queue's memory, where it is one frame
	queued   int
	flushing bool // the queue is in somebody's hands
	closing  bool // a close frame is in the queue or was sent
	dead     bool
	heard    atomic.Int64  // when the client last said something
	queuedTo uint64        // bytes that were ever queued
	wrote    atomic.Uint64 // bytes that the socket took
	taken    uint64        // of them, acknowledged by the client's machine when the connection ended
}

// newConn takes nc over; head is what was read of it already.
func newConn(nc net.Conn, head []byte, cfg Config) *Conn {
	c := &Conn{nc: nc, raw: rawOf(nc), cfg: cfg}
	c.idle.L = &c.mu
	c.heard.Store(time.Now().UnixNano())
	if c.raw == nil {
		c.r = source(nc, head)
		return c
	}
	c.lazy = &lazy{c: c, raw: c.raw, rest: head}
	c.r = c.lazy
	if cfg.Flusher != nil {
		c.worker = cfg.Flusher.assign()
	}
	cfg.Lot.take(c)
	return c
}

// Next calls ready in a goroutine of its own when there is something for Read. A
// connection in a Lot has no goroutine until then; what can be answered at once is, without
// one. It is to be called by who would call Read, who then does not.
func (c *Conn) Next(ready func()) {
	if c.spot != nil && !c.Buffered() {
		for {
			seen, found := c.look()
			if !found && c.spot.park(seen, ready) {
				return
			}
			if found {
				break
			}
		}
	}
	go ready()
}

// look answers what can be answered at once, and reports whether there is anything else,
// and how many events were known before.
func (c *Conn) look() (seen uint32, found bool) {
	seen, ok := c.spot.hold()
	if !ok {
		return seen, true // Read tells
	}
	defer c.spot.release()
	return seen, c.lazy.look(uintptr(c.spot.fd))
}

// event is the Lot's word that something has happened.
func (c *Conn) event(ended bool) {
	if ready := c.spot.happen(ended); ready != nil {
		c.Next(ready)
	}
}

// Read returns the next message, answering pings on the way. The bytes are the
// caller's. After an error the connection is closed. An Op of 0 says that all that had come
// was answered, and that Next is to wait for more.
func (c *Conn) Read() (Op, []byte, error) {
	op, msg, err := c.message()
	if err == nil {
		if op != 0 && c.spot != nil {
			c.spot.lot.talks(c)
		}
		return op, msg, nil
	}
	var bad *ProtocolError
	if errors.As(err, &bad) {
		c.Close(bad.Code, bad.Reason)
		c.drain()
	}
	if errors.Is(err, io.EOF) {
		c.settle()
	}
	c.Abort()
	return 0, nil, err
}

// Buffered reports whether something was read that Read has not returned yet.
func (c *Conn) Buffered() bool { return c.lazy != nil && len(c.lazy.rest) > 0 }

// message reads frames until a message is whole.
func (c *Conn) message() (Op, []byte, error) {
	c.msg = nil // an idle connection holds no buffer
	var kind Op
	for first := true; ; first = false {
		if !first && kind == 0 && c.spot != nil && !c.Buffered() {
			return 0, nil, nil
		}
		if err := c.await(kind == 0); err != nil {
			return 0, nil, err
		}
		h, err := readHeader(c.r, c.cfg.MaxMessage-len(c.msg))
		if err != nil {
			return 0, nil, err
		}
		if h.op >= opClose {
			if err := c.control(h); err != nil {
				return 0, nil, err
			}
			continue
		}
		if (h.op == opContinue) != (kind != 0) {
			return 0, nil, errContinue
		}
		if c.cfg.Quick != nil && h.op == OpText && h.fin && h.n <= maxControl {
			answered, err := c.short(h)
			if err != nil {
				return 0, nil, err
			}
			if answered {
				continue
			}
		} else if err := c.body(h); err != nil {
			return 0, nil, err
		}
		if kind == 0 {
			kind = h.op
		}
		if !h.fin {
			continue
		}
		if kind == OpText && !utf8.Valid(c.msg) {
			return 0, nil, errText
		}
		return kind, c.msg, nil
	}
}

// body appends a frame's payload to the message. The buffer grows with what really
// arrives, so that a header alone can't claim megabytes.
func (c *Conn) body(h header) error {
	start := len(c.msg)
	for left := h.n; left > 0; {
		n := min(left, 64<<10)
		at := len(c.msg)
		c.msg = append(c.msg, make([]byte, n)...)
		if _, err := io.ReadFull(c.r, c.msg[at:]); err != nil {
			return unexpected(err)
		}
		left -= n
	}
	unmask(c.msg[start:], h.mask)
	return nil
}

func (c *Conn) control(h header) error {
	var b [maxControl]byte
	body := b[:h.n]
	if _, err := io.ReadFull(c.r, body); err != nil {
		return unexpected(err)
	}
	unmask(body, h.mask)
	switch h.op {
	case opPing:
		c.Send(encode(opPong, body))
	case opClose:
		code, err := closeCode(body)
		if err != nil {
			return err
		}
		c.Close(code, "")
		c.drain()
		return ErrClosed
	}
	return nil
}

// await waits for the next frame; fresh says that it begins a message.
func (c *Conn) await(fresh bool) error {
	c.heard.Store(time.Now().UnixNano())
	if c.lazy != nil {
		return c.lazy.await(fresh)
	}
	return nil
}

// EndIdle ends the connection where the client has been silent for too long. It is to be
// called from time to time.
func (c *Conn) EndIdle(now time.Time) {
	if now.Sub(time.Unix(0, c.heard.Load())) > c.cfg.Idle {
		c.Abort()
	}
}

// Send queues a frame. It never waits: a client whose queue is full loses what is in it
// and is told to come back. It returns where the frame ends in all that was queued, for
// Taken.
func (c *Conn) Send(f Frame) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queuedTo += uint64(len(f))
	if c.closing || c.dead {
		return c.queuedTo
	}
	if c.queued+len(f) > c.cfg.MaxQueue {
		c.queue, c.queued, c.one[0] = nil, 0, nil
		if c.cfg.Flusher != nil {
			c.cfg.Flusher.slow.Add(1)
		}
		c.close(CodeTryAgain, "too slow, please reconnect")
		return c.queuedTo
	}
	c.push(f)
	return c.queuedTo
}

// Taken returns up to where the client's machine has acknowledged what was queued. Of a
// connection that ended it is final.
func (c *Conn) Taken() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.dead {
		c.measure()
	}
	return c.taken
}

// Settle ends the sending to a client that has come back by another connection, and gives
// this one a moment to acknowledge what is on its way, so that Taken is exact.
func (c *Conn) Settle() { c.settle() }

// measure may say too little, while a write is under way, but never too much.
func (c *Conn) measure() {
	wrote := c.wrote.Load()
	c.taken = wrote - min(unacknowledged(c.raw), wrote)
}

// settle gives a client that said goodbye a moment to acknowledge what is on its way, or
// to refuse it, so that Taken is exact.
func (c *Conn) settle() {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	c.flushed()
	for until := time.Now().Add(settleWait); unacknowledged(c.raw) > 0 && time.Now().Before(until); {
		time.Sleep(settleWait / 50)
	}
}

// push queues f and sees that somebody writes. The lock is held.
func (c *Conn) push(f Frame) {
	if c.queue == nil {
		c.queue = c.one[:0]
	}
	c.queue = append(c.queue, f)
	c.queued += len(f)
	if !c.flushing {
		c.flushing = true
		if c.worker == nil || !c.worker.add(c) {
			go c.write(nil)
		}
	}
}

// Close sends what is queued and a close frame; the connection ends when the client
// answers, or soon.
func (c *Conn) Close(code int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing && !c.dead {
		c.close(code, reason)
	}
}

// close queues the close frame; a write under way has as long as the client's answer.
// The lock is held.
func (c *Conn) close(code int, reason string) {
	c.closing = true
	time.AfterFunc(closeWait, c.Abort)
	c.push(encodeClose(code, reason))
}

// Abort ends the connection at once.
func (c *Conn) Abort() {
	if c.die() { // without the lock: who reads may want it before it lets go of the socket
		_ = c.nc.Close()
	}
}

// die reports whether the connection was alive until now.
func (c *Conn) die() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead {
		return false
	}
	c.measure()
	c.dead, c.queue, c.one[0] = true, nil, nil
	return true
}

// batch appends the queue to used and empties it; ok is false, and nobody flushes any
// more, where it is empty.
func (c *Conn) batch(used [][]byte) (batch [][]byte, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 || c.dead {
		c.rest()
		return used, false
	}
	batch = append(used, c.queue...)
	c.queue, c.queued, c.one[0] = nil, 0, nil
	return batch, true
}

// rest says that nobody writes any more. The lock is held.
func (c *Conn) rest() {
	c.flushing = false
	c.idle.Broadcast()
}

// again gives the queue back to the worker where it was filled meanwhile.
func (c *Conn) again() {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case len(c.queue) == 0 || c.dead:
		c.rest()
	case !c.worker.add(c):
		go c.write(nil)
	}
}

// write writes first, and then the queue until it is empty, and waits for the client
// as long as is allowed.
func (c *Conn) write(first [][]byte) {
	var buf []byte
	for batch, ok := first, true; ok; batch, ok = c.batch(nil) {
		if len(batch) == 0 {
			continue
		}
		c.mu.Lock()
		giveUp := time.AfterFunc(c.patience(), c.Abort)
		c.mu.Unlock()
		for len(batch) > 0 {
			var out []byte
			out, batch = gather(&buf, batch)
			n, err := c.nc.Write(out)
			c.wrote.Add(uint64(n))
			if err != nil {
				c.Abort()
				break
			}
		}
		giveUp.Stop()
	}
}

// gather takes frames off the batch for one write. buf is memory for several.
func gather(buf *[]byte, batch [][]byte) (out []byte, left [][]byte) {
	size, n := 0, 0
	for n < len(batch) && (n == 0 || size+len(batch[n]) <= batchBytes) {
		size += len(batch[n])
		n++
	}
	if n == 1 {
		return batch[0], batch[1:]
	}
	out = (*buf)[:0]
	for _, b := range batch[:n] {
		out = append(out, b...)
	}
	*buf = out
	return out, batch[n:]
}

// patience is how long a write may take. The lock is held.
func (c *Conn) patience() time.Duration {
	if c.closing {
		return min(closeWait, c.cfg.WriteTimeout)
	}
	return c.cfg.WriteTimeout
}

// drain gives the close frame a moment to leave and the client one to go: a socket
// that is closed with bytes unread would be reset, and take the frame with it. How long is
// close's to say.
func (c *Conn) drain() {
	c.flushed()
	if tcp, ok := c.nc.(interface{ CloseWrite() error }); ok {
		_ = tcp.CloseWrite()
		_, _ = io.Copy(io.Discard, io.LimitReader(c.nc, 1<<20))
	}
}

// flushed waits for the writing goroutine, which has a bound.
func (c *Conn) flushed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.flushing {
		c.idle.Wait()
	}
}
