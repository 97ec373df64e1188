package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// phone is a WebSocket that counts what it is told.
type phone struct {
	nc          net.Conn
	node, room  int // that it is connected to, and that it listens to
	rows, casts atomic.Int64
}

const join = `["1","1","realtime:room-%d","phx_join",{"config":{"presence":{"enabled":false},"postgres_changes":[{"event":"INSERT","schema":"public","table":"posts","filter":"room=eq.%[1]d"}]}}]`

func (p *phone) seen() count { return count{p.rows.Load(), p.casts.Load()} }

// dial connects, and returns when the subscription to a room stands.
func dial(addr string, room int) (*phone, error) {
	nc, err := net.DialTimeout("tcp", addr, 10*time.Second)
	if err != nil {
		return nil, err
	}
	p := &phone{nc: nc, room: room}
	if _, err = fmt.Fprintf(nc, "GET /realtime/v1/websocket?vsn=2.0.0&apikey=%s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", publishable, addr); err != nil {
		return nil, err
	}
	r := bufio.NewReader(nc)
	res, err := http.ReadResponse(r, nil)
	if err == nil && res.StatusCode != http.StatusSwitchingProtocols {
		err = fmt.Errorf("upgrade: %s", res.Status)
	}
	if err != nil {
		return nil, err
	}
	if err := p.say(fmt.Sprintf(join, room)); err != nil {
		return nil, err
	}
	ready := make(chan error, 1)
	go p.listen(r, ready)
	select {
	case err := <-ready:
		go p.live()
		return p, err
	case <-time.After(patience):
		return nil, fmt.Errorf("%s: no subscription", addr)
	}
}

// live keeps the server from ending the connection, until it is closed.
func (p *phone) live() {
	for p.say(`[null,"2","phoenix","heartbeat",{}]`) == nil {
		time.Sleep(20 * time.Second)
	}
}

// say sends a text frame, masked with zeros.
func (p *phone) say(text string) error {
	head := []byte{0x81, 0x80 | 126, 0, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint16(head[2:], uint16(len(text)))
	_, err := p.nc.Write(append(head, text...))
	return err
}

func (p *phone) listen(r *bufio.Reader, ready chan<- error) {
	for {
		text, err := frame(r)
		switch {
		case err != nil:
			ready <- err // nobody reads it after the start
			return
		case bytes.Contains(text, []byte(`"Subscribed to PostgreSQL"`)):
			ready <- nil
			ready = make(chan error, 2)
		case bytes.Contains(text, []byte(`"postgres_changes",{`)):
			p.rows.Add(1)
		case bytes.Contains(text, []byte(`"broadcast",{`)):
			p.casts.Add(1)
		}
	}
}

func frame(r *bufio.Reader) ([]byte, error) {
	var head [10]byte
	if _, err := io.ReadFull(r, head[:2]); err != nil {
		return nil, err
	}
	n := uint64(head[1] & 0x7f)
	switch n {
	case 126:
		if _, err := io.ReadFull(r, head[2:4]); err != nil {
			return nil, err
		}
		n = uint64(binary.BigEndian.Uint16(head[2:]))
	case 127:
		if _, err := io.ReadFull(r, head[2:10]); err != nil {
			return nil, err
		}
		n = binary.BigEndian.Uint64(head[2:])
	}
	if n > 1<<24 {
		return nil, io.ErrUnexpectedEOF
	}
	text := make([]byte, n)
	_, err := io.ReadFull(r, text)
	return text, err
}
