package phoenix

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/value"
)

// Version is the serializer that a client chose.
type Version uint8

const (
	V1 Version = 1
	V2 Version = 2
)

// ParseVersion reads the vsn parameter; none means 1.0.0.
func ParseVersion(s string) (Version, bool) {
	switch s {
	case "", "1.0.0":
		return V1, true
	case "2.0.0":
		return V2, true
	}
	return 0, false
}

// Ref is a reference as JSON text; "" stands for null.
type Ref string

// Message is one message of either direction. Payload is JSON.
type Message struct {
	JoinRef Ref
	Ref     Ref
	Topic   string
	Event   string
	Payload json.RawMessage
}

// ErrFrame is returned for frames that are no message.
var ErrFrame = errors.New("phoenix: not a message")

// Parse reads a text frame.
func (v Version) Parse(frame []byte) (Message, error) {
	if v == V1 {
		return parseObject(frame)
	}
	return parseArray(frame)
}

func parseObject(frame []byte) (Message, error) {
	var o struct {
		Topic   *string         `json:"topic"`
		Event   *string         `json:"event"`
		Payload json.RawMessage `json:"payload"`
		Ref     json.RawMessage `json:"ref"`
		JoinRef json.RawMessage `json:"join_ref"`
	}
	if err := json.Unmarshal(frame, &o); err != nil || o.Topic == nil || o.Event == nil {
		return Message{}, ErrFrame
	}
	m := Message{Topic: *o.Topic, Event: *o.Event, Payload: o.Payload}
	return m.finish(o.JoinRef, o.Ref)
}

func parseArray(frame []byte) (Message, error) {
	var a []json.RawMessage
	if err := json.Unmarshal(frame, &a); err != nil || len(a) != 5 {
		return Message{}, ErrFrame
	}
	m := Message{Payload: a[4]}
	if !isString(a[2]) || !isString(a[3]) || json.Unmarshal(a[2], &m.Topic) != nil || json.Unmarshal(a[3], &m.Event) != nil {
		return Message{}, ErrFrame
	}
	return m.finish(a[0], a[1])
}

func (m Message) finish(joinRef, ref json.RawMessage) (Message, error) {
	var ok bool
	if m.JoinRef, ok = parseRef(joinRef); !ok {
		return Message{}, ErrFrame
	}
	if m.Ref, ok = parseRef(ref); !ok {
		return Message{}, ErrFrame
	}
	if len(m.Payload) == 0 || string(m.Payload) == "null" {
		m.Payload = json.RawMessage("{}")
	}
	return m, nil
}

func isString(j json.RawMessage) bool { return len(j) > 0 && j[0] == '"' }

// parseRef takes null, a string or a number.
func parseRef(j json.RawMessage) (Ref, bool) {
	switch {
	case len(j) == 0 || string(j) == "null":
		return "", true
	case j[0] == '"' || j[0] == '-' || j[0] >= '0' && j[0] <= '9':
		return Ref(j), len(j) <= 256
	}
	return "", false
}

// Append encodes m. Version 1 has no join_ref, and a ref of null is written out:
// strict clients want it.
func (v Version) Append(dst []byte, m *Message) []byte {
	if v == V1 {
		dst = append(dst, `{"event":`...)
		dst = value.AppendJSONString(dst, m.Event)
		dst = append(dst, `,"payload":`...)
		dst = append(dst, m.Payload...)
		dst = append(dst, `,"ref":`...)
		dst = appendRef(dst, m.Ref)
		dst = append(dst, `,"topic":`...)
		dst = value.AppendJSONString(dst, m.Topic)
		return append(dst, '}')
	}
	dst = append(dst, '[')
	dst = appendRef(dst, m.JoinRef)
	dst = append(dst, ',')
	dst = appendRef(dst, m.Ref)
	dst = append(dst, ',')
	dst = value.AppendJSONString(dst, m.Topic)
	dst = append(dst, ',')
	dst = value.AppendJSONString(dst, m.Event)
	dst = append(dst, ',')
	dst = append(dst, m.Payload...)
	return append(dst, ']')
}

func appendRef(dst []byte, r Ref) []byte {
	if r == "" {
		return append(dst, "null"...)
	}
	return append(dst, r...)
}

// textRef makes a Ref of a binary frame's bytes.
func textRef(b []byte) Ref {
	if len(b) == 0 {
		return ""
	}
	return Ref(value.AppendJSONString(nil, string(b)))
}

// trim reports whether j is one JSON value, and returns it without white space around
// it. Package json lets bad UTF-8 pass, which as text would end other clients'
// connections.
func trim(j []byte) (json.RawMessage, bool) {
	j = bytes.TrimSpace(j)
	return j, json.Valid(j) && utf8.Valid(j)
}
