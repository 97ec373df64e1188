package realtime

import (
	"context"
	"encoding/json"

	"github.com/plinth-dev/plinth/internal/realtime/phoenix"
	"github.com/plinth-dev/plinth/internal/value"
)

// takeBroadcast handles a broadcast in a text frame.
func (ch *channel) takeBroadcast(ctx context.Context, m *phoenix.Message) {
	var p struct {
		Event   string          `json:"event"`
		Payload json.RawMessage `json:"payload"`
	}
	if json.Unmarshal(m.Payload, &p) != nil {
		ch.sock.refuse(m, "invalid broadcast")
		return
	}
	b := &phoenix.Broadcast{Event: p.Event, Payload: p.Payload}
	ch.broadcast(ctx, m, b, &parcel{msg: phoenix.Message{Topic: ch.topic, Event: "broadcast", Payload: m.Payload}})
}

// cast handles a broadcast in a binary frame. Clients of version 1 get JSON as text;
// bytes can't be told to them.
func (ch *channel) cast(ctx context.Context, m *phoenix.Message, b *phoenix.Broadcast) {
	p := &parcel{binary: b, msg: phoenix.Message{Topic: ch.topic, Event: "broadcast"}}
	if !b.Bytes {
		p.msg.Payload = broadcastPayload(b.Event, b.Payload, b.Meta)
	}
	ch.broadcast(ctx, m, b, p)
}

// broadcast sends p to the others of the topic, and to ch itself where it asked for
// it. Who may not write is not told so.
func (ch *channel) broadcast(ctx context.Context, m *phoenix.Message, b *phoenix.Broadcast, p *parcel) {
	svc := ch.sock.svc
	if len(b.Payload) > svc.cfg.MaxPayload {
		if ch.ack {
			ch.sock.refuse(m, "payload_size_exceeded")
		}
		return
	}
	if ch.mayWrite(ctx, extBroadcast) {
		svc.hub.with(ch.key, func(t *topic) { t.cast(p, ch) })
		svc.abroad(ch.key, p)
	}
	if ch.ack {
		ch.sock.reply(m, "ok", "{}")
	}
}

// broadcastPayload is a broadcast as text.
func broadcastPayload(event string, payload, meta []byte) json.RawMessage {
	b := []byte(`{"event":`)
	b = value.AppendJSONString(b, event)
	if len(meta) > 0 {
		b = append(append(b, `,"meta":`...), meta...)
	}
	b = append(b, `,"payload":`...)
	if len(payload) == 0 {
		payload = []byte("{}")
	}
	b = append(b, payload...)
	return append(b, `,"type":"broadcast"}`...)
}
