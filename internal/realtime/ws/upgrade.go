package ws

import (
	"bufio"
	"crypto/sha1" // the handshake's own hash, no secret
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Config bounds a connection.
type Config struct {
	MaxMessage   int           // bytes of one message from the client
	MaxQueue     int           // bytes waiting to be written
	Idle         time.Duration // silence after which EndIdle ends the connection
	WriteTimeout time.Duration
	Flusher      *Flusher // writes for many connections; nil: each for itself
	Lot          *Lot     // waits for many, those without TLS; nil: each for itself

	// Quick is shown each short text first: it appends an answer to dst, or returns nil
	// and Read returns the message. It keeps neither slice. nil: Read returns all.
	Quick func(dst, msg []byte) []byte
}

const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// Faults of the handshake.
var (
	ErrNotWebSocket = fault.New(fault.Invalid, "not_a_websocket", "this address speaks WebSocket only")
	ErrVersion      = withStatus(fault.New(fault.Invalid, "websocket_version", "WebSocket version 13 is needed"), http.StatusUpgradeRequired)
)

func withStatus(f *fault.Error, status int) *fault.Error { f.Status = status; return f }

// Upgrade answers a handshake and takes the connection over. The caller says by Next who
// reads, and returns from the HTTP handler.
func Upgrade(w http.ResponseWriter, r *http.Request, cfg Config) (*Conn, error) {
	key := r.Header.Get("Sec-Websocket-Key")
	raw, err := base64.StdEncoding.DecodeString(key)
	switch {
	case !hasToken(r.Header, "Connection", "upgrade"), !hasToken(r.Header, "Upgrade", "websocket"):
		return nil, ErrNotWebSocket
	case r.Header.Get("Sec-Websocket-Version") != "13":
		w.Header().Set("Sec-WebSocket-Version", "13")
		return nil, ErrVersion
	case err != nil || len(raw) != 16:
		return nil, ErrNotWebSocket
	}
	nc, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, fmt.Errorf("hijack: %w", err)
	}
	if err := answer(nc, r, key, cfg.WriteTimeout); err != nil {
		nc.Close()
		return nil, nil // hijacked: there is nobody to tell
	}
	return newConn(nc, early(rw.Reader), cfg), nil
}

func answer(nc net.Conn, r *http.Request, key string, wait time.Duration) error {
	sum := sha1.Sum([]byte(key + guid))
	var b strings.Builder
	b.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ")
	b.WriteString(base64.StdEncoding.EncodeToString(sum[:]))
	if hasToken(r.Header, "Sec-Websocket-Protocol", "phoenix") {
		b.WriteString("\r\nSec-WebSocket-Protocol: phoenix")
	}
	b.WriteString("\r\n\r\n")
	if err := nc.SetDeadline(time.Time{}); err != nil { // the HTTP server's own
		return err
	}
	if err := nc.SetWriteDeadline(time.Now().Add(wait)); err != nil {
		return err
	}
	if _, err := nc.Write([]byte(b.String())); err != nil {
		return err
	}
	return nc.SetWriteDeadline(time.Time{})
}

// early returns what the client sent before the handshake's answer.
func early(r *bufio.Reader) []byte {
	b, _ := r.Peek(r.Buffered())
	return append([]byte(nil), b...)
}

func hasToken(h http.Header, name, want string) bool {
	for _, line := range h.Values(name) {
		for tok := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(tok), want) {
				return true
			}
		}
	}
	return false
}
