package realtime

import (
	"encoding/json"
	"strings"
)

// The form of clients before 2022: no config, and the topic says what is wanted, as in
// realtime:public:todos:id=eq.1 or realtime:*. A change is an event of its kind.

// oldForm reads such a join; ok is false where it is none.
func (ch *channel) oldForm(payload json.RawMessage) (*subscription, bool) {
	var p struct {
		Config json.RawMessage `json:"config"`
	}
	parts := strings.SplitN(ch.key.name, ":", 3)
	if json.Unmarshal(payload, &p) != nil || p.Config != nil {
		return nil, false
	}
	cat := ch.sock.svc.cfg.DB.Catalog()
	if _, known := cat.Schemas[parts[0]]; !known && parts[0] != "*" {
		return nil, false // a name, as others choose them
	}
	s := &subscription{ch: ch, event: "*", id: shortHash([]byte(ch.topic))}
	s.at.Schema, s.at.Name = parts[0], "*"
	if len(parts) > 1 {
		s.at.Name = orAny(parts[1])
	}
	if len(parts) > 2 {
		s.filter = parts[2]
		s.terms, s.bad = parseFilter(s.filter)
	}
	return s, true
}
