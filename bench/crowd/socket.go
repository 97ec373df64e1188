package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const patience = 30 * time.Second

// socket is one phone's connection.
type socket struct {
	nc  *net.TCPConn
	r   *bufio.Reader
	buf []byte
}

// dial opens a WebSocket from the n-th address of the loopback.
func dial(addr string, n int, query string) (*socket, error) {
	d := net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+n%8))}}
	nc, err := d.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	s := &socket{nc: nc.(*net.TCPConn), r: bufio.NewReaderSize(nc, 1024)}
	_ = nc.SetDeadline(time.Now().Add(patience))
	_, err = io.WriteString(nc, "GET /realtime/v1/websocket?vsn=2.0.0&apikey="+publishable+query+" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"+
		"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n")
	for line, first := "", true; err == nil && line != "\r\n"; first = false {
		if line, err = s.r.ReadString('\n'); first && err == nil && !strings.Contains(line, " 101 ") {
			err = fmt.Errorf("the handshake was answered %s", strings.TrimSpace(line))
		}
	}
	if err != nil {
		nc.Close()
		return nil, err
	}
	return s, nc.SetDeadline(time.Time{})
}

// join joins a topic and reads until text was heard.
func (s *socket) join(topic, config, token, text string) error {
	if err := s.say(`["1","1","realtime:` + topic + `","phx_join",{"config":` + config + `,"access_token":"` + token + `"}]`); err != nil {
		return err
	}
	return s.expect(text)
}

func (s *socket) expect(text string) error {
	_ = s.nc.SetReadDeadline(time.Now().Add(patience))
	for {
		b, err := s.hear()
		switch {
		case err != nil:
			return fmt.Errorf("waiting for %s: %w", text, err)
		case strings.Contains(string(b), text):
			return s.nc.SetReadDeadline(time.Time{})
		case strings.Contains(string(b), `"status":"error"`):
			return fmt.Errorf("waiting for %s: %s", text, b)
		}
	}
}

func (s *socket) say(text string) error {
	b := []byte{0x81, 0x80 | byte(len(text))}
	if len(text) > 125 {
		b = []byte{0x81, 0x80 | 126, byte(len(text) >> 8), byte(len(text))}
	}
	_, err := s.nc.Write(append(append(b, 0, 0, 0, 0), text...))
	return err
}

// hear returns the next frame's payload, valid until the next call.
func (s *socket) hear() ([]byte, error) {
	var h [8]byte
	if _, err := io.ReadFull(s.r, h[:2]); err != nil {
		return nil, err
	}
	op, n := h[0]&15, int(h[1])
	switch n {
	case 126:
		_, err := io.ReadFull(s.r, h[:2])
		if n = int(binary.BigEndian.Uint16(h[:2])); err != nil {
			return nil, err
		}
	case 127:
		_, err := io.ReadFull(s.r, h[:])
		if n = int(binary.BigEndian.Uint64(h[:])); err != nil {
			return nil, err
		}
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
