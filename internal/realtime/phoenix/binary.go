package phoenix

import (
	"encoding/json"
	"unicode/utf8"
)

// Kinds of binary frames.
const (
	kindPush      = 0 // a generic message from the client
	kindBroadcast = 3 // a broadcast from the client
	kindDeliver   = 4 // a broadcast to the client
)

// Broadcast is a message that one client sends and others get.
type Broadcast struct {
	JoinRef Ref
	Ref     Ref
	Topic   string
	Event   string // the user's own
	Meta    json.RawMessage
	Payload []byte
	Bytes   bool // Payload is bytes, else JSON
}

// ParseBinary reads a binary frame of version 2: a broadcast, or (other) a generic
// message whose payload is bytes.
func ParseBinary(frame []byte) (b Broadcast, event string, err error) {
	if len(frame) == 0 {
		return b, "", ErrFrame
	}
	r := reader{b: frame[1:]}
	switch frame[0] {
	case kindBroadcast:
		return parseBroadcast(r)
	case kindPush:
		return parsePush(r)
	}
	return b, "", ErrFrame
}

func parseBroadcast(r reader) (Broadcast, string, error) {
	sizes := r.take(6)
	if r.bad {
		return Broadcast{}, "", ErrFrame
	}
	joinRef, ref := r.take(int(sizes[0])), r.take(int(sizes[1]))
	topic, event, meta := r.take(int(sizes[2])), r.take(int(sizes[3])), r.take(int(sizes[4]))
	if r.bad || sizes[5] > 1 || !valid(joinRef, ref, topic, event) {
		return Broadcast{}, "", ErrFrame
	}
	b := Broadcast{
		JoinRef: textRef(joinRef), Ref: textRef(ref), Topic: string(topic), Event: string(event),
		Payload: r.b, Bytes: sizes[5] == 0,
	}
	var ok bool
	if len(meta) > 0 {
		if b.Meta, ok = trim(meta); !ok {
			return Broadcast{}, "", ErrFrame
		}
	}
	if !b.Bytes {
		if b.Payload, ok = trim(b.Payload); !ok {
			return Broadcast{}, "", ErrFrame
		}
	}
	return b, "broadcast", nil
}

func parsePush(r reader) (Broadcast, string, error) {
	sizes := r.take(4)
	if r.bad {
		return Broadcast{}, "", ErrFrame
	}
	joinRef, ref := r.take(int(sizes[0])), r.take(int(sizes[1]))
	topic, event := r.take(int(sizes[2])), r.take(int(sizes[3]))
	if r.bad || !valid(joinRef, ref, topic, event) {
		return Broadcast{}, "", ErrFrame
	}
	b := Broadcast{JoinRef: textRef(joinRef), Ref: textRef(ref), Topic: string(topic), Payload: r.b, Bytes: true}
	return b, string(event), nil
}

func valid(parts ...[]byte) bool {
	for _, p := range parts {
		if !utf8.Valid(p) {
			return false
		}
	}
	return true
}

// AppendDeliver encodes b for a client of version 2. It reports false where a part
// is too long for a binary frame.
func AppendDeliver(dst []byte, b *Broadcast) ([]byte, bool) {
	if len(b.Topic) > 255 || len(b.Event) > 255 || len(b.Meta) > 255 {
		return dst, false
	}
	enc := byte(1)
	if b.Bytes {
		enc = 0
	}
	dst = append(dst, kindDeliver, byte(len(b.Topic)), byte(len(b.Event)), byte(len(b.Meta)), enc)
	dst = append(dst, b.Topic...)
	dst = append(dst, b.Event...)
	dst = append(dst, b.Meta...)
	return append(dst, b.Payload...), true
}

// reader takes parts off a frame; bad is set where it is too short.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.bad = true
		return nil
	}
	part := r.b[:n:n]
	r.b = r.b[n:]
	return part
}
