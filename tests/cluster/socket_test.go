package cluster

import (
	"bufio"
	be "encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// socket is a WebSocket of the realtime room, in version 2 of Phoenix' protocol.
type socket struct {
	nc net.Conn
	r  *bufio.Reader
}

// dial opens one at an address.
func dial(addr string) (*socket, error) { return dialSession(addr, "") }

// dialSession opens one that says a session, so that it may be resumed.
func dialSession(addr, session string) (*socket, error) {
	nc, err := net.DialTimeout("tcp", addr, 2*time.Second)
	if err != nil {
		return nil, err
	}
	s := &socket{nc, bufio.NewReader(nc)}
	if err := s.upgrade(addr, session); err != nil {
		return nil, errors.Join(err, nc.Close())
	}
	return s, nil
}

func (s *socket) upgrade(addr, session string) error {
	s.nc.SetDeadline(time.Now().Add(5 * time.Second))
	_, err := fmt.Fprintf(s.nc, "GET /realtime/v1/websocket?vsn=2.0.0&session=%s&apikey=%s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\n"+
		"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", session, publishable, addr)
	if err != nil {
		return err
	}
	res, err := http.ReadResponse(s.r, nil)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("upgrade: %s", res.Status)
	}
	return nil
}

// say sends [join_ref, ref, topic, event, payload].
func (s *socket) say(frame ...any) error {
	text, err := json.Marshal(frame)
	if err != nil {
		return err
	}
	head := []byte{0x81, 0x80 | 126, 0, 0, 0, 0, 0, 0} // a mask of zeros
	be.BigEndian.PutUint16(head[2:], uint16(len(text)))
	s.nc.SetWriteDeadline(time.Now().Add(5 * time.Second))
	_, err = s.nc.Write(append(head, text...))
	return err
}

// frame is one that the server sent.
type frame struct {
	topic, event string
	payload      json.RawMessage
}

// hear returns the next frame; more silence than limit is an error.
func (s *socket) hear(limit time.Duration) (f frame, err error) {
	s.nc.SetReadDeadline(time.Now().Add(limit))
	for {
		op, text, err := s.read()
		switch {
		case err != nil:
			return f, err
		case op == 8:
			return f, io.EOF
		case op != 1:
			continue
		}
		var parts [5]json.RawMessage
		if err := json.Unmarshal(text, &parts); err != nil {
			return f, err
		}
		f.payload = parts[4]
		return f, errors.Join(json.Unmarshal(parts[2], &f.topic), json.Unmarshal(parts[3], &f.event))
	}
}

func (s *socket) read() (op byte, text []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(s.r, head[:]); err != nil {
		return 0, nil, err
	}
	n := uint64(head[1] & 0x7f)
	switch n {
	case 126:
		var b [2]byte
		_, err = io.ReadFull(s.r, b[:])
		n = uint64(be.BigEndian.Uint16(b[:]))
	case 127:
		var b [8]byte
		_, err = io.ReadFull(s.r, b[:])
		n = be.BigEndian.Uint64(b[:])
	}
	if err != nil || n > 16<<20 {
		return 0, nil, errors.Join(err, io.ErrUnexpectedEOF)
	}
	text = make([]byte, n)
	_, err = io.ReadFull(s.r, text)
	return head[0] & 0xf, text, err
}
