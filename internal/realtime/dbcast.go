package realtime

import (
	"encoding/json"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/realtime/phoenix"
	"github.com/plinth-dev/plinth/internal/value"
)

// letter is a row of realtime.messages that is a broadcast: what realtime.send wrote.
type letter struct {
	key     topicKey
	id      string
	event   string
	payload value.Value // JSON
	bytes   value.Value // NULL where payload says it
}

// isMessages reports whether t is realtime.messages.
func isMessages(t *catalog.Table) bool { return t.Schema == "realtime" && t.Name == "messages" }

// letterOf reads an inserted row; nil where it is no broadcast.
func letterOf(c *db.Change) *letter {
	if c.Op != db.Insert || !isMessages(c.Table) || len(c.New) != len(c.Table.Columns) {
		return nil
	}
	col := func(name string) value.Value {
		if i := c.Table.Column(name); i >= 0 {
			return c.New[i]
		}
		return value.Value{}
	}
	if col("extension").S != extBroadcast || col("event").IsNull() || col("topic").S == "" {
		return nil
	}
	return &letter{
		key: topicKey{name: col("topic").S, private: col("private").True()}, id: col("id").S, event: col("event").S,
		payload: col("payload"), bytes: col("binary_payload"),
	}
}

// parcel is the letter as it is sent.
func (l *letter) parcel(replayed bool) *parcel {
	meta := []byte(`{"id":`)
	meta = value.AppendJSONString(meta, l.id)
	if replayed {
		meta = append(meta, `,"replayed":true`...)
	}
	meta = append(meta, '}')
	topic := topicPrefix + l.key.name
	if !l.bytes.IsNull() {
		return &parcel{binary: &phoenix.Broadcast{Topic: topic, Event: l.event, Meta: meta, Payload: []byte(l.bytes.S), Bytes: true}}
	}
	payload := json.RawMessage("{}")
	if !l.payload.IsNull() {
		payload = json.RawMessage(l.payload.S)
	}
	return &parcel{msg: phoenix.Message{Topic: topic, Event: "broadcast", Payload: broadcastPayload(l.event, payload, meta)}}
}

// post sends a letter to the members of its topic who may hear it.
func (f *feed) post(c *db.Change) {
	l := letterOf(c)
	if l == nil {
		return
	}
	var p *parcel
	f.hub.with(l.key, func(t *topic) {
		for ch := range t.members {
			if !ch.may.Load().readBroadcast || ch.letters.has(l.id, c.Position) {
				continue
			}
			if p == nil {
				p = l.parcel(false)
			}
			if fr := p.frame(ch.sock.vsn); fr != nil {
				ch.put(held{fr, c.Position, l.id})
			}
		}
	})
}
