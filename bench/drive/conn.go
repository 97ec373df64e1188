package drive

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// Limits of one exchange.
const (
	patience = 20 * time.Second
	maxBody  = 64 << 20
)

// Request is one HTTP request. Header is ready-made lines, each ended by CRLF.
type Request struct {
	Method, Path string
	Header, Body string
}

func (r *Request) appendTo(dst []byte) []byte {
	dst = append(dst, r.Method...)
	dst = append(dst, ' ')
	dst = append(dst, r.Path...)
	dst = append(dst, " HTTP/1.1\r\nHost: 127.0.0.1\r\n"...)
	dst = append(dst, r.Header...)
	if r.Body != "" {
		dst = append(dst, "Content-Type: application/json\r\nContent-Length: "...)
		dst = strconv.AppendInt(dst, int64(len(r.Body)), 10)
		dst = append(dst, "\r\n"...)
	}
	dst = append(dst, "\r\n"...)
	return append(dst, r.Body...)
}

// Answer is what came back; Body is valid until the next request.
type Answer struct {
	Status int
	Range  string // Content-Range
	Body   []byte
}

// Conn is a keep-alive connection. One goroutine uses it.
type Conn struct {
	// Patience is how long an exchange may take; 0 for 20 seconds.
	Patience time.Duration

	addr string
	nc   net.Conn
	r    *bufio.Reader
	out  []byte
	body []byte
}

// Dial connects.
func Dial(addr string) (*Conn, error) {
	c := &Conn{addr: addr}
	return c, c.dial()
}

func (c *Conn) dial() error {
	nc, err := net.DialTimeout("tcp", c.addr, patience)
	if err != nil {
		return err
	}
	c.nc, c.r = nc, bufio.NewReaderSize(nc, 16<<10)
	return nil
}

// Close ends the connection.
func (c *Conn) Close() error {
	if c.nc == nil {
		return nil
	}
	err := c.nc.Close()
	c.nc = nil
	return err
}

// Do sends a request and reads its answer. After an error it connects anew.
func (c *Conn) Do(r *Request) (Answer, error) {
	if c.nc == nil {
		if err := c.dial(); err != nil {
			return Answer{}, err
		}
	}
	a, keep, err := c.exchange(r)
	if err != nil || !keep {
		_ = c.Close() // nothing was buffered
	}
	return a, err
}

func (c *Conn) exchange(r *Request) (a Answer, keep bool, err error) {
	if err := c.nc.SetDeadline(time.Now().Add(cmp.Or(c.Patience, patience))); err != nil {
		return a, false, err
	}
	c.out = r.appendTo(c.out[:0])
	if _, err := c.nc.Write(c.out); err != nil {
		return a, false, err
	}
	h, err := c.head()
	if err != nil {
		return a, false, err
	}
	a.Status, a.Range = h.status, h.span
	c.body = c.body[:0]
	switch {
	case r.Method == "HEAD" || h.status == 204 || h.status == 304:
	case h.chunked:
		err = c.chunks()
	case h.length > maxBody:
		err = errors.New("the answer is too long")
	case h.length >= 0:
		err = c.take(h.length)
	default:
		return a, false, errors.New("an answer without a length")
	}
	a.Body = c.body
	return a, !h.close, err
}

type head struct {
	status, length int
	chunked, close bool
	span           string
}

func (c *Conn) head() (head, error) {
	line, err := c.line()
	if err != nil {
		return head{}, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return head{}, fmt.Errorf("not an HTTP/1.1 answer: %q", line)
	}
	h := head{length: -1}
	if h.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return h, err
	}
	for {
		if line, err = c.line(); err != nil || len(line) == 0 {
			return h, err
		}
		name, val, _ := bytes.Cut(line, []byte(":"))
		val = bytes.TrimSpace(val)
		switch {
		case bytes.EqualFold(name, []byte("content-length")):
			if h.length, err = strconv.Atoi(string(val)); err != nil || h.length < 0 {
				return h, fmt.Errorf("content-length %q", val)
			}
		case bytes.EqualFold(name, []byte("transfer-encoding")):
			h.chunked = bytes.EqualFold(val, []byte("chunked"))
		case bytes.EqualFold(name, []byte("connection")):
			h.close = bytes.EqualFold(val, []byte("close"))
		case bytes.EqualFold(name, []byte("content-range")):
			h.span = string(val)
		}
	}
}

// line reads a line of the head, without its end; valid until the next read.
func (c *Conn) line() ([]byte, error) {
	line, err := c.r.ReadSlice('\n')
	return bytes.TrimRight(line, "\r\n"), err
}

func (c *Conn) take(n int) error {
	from := len(c.body)
	if cap(c.body) < from+n {
		c.body = append(c.body[:from], make([]byte, n)...)
	}
	c.body = c.body[:from+n]
	_, err := io.ReadFull(c.r, c.body[from:])
	return err
}

func (c *Conn) chunks() error {
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(string(line), 16, 32)
		if err != nil || n < 0 || int(n)+len(c.body) > maxBody {
			return fmt.Errorf("chunk size %q", line)
		}
		if n > 0 {
			if err := c.take(int(n)); err != nil {
				return err
			}
		}
		if line, err = c.line(); err != nil || len(line) > 0 {
			return errors.Join(err, errEnd(line))
		}
		if n == 0 {
			return nil
		}
	}
}

func errEnd(line []byte) error {
	if len(line) == 0 {
		return nil
	}
	return fmt.Errorf("after a chunk: %q", line)
}
