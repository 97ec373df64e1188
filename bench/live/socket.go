package live

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const patience = 30 * time.Second

// maxFrame bounds a frame that a server may send.
const maxFrame = 16 << 20

// socket is a subscriber's connection: a WebSocket, or a stream of server-sent
// events, whose lines are its frames.
type socket struct {
	nc     net.Conn
	r      *bufio.Reader
	buf    []byte
	stream bool
}

// open sends the upgrade (or, for a stream, the request) and reads the answer's head.
func open(addr, path, header string, stream bool) (*socket, error) {
	nc, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, err
	}
	s := &socket{nc: nc, r: bufio.NewReaderSize(nc, 1024), stream: stream}
	if err := s.begin(path, header); err != nil {
		return nil, errors.Join(err, nc.Close())
	}
	return s, nil
}

func (s *socket) begin(path, header string) error {
	if err := s.nc.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	want := " 200 "
	if !s.stream {
		header += "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
		want = " 101 "
	}
	if _, err := io.WriteString(s.nc, "GET "+path+" HTTP/1.1\r\nHost: 127.0.0.1\r\n"+header+"\r\n"); err != nil {
		return err
	}
	for first := true; ; first = false {
		line, err := s.r.ReadString('\n')
		switch {
		case err != nil:
			return err
		case first && !strings.Contains(line, want):
			return fmt.Errorf("GET %s: %s", path, strings.TrimSpace(line))
		case strings.TrimSpace(line) == "":
			return s.nc.SetDeadline(time.Time{})
		}
	}
}

// say sends a text frame; the mask, which is of no use here, is zero.
func (s *socket) say(text string) error {
	b := []byte{0x81, 0x80 | byte(len(text))}
	if len(text) > 125 {
		b = []byte{0x81, 0x80 | 126, byte(len(text) >> 8), byte(len(text))}
	}
	b = append(b, 0, 0, 0, 0)
	_, err := s.nc.Write(append(b, text...))
	return err
}

// hear returns the next frame's payload, valid until the next call.
func (s *socket) hear() ([]byte, error) {
	if s.stream {
		line, err := s.r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			err = nil // a part of a long line
		}
		return line, err
	}
	head, err := s.r.Peek(2)
	if err != nil {
		return nil, err
	}
	op, n := head[0]&15, int(head[1]&127)
	skip := 2
	switch n {
	case 126:
		if head, err = s.r.Peek(4); err == nil {
			n, skip = int(binary.BigEndian.Uint16(head[2:])), 4
		}
	case 127:
		if head, err = s.r.Peek(10); err == nil {
			n, skip = int(min(binary.BigEndian.Uint64(head[2:]), maxFrame+1)), 10
		}
	}
	if err != nil {
		return nil, err
	}
	if n > maxFrame {
		return nil, errors.New("a frame is too long")
	}
	if _, err := s.r.Discard(skip); err != nil {
		return nil, err
	}
	if cap(s.buf) < n {
		s.buf = make([]byte, n)
	}
	s.buf = s.buf[:n]
	if _, err := io.ReadFull(s.r, s.buf); err != nil {
		return nil, err
	}
	if op == 8 {
		return nil, fmt.Errorf("the server closed the socket: %q", s.buf)
	}
	return s.buf, nil
}

// expect hears frames until one holds the text.
func (s *socket) expect(text string) (string, error) {
	if err := s.nc.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	for {
		frame, err := s.hear()
		if err != nil {
			return "", fmt.Errorf("waiting for %s: %w", text, err)
		}
		if strings.Contains(string(frame), text) {
			return string(frame), s.nc.SetReadDeadline(time.Time{})
		}
	}
}
